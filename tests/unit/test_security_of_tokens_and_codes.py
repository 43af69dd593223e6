import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.errors import ValidationFailed
from lib.domain.people import Role
from lib.security import (
    CODE_ALPHABET,
    Pass,
    Throttle,
    cookie_name,
    hash_token,
    is_token,
    new_join_code,
    new_token,
    passes_in,
    read_join_code,
    shown_code,
)

WORKSHOP = "7b7a3f6e-2f0a-4d0f-9a52-0c3d8a2d8c11"


def test_a_token_has_128_bits_and_is_known_as_one() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(len(token) == 22 and is_token(token) for token in tokens)


def test_what_is_no_token_is_not_taken_for_one() -> None:
    for text in ("", "short", new_token() + "x", "a" * 21 + "/", "a" * 21 + "\n"):
        assert not is_token(text)


def test_the_database_knows_a_token_by_its_sha_256() -> None:
    # sha256("abc") from FIPS 180-2, appendix B.1.
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_join_codes_use_no_letters_that_are_misread() -> None:
    for _ in range(200):
        code = new_join_code()
        assert len(code) == 8
        assert set(code) <= set(CODE_ALPHABET)
    assert not set("IL01O") & set(CODE_ALPHABET)


@given(
    st.text(alphabet=CODE_ALPHABET, min_size=8, max_size=8), st.sampled_from(["{}", " {} ", "x/join/{}", "/?code={}"])
)
def test_a_code_is_read_however_it_was_passed_on(code: str, form: str) -> None:
    shown = shown_code(code)
    assert read_join_code(form.format(shown)) == code
    assert read_join_code(form.format(shown.lower())) == code


@pytest.mark.parametrize("typed", ["", "   ", "ABC", "ABCD-EFGH-J", "§§§§"])
def test_what_is_no_code_is_refused_with_the_form_of_one(typed: str) -> None:
    with pytest.raises(ValidationFailed, match="ABCD-EFGH"):
        read_join_code(typed)


def test_passes_are_read_from_well_formed_cookies_only() -> None:
    token = new_token()
    cookies = {
        cookie_name(Role.PARTICIPANT, WORKSHOP): token,
        cookie_name(Role.FACILITATOR, WORKSHOP): "broken",
        "folkmoot_admin_" + WORKSHOP: token,
        "folkmoot_organizer_1": token,
        "_streamlit_xsrf": token,
    }
    assert passes_in(cookies) == (Pass(WORKSHOP, Role.PARTICIPANT, token),)


def test_a_pass_never_shows_its_token() -> None:
    token = new_token()
    assert token not in repr(Pass(WORKSHOP, Role.PARTICIPANT, token))


def test_only_misses_slow_a_client_down_and_only_that_client() -> None:
    throttle = Throttle(per_client=3, per_process=100, window_s=60)
    for second in range(3):
        assert throttle.wait_s("a", second) == 0
        throttle.note_miss("a", second)
    assert throttle.wait_s("a", 3) == 57
    assert throttle.wait_s("b", 3) == 0


def test_misses_are_forgotten_after_the_window() -> None:
    throttle = Throttle(per_client=2, per_process=100, window_s=60)
    throttle.note_miss("a", 0)
    throttle.note_miss("a", 10)
    assert throttle.wait_s("a", 59) == 1
    assert throttle.wait_s("a", 60) == 0


def test_many_clients_together_slow_the_process_down() -> None:
    throttle = Throttle(per_client=10, per_process=20, window_s=60)
    for number in range(20):
        throttle.note_miss(f"client {number}", 0)
    assert throttle.wait_s("somebody new", 1) == 59


def test_the_throttle_counts_every_miss_of_many_threads() -> None:
    throttle = Throttle(per_client=400, per_process=10_000, window_s=60)
    threads = [threading.Thread(target=lambda: [throttle.note_miss("a", 1) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert throttle.wait_s("a", 1) == 60
