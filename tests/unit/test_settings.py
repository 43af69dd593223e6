"""What the operator may decide, and the sentences for what they may not."""

import base64
import json

import pytest

from lib.domain.errors import ValidationFailed
from lib.settings import ROOTS_DATA_DIR, default_data_dir, is_loopback, read_settings
from lib.supabase_settings import is_public_key

PROJECT = "https://abcdefgh.supabase.co"


def token_of(role: str, **more: str) -> str:
    """A key in the old form of Supabase: a JSON web token whose role says whose it is."""
    said = json.dumps({"iss": "supabase", "role": role, **more})
    claims = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{claims}.c2lnbmF0dXJl"


def problems_of(**environment: str) -> tuple[str, ...]:
    with pytest.raises(ValidationFailed) as caught:
        read_settings(environment)
    return caught.value.problems


def test_nothing_set_is_the_embedded_database_and_the_embedded_model() -> None:
    settings = read_settings({})
    assert settings.is_embedded
    assert settings.model is None
    assert settings.data_dir == default_data_dir()


def test_a_database_url_is_used() -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://me:secret@db/folkmoot"})
    assert not settings.is_embedded
    assert settings.database_url == "postgresql://me:secret@db/folkmoot"


def test_the_environment_goes_before_streamlits_secrets() -> None:
    secrets = {"FOLKMOOT_MODEL": "ollama/llama3.2", "FOLKMOOT_CONCURRENCY": 3}
    settings = read_settings({"FOLKMOOT_MODEL": "openai/gpt-4o-mini"}, secrets)
    assert (settings.model, settings.concurrency) == ("openai/gpt-4o-mini", 3)


def test_an_empty_setting_is_an_unset_one() -> None:
    assert read_settings({"DATABASE_URL": " ", "FOLKMOOT_CONCURRENCY": ""}).is_embedded


def test_secrets_are_not_in_the_repr() -> None:
    settings = read_settings(
        {
            "DATABASE_URL": "postgresql://me:hunter2@db/folkmoot",
            "FOLKMOOT_CREATE_CODE": "hunter3",
            "OPENAI_API_KEY": "hunter4",
        }
    )
    assert "hunter" not in repr(settings)
    assert settings.provider_keys == ("OPENAI_API_KEY",)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (PROJECT, "sb_secret_x"),
        (PROJECT + "/", token_of("service_role", ref="abcdefgh")),
        ("https://supabase.example.org", token_of("service_role", ref="abcdefgh")),
        ("http://127.0.0.1:54321", "sb_secret_x"),
    ],
)
def test_address_and_secret_key_choose_the_supabase_project(url: str, key: str) -> None:
    settings = read_settings({"SUPABASE_URL": url}, {"SUPABASE_SECRET_KEY": key})
    assert (settings.supabase_url, settings.supabase_key) == (url.rstrip("/"), key)
    assert settings.database_kind == "supabase"
    assert not settings.is_embedded
    assert key not in repr(settings)
    assert url not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SUPABASE_URL": PROJECT}, "SUPABASE_URL is set without SUPABASE_SECRET_KEY"),
        ({"SUPABASE_SECRET_KEY": "sb_secret_x"}, "SUPABASE_SECRET_KEY is set without SUPABASE_URL"),
        ({"SUPABASE_SECRET_KEY": "sb_publishable_x"}, "Take the secret key"),
        ({"SUPABASE_URL": PROJECT, "SUPABASE_ANON_KEY": "x"}, "publishable or anon key is not enough"),
        ({"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": "sb_publishable_x"}, "Take the secret key"),
        ({"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": token_of("anon")}, "Take the secret key"),
        ({"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": "sbp_hunter2"}, "access token of a person's account"),
        ({"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": "sb_secret_a b"}, "characters that no key has"),
        (
            {"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": token_of("service_role", ref="other")},
            "belongs to another project",
        ),
        (
            {"SUPABASE_URL": "https://supabase.com/dashboard/project/abc", "SUPABASE_SECRET_KEY": "sb_secret_x"},
            "address of the dashboard",
        ),
        (
            {"SUPABASE_URL": PROJECT + "/rest/v1", "SUPABASE_SECRET_KEY": "sb_secret_x"},
            "the project's address alone",
        ),
        ({"SUPABASE_URL": "abcdefgh.supabase.co", "SUPABASE_SECRET_KEY": "sb_secret_x"}, "address alone"),
        ({"SUPABASE_URL": "https://a:b@x.org", "SUPABASE_SECRET_KEY": "sb_secret_x"}, "must not carry a name"),
        ({"SUPABASE_URL": "http://x.supabase.co", "SUPABASE_SECRET_KEY": "sb_secret_x"}, "begin with https://"),
        ({"SUPABASE_DB_URL": "postgresql://me@db/x"}, "SUPABASE_DB_URL is set without SUPABASE_URL"),
        (
            {"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": "sb_secret_x", "SUPABASE_DB_URL": "https://x"},
            "SUPABASE_DB_URL must begin with postgresql://",
        ),
        (
            {"SUPABASE_URL": PROJECT, "SUPABASE_SECRET_KEY": "sb_secret_x", "DATABASE_URL": "postgresql://me@db/x"},
            "Unset one of them",
        ),
    ],
)
def test_supabase_settings_are_refused_with_what_to_do(environment: dict[str, str], said: str) -> None:
    [problem] = problems_of(**environment)
    assert said in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("key", "is_public"),
    [
        ("sb_publishable_abc", True),
        ("sb_secret_abc", False),
        (token_of("anon"), True),
        (token_of("authenticated"), True),
        (token_of("service_role"), False),
        ("a.!!!.c", False),
        ("a.W10.c", False),
        ("not a token", False),
    ],
)
def test_keys_for_browsers_are_known(key: str, is_public: bool) -> None:
    assert is_public_key(key) is is_public


def test_all_problems_come_at_once_and_none_repeats_a_secret() -> None:
    problems = problems_of(
        DATABASE_URL="mysql://me:hunter2@db",
        FOLKMOOT_CONCURRENCY="many",
        FOLKMOOT_MAX_COST_USD="-1",
        FOLKMOOT_ALLOW_PRIVATE_MODELS="perhaps",
        FOLKMOOT_PUBLIC_URL="folkmoot.example.org",
        SUPABASE_URL="https://x.supabase.co",
    )
    assert len(problems) == 6
    assert "hunter2" not in " ".join(problems)


@pytest.mark.parametrize("value", ["0", "201", "1.5", "-1", "１"])
def test_a_concurrency_out_of_range_is_refused(value: str) -> None:
    [problem] = problems_of(FOLKMOOT_CONCURRENCY=value)
    assert f"“{value}”" in problem


@pytest.mark.parametrize("value", ["https://me:pw@x.org", "ftp://x.org", "https://", "https://x.org/?a=b", "x.org"])
def test_a_public_address_that_links_cannot_be_made_of_is_refused(value: str) -> None:
    assert "FOLKMOOT_PUBLIC_URL" in " ".join(problems_of(FOLKMOOT_PUBLIC_URL=value))


def test_a_public_address_loses_its_last_slash() -> None:
    assert read_settings({"FOLKMOOT_PUBLIC_URL": "https://x.org/moot/"}).public_url == "https://x.org/moot"


def test_an_address_of_a_model_needs_its_name() -> None:
    [problem] = problems_of(FOLKMOOT_API_BASE="http://127.0.0.1:11434")
    assert "FOLKMOOT_MODEL" in problem


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
    ],
)
def test_loopback_is_this_computer_only(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("environment", "address", "is_needed"),
    [
        ({}, "0.0.0.0", False),
        ({"OPENAI_API_KEY": "k"}, "127.0.0.1", False),
        ({"OPENAI_API_KEY": "k"}, "0.0.0.0", True),
        ({"OPENAI_API_KEY": "k"}, "", True),
        ({"AWS_ACCESS_KEY_ID": "k"}, "10.0.0.4", True),
        ({"OPENAI_API_KEY": "k", "FOLKMOOT_CREATE_CODE": "c"}, "0.0.0.0", False),
        ({"OPENAI_API_KEY": "  "}, "0.0.0.0", False),
    ],
)
def test_a_create_code_is_needed_where_strangers_could_spend(
    environment: dict[str, str], address: str, is_needed: bool
) -> None:
    problem = read_settings(environment).needs_create_code(address)
    assert (problem is not None) is is_needed
    if problem:
        assert "FOLKMOOT_CREATE_CODE" in problem


def test_root_keeps_the_data_outside_its_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert default_data_dir() == ROOTS_DATA_DIR
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert default_data_dir().name == "folkmoot"
