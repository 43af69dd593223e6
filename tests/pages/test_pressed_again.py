"""A press whose outcome nobody knows, and the next one over the same: one act."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.store.port import Store
from tests.pages.test_vote_page import MayBeAway
from tests.support.page_visit import app_on, enter, visit, words_of
from tests.support.workshop_builder import Built


@pytest.mark.parametrize("button", ["ask", "run_many"])
def test_a_run_whose_start_is_pressed_again_after_its_answer_was_lost_starts_once(store: Store, button: str) -> None:
    built = Built(store)
    ana = built.join("Ana")
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, ana)
        at = visit("test", built.workshop)
        if button == "run_many":
            at.segmented_control(key="test_view").set_value("Many at once").run()
        away.loses = "start_run"
        at.button(key=button).click().run()
        assert "The connection to the database broke" in words_of(at)
        away.loses = ""
        at.button(key=button).click().run()
        assert len(ana.call("read_runs")) == 1
        at.button(key=button).click().run()
        assert len(ana.call("read_runs")) == 2, "once its outcome is known, the next press is another act"


def pressed_six_times() -> None:
    import streamlit as st

    from components.pending import pending
    from lib.domain.errors import Conflict, FolkmootError, StoreUnavailable

    lost, refused = StoreUnavailable("Broke."), Conflict("Gone.")
    ids = st.session_state["ids"] = []
    for asked, error in (("a", lost), ("a", None), ("a", lost), ("b", None), ("b", refused), ("b", None)):
        try:
            with pending("act", asked) as made:
                ids.append(made)
                if error is not None:
                    raise error
        except FolkmootError:
            pass


def test_only_a_press_over_the_same_after_an_unknown_outcome_is_the_same_act() -> None:
    at = AppTest.from_function(pressed_six_times).run()
    assert not at.exception
    first, again, *others = at.session_state["ids"]
    assert first == again
    assert len({first, *others}) == 5
