"""The doctor names what is wrong with a database and the way out, and never shows a key or an address."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lib.cli import main
from lib.commands import doctor as doctor_command
from lib.store.direct import owner_connection
from lib.store.migrations import as_script, known_migrations, migrate
from tests.support.supabase_cli import SupabaseCli
from tests.support.supabase_lite import SupabaseLite

KNOWN = known_migrations()
NEWEST = KNOWN[-1].version
KEY = "sb_secret_hunter2"
Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Its exit code and its words under the given settings; no address and no secret of them may be in the words."""
    monkeypatch.setattr(doctor_command, "_model", lambda settings: "stub")

    def examined(**settings: str) -> tuple[int, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor"])
        said = capsys.readouterr().out
        for value in settings.values():
            assert value not in said
        assert "hunter2" not in said
        assert "127.0.0.1" not in said
        return code, said

    return examined


def line(said: str, about: str) -> str:
    """What the doctor says about one thing."""
    [found] = [one for one in said.splitlines() if one[7:].startswith(f"{about}: ")]
    return found


def through(lite: SupabaseLite) -> dict[str, str]:
    """The settings of an app that uses this Supabase."""
    return {"SUPABASE_URL": lite.url, "SUPABASE_SECRET_KEY": lite.secret_key}


# A real Supabase in front of a real PostgreSQL


def test_a_project_in_order_is_said_to_be_with_kind_latency_and_clock(doctor: Doctor, database_address: str) -> None:
    with SupabaseLite(database_address) as lite:
        code, said = doctor(**through(lite))
        assert (code, said.splitlines()[-1]) == (0, "All works.")
        assert line(said, "Database").startswith("ok     Database: Supabase project, PostgreSQL 18")
        assert f"schema {NEWEST}, 0 workshops, answers in " in said
        assert line(said, "Clock").startswith("ok     Clock: agrees with the database's within 0.")
        assert "`migrate`, `backup`" in line(said, "SUPABASE_DB_URL")
        code, said = doctor(SUPABASE_DB_URL=database_address)
        assert code == 0
        assert line(said, "SUPABASE_DB_URL") == "ok     SUPABASE_DB_URL: leads to the same database"


def test_an_empty_project_is_told_how_to_get_the_schema(doctor: Doctor, empty_database_address: str) -> None:
    with SupabaseLite(empty_database_address) as lite:
        code, said = doctor(**through(lite))
        assert code == 1
        assert line(said, "Database").startswith("FAULT  Database: the project has no schema of Folkmoot yet")
        assert "`supabase db push`" in said
        assert "`python -m lib.cli migrate --print`" in said
        code, said = doctor(SUPABASE_DB_URL=empty_database_address)
        assert (code, said.splitlines()[-1]) == (0, "All works, but see the warning above.")
        assert "when it starts, through SUPABASE_DB_URL" in line(said, "Database")
        assert "that the app can prepare" in line(said, "SUPABASE_DB_URL")


def test_the_doctor_changes_nothing_in_a_project(doctor: Doctor, empty_database_address: str) -> None:
    with SupabaseLite(empty_database_address) as lite:
        doctor(**through(lite), SUPABASE_DB_URL=empty_database_address)
    with owner_connection(empty_database_address) as owner:
        assert owner.rows("select to_regclass('public.workshops')::text") == [(None,)]


def test_an_older_schema_is_named_with_the_script_that_brings_it_up_to_date(
    doctor: Doctor, empty_database_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(empty_database_address, KNOWN[:-1])
    older = KNOWN[-2].version
    with owner_connection(empty_database_address) as owner:
        owner.rows("grant execute on function public.read_health() to service_role")
    with SupabaseLite(empty_database_address) as lite:
        code, said = doctor(**through(lite))
        assert code == 1
        assert f"FAULT  Database: the project's schema is {older}, this code's {NEWEST}." in said
        assert f"`python -m lib.cli migrate --print --after {older}`" in said
        code, said = doctor(SUPABASE_DB_URL=empty_database_address)
        assert code == 0
        assert line(said, "Database").startswith(f"warn   Database: the project's schema is {older}")
        assert main(["migrate", "--print", "--after", older]) == 0
        with owner_connection(empty_database_address) as owner:
            owner.rows(capsys.readouterr().out)
        code, said = doctor()
        assert (code, said.splitlines()[-1]) == (0, "All works.")


def test_a_newer_schema_asks_for_a_newer_folkmoot(doctor: Doctor, empty_database_address: str) -> None:
    migrate(empty_database_address)
    with owner_connection(empty_database_address) as owner:
        owner.rows("insert into supabase_migrations.schema_migrations (version) values ('29991231235959')")
    with SupabaseLite(empty_database_address) as lite:
        code, said = doctor(**through(lite), SUPABASE_DB_URL=empty_database_address)
    assert code == 1
    assert "last used by a newer Folkmoot (its schema is 29991231235959" in line(said, "Database")
    assert "Update Folkmoot" in line(said, "SUPABASE_DB_URL")


def test_files_that_were_run_by_hand_are_recognised(doctor: Doctor, empty_database_address: str) -> None:
    with owner_connection(empty_database_address) as owner:
        for migration in KNOWN:
            owner.rows(migration.sql)
    with SupabaseLite(empty_database_address) as lite:
        code, said = doctor(**through(lite))
    assert code == 1
    assert "supabase migration repair --status applied" in line(said, "Database")


def test_functions_that_were_not_granted_are_named_with_the_file_that_grants_them(
    doctor: Doctor, empty_database_address: str
) -> None:
    migrate(empty_database_address)
    with owner_connection(empty_database_address) as owner:
        owner.rows("revoke execute on function public.read_health(), public.read_revs from service_role")
    with SupabaseLite(empty_database_address) as lite:
        code, said = doctor(**through(lite))
        assert code == 1
        assert "FAULT  Database: Folkmoot's functions are there, but this key may not execute them" in said
        assert "_grants.sql" in said
        with owner_connection(empty_database_address) as owner:
            owner.rows("grant execute on function public.read_health() to service_role")
        code, said = doctor(SUPABASE_DB_URL=empty_database_address)
        assert code == 1
        assert "FAULT  Grants: service_role may not execute 1 of Folkmoot's functions (read_revs)" in said


def test_with_database_url_too_functions_that_were_not_granted_are_named(
    doctor: Doctor, empty_database_address: str
) -> None:
    migrate(empty_database_address)
    with owner_connection(empty_database_address) as owner:
        owner.rows("revoke execute on all functions in schema public from service_role")
    code, said = doctor(DATABASE_URL=empty_database_address)
    assert code == 1
    assert "Grants: service_role may not execute" in said
    with owner_connection(empty_database_address) as owner:
        owner.rows(next(m.sql for m in KNOWN if m.name == "grants"))
    assert doctor()[0] == 0


def test_a_connection_string_of_another_database_is_noticed(
    doctor: Doctor, database_address: str, empty_database_address: str
) -> None:
    with SupabaseLite(database_address) as lite:
        code, said = doctor(**through(lite), SUPABASE_DB_URL=empty_database_address)
    assert code == 1
    assert "another database than SUPABASE_URL: here schema none" in line(said, "SUPABASE_DB_URL")


@pytest.mark.parametrize(
    ("string", "reason"),
    [
        ("postgresql://postgres:hunter2@127.0.0.1:1/postgres", "nothing answers at its address"),
        ("postgresql://postgres.abc:[YOUR-PASSWORD]@aws-0-eu.pooler.supabase.com:5432/postgres", "the placeholder"),
        ("postgresql://postgres:a[b]/c@db.abc.supabase.co:5432/postgres", "percent-encoded"),
    ],
)
def test_a_connection_string_that_leads_nowhere_says_what_to_copy(
    doctor: Doctor, database_address: str, string: str, reason: str
) -> None:
    with SupabaseLite(database_address) as lite:
        code, said = doctor(**through(lite), SUPABASE_DB_URL=string)
    assert code == 1
    assert line(said, "Database").startswith("ok ")
    assert line(said, "SUPABASE_DB_URL").startswith("FAULT")
    assert reason in line(said, "SUPABASE_DB_URL")
    assert "session pooler (port 5432)" in line(said, "SUPABASE_DB_URL")


# Settings that are refused before anything is asked


def token(**claims: str) -> str:
    """A key of the older kind."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"SUPABASE_SECRET_KEY": SupabaseLite.publishable_key}, "a publishable (anon) key"),
        ({"SUPABASE_SECRET_KEY": token(role="anon", ref="abcdefgh")}, "a publishable (anon) key"),
        ({"SUPABASE_SECRET_KEY": "sbp_0123456789abcdef"}, "an access token of a person's account"),
        ({"SUPABASE_SECRET_KEY": token(role="service_role", ref="zyxwvuts")}, "belongs to another project"),
        ({"SUPABASE_URL": "https://supabase.com/dashboard/project/abcdefgh"}, "the address of the dashboard"),
        ({"SUPABASE_URL": "http://abcdefgh.supabase.co"}, "must begin with https://"),
        ({"SUPABASE_SECRET_KEY": ""}, "without SUPABASE_SECRET_KEY"),
        ({"SUPABASE_URL": ""}, "without SUPABASE_URL"),
        ({"DATABASE_URL": "postgresql://me:hunter2@db.example.org/x"}, "are both set"),
    ],
)
def test_a_wrong_key_address_or_pair_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: dict[str, str], reason: str
) -> None:
    right = {"SUPABASE_URL": "https://abcdefgh.supabase.co", "SUPABASE_SECRET_KEY": KEY}
    for name, value in (right | settings).items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAULT  Settings: " in said
    assert reason in said
    assert "abcdefgh" not in said
    assert "hunter2" not in said


# What no Supabase without containers can show


class Gateway(ThreadingHTTPServer):
    """Answers every request alike, after a while if told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.delay_s, self.skew = 200, "", 0.0, timedelta(0)

    def answer(self, status: int, body: object) -> None:
        self.status, self.body = status, body if isinstance(body, str) else json.dumps(body)


class Handler(BaseHTTPRequestHandler):
    """One request to a `Gateway`."""

    def do_POST(self) -> None:
        server: Any = self.server
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(server.delay_s / 2)
        body = server.body
        if not body:
            now = (datetime.now(UTC) + server.skew).isoformat()
            body = json.dumps({"schema_version": NEWEST, "server_version": "17.6", "now": now, "workshops": 2})
        time.sleep(server.delay_s / 2)
        self.send_response(server.status)
        self.send_header("content-type", "text/html" if body.startswith("<") else "application/json")
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """What stands at the project's address."""
    server = Gateway()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(gateway: Gateway) -> dict[str, str]:
    """The settings that lead to it."""
    return {"SUPABASE_URL": f"http://127.0.0.1:{gateway.server_address[1]}", "SUPABASE_SECRET_KEY": KEY}


HTML = "<!doctype html><title>hunter2 at 127.0.0.1</title>"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"message": "Invalid API key", "hint": "hunter2"}, "SUPABASE_SECRET_KEY was revoked or deleted"),
        (401, {"code": "PGRST301", "message": "hunter2"}, "refuses this server's key"),
        (403, HTML, "network restrictions"),
        (402, {"message": "exceed_egress_quota"}, "a quota is used up"),
        (404, HTML, "is not at the address in SUPABASE_URL"),
        (530, HTML, "a deleted project has none any more"),
        (404, {"code": "PGRST202", "message": "hunter2"}, "has no schema of Folkmoot yet"),
        (406, {"code": "PGRST106", "message": "hunter2"}, "exposed schemas"),
        (300, {"code": "PGRST203", "message": "hunter2"}, "two functions of one name"),
        (404, {"code": "PGRST205", "message": "hunter2"}, "has no schema of Folkmoot yet"),
        (503, {"code": "PGRST002", "message": "hunter2"}, "no connection to its database"),
        (520, HTML, "does not work at the moment (HTTP 520)"),
        (540, HTML, "restore it in the dashboard of Supabase. It keeps its data"),
        (429, {}, "Try again in a minute"),
        (307, HTML, "is not the API of a Supabase project (HTTP 307, a web page)"),
        (200, HTML, "is not the API of a Supabase project (HTTP 200, a web page)"),
        (200, {"hello": "world"}, "is not the API of a Supabase project (HTTP 200)"),
    ],
)
def test_every_answer_of_a_gateway_has_its_sentence(
    doctor: Doctor, gateway: Gateway, status: int, body: object, reason: str
) -> None:
    gateway.answer(status, body)
    code, said = doctor(**at(gateway))
    assert code == 1
    assert line(said, "Database").startswith("FAULT")
    assert reason in line(said, "Database")


def test_an_api_that_has_not_noticed_the_schema_is_told_from_a_project_without_one(
    doctor: Doctor, gateway: Gateway, database_address: str
) -> None:
    gateway.answer(404, {"code": "PGRST202", "message": "hunter2"})
    code, said = doctor(**at(gateway), SUPABASE_DB_URL=database_address)
    assert code == 1
    assert "notify pgrst, 'reload schema';" in line(said, "SUPABASE_DB_URL")


def test_an_address_where_nothing_answers_is_said_so(doctor: Doctor, gateway: Gateway) -> None:
    settings = at(gateway)
    gateway.shutdown()
    gateway.server_close()
    code, said = doctor(**settings)
    assert code == 1
    assert "Nothing answers at SUPABASE_URL" in line(said, "Database")


def test_an_unknown_host_is_said_so(doctor: Doctor) -> None:
    code, said = doctor(SUPABASE_URL="https://folkmoot-tests.invalid", SUPABASE_SECRET_KEY=KEY)
    assert code == 1
    assert "The host name in SUPABASE_URL is unknown" in line(said, "Database")


@pytest.mark.parametrize(
    ("skew_s", "said_of_it"), [(95.0, "95 s behind"), (-95.0, "95 s ahead of"), (20.0, "agrees"), (-20.0, "agrees")]
)
def test_clocks_that_are_apart_are_a_warning(doctor: Doctor, gateway: Gateway, skew_s: float, said_of_it: str) -> None:
    gateway.skew = timedelta(seconds=skew_s)
    code, said = doctor(**at(gateway))
    assert code == 0
    assert said_of_it in line(said, "Clock")
    assert line(said, "Clock").startswith("warn " if abs(skew_s) > 30 else "ok ")


def test_a_slow_answer_is_said_and_not_taken_for_a_wrong_clock(doctor: Doctor, gateway: Gateway) -> None:
    gateway.delay_s = 1.2
    gateway.skew = timedelta(seconds=30.4)
    code, said = doctor(**at(gateway))
    assert code == 0
    assert line(said, "Database").startswith("warn   Database: Supabase project, PostgreSQL 17.6")
    [took_s] = re.findall(r"takes (\d+\.\d) s to answer", line(said, "Database"))
    assert float(took_s) >= 1.2
    assert line(said, "Clock").startswith("ok     Clock: agrees with the database's within 3")


# The script for the SQL editor


def test_the_printed_script_leaves_nothing_to_do_for_the_app_and_for_the_cli_of_supabase(
    empty_database_address: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["migrate", "--print"]) == 0
    script = capsys.readouterr().out
    assert script == as_script()
    with owner_connection(empty_database_address) as owner:
        owner.rows(script)
    assert main(["migrate", "--database-url", empty_database_address]) == 0
    assert capsys.readouterr().out == "The schema is up to date.\n"
    assert "Remote database is up to date." in SupabaseCli(tmp_path).run("db", "push", address=empty_database_address)
