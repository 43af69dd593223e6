"""An error that a part of a page did not catch, when it was drawn alone."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.page_visit import words_of


def refused() -> None:
    from components.outcome import note_script_error
    from lib.domain.errors import SignedOut

    assert note_script_error(SignedOut("This browser is not signed in any more. Open your personal link."))


def broken() -> None:
    from components.outcome import note_script_error
    from lib.domain.errors import ValidationFailed

    for error in (ValueError("what somebody wrote"), ValidationFailed("what somebody wrote")):
        assert note_script_error(error)


def test_a_refusal_is_said_as_any_other_and_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "folkmoot"):
        at = AppTest.from_function(refused).run()
    assert not at.exception
    assert len(at.warning) == 1
    assert "This browser is not signed in any more" in words_of(at)
    assert [one.levelname for one in caplog.records if one.name.startswith("folkmoot")] == ["INFO"]


def test_anything_else_is_noted_in_the_log_and_said_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "folkmoot"):
        at = AppTest.from_function(broken).run()
    assert not at.exception
    assert "What you typed is kept" in words_of(at)
    assert "what somebody wrote" not in words_of(at)
    assert caplog.text.count("script_failed") == 2
