"""A press whose outcome nobody knows, and the next one over the same: one act."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.domain.people import Role
from lib.domain.runs import MarkValue
from lib.services.workshops import identify
from lib.store.port import Store
from tests.support.may_be_away import MayBeAway, heard_again
from tests.support.page_visit import app_on, button_named, enter, links_in, visit, words_of
from tests.support.workshop_builder import Built


@pytest.mark.parametrize("button", ["Ask the model", "Run in the background"])
def test_a_run_whose_start_is_pressed_again_after_its_answer_was_lost_starts_once(store: Store, button: str) -> None:
    built = Built(store)
    ana = built.join("Ana")
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, ana)
        at = visit("test", built.workshop)
        if button == "Run in the background":
            at.segmented_control(key="test_view").set_value("Many at once").run()
        away.loses = "start_run"
        button_named(at, button).click().run()
        assert "The connection to the database broke" in words_of(at)
        away.loses = ""
        button_named(at, button).click().run()
        assert len(ana.call("read_runs")) == 1
        button_named(at, button).click().run()
        assert len(ana.call("read_runs")) == 2, "once its outcome is known, the next press is another act"


def pressed_six_times() -> None:
    import streamlit as st

    from components.pending import pending
    from lib.domain.errors import Conflict, FolkmootError, StoreUnavailable

    lost, refused = StoreUnavailable("Broke."), Conflict("Gone.")
    ids = st.session_state["ids"] = []
    for asked, error in (("a", lost), ("a", None), ("a", lost), ("b", None), ("b", refused), ("b", None)):
        try:
            with pending("act", asked, now=0.0) as made:
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


def pressed_by_the_clock() -> None:
    import streamlit as st

    from components.pending import SAME_ACT_FOR_S, pending
    from lib.domain.errors import StoreUnavailable

    ids = st.session_state["ids"] = []
    later = SAME_ACT_FOR_S + 1
    for now in (0.0, SAME_ACT_FOR_S - 1, later, 2 * later + 1):
        try:
            with pending("act", "a", now=now) as made:
                ids.append(made)
                raise StoreUnavailable("Broke.")
        except StoreUnavailable:
            pass


def test_a_press_long_after_one_with_an_unknown_outcome_is_another_act() -> None:
    at = AppTest.from_function(pressed_by_the_clock).run()
    assert not at.exception
    first, again, once_more, much_later = at.session_state["ids"]
    assert first == again == once_more
    assert much_later != first


def test_a_mark_set_while_the_database_is_away_stays_chosen_as_not_saved_and_is_saved_by_its_button(
    store: Store,
) -> None:
    built = Built(store)
    ana = built.join("Ana")
    run = built.run(ana, [built.publish()["version_id"]])
    built.answer()
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, ana)
        at = visit("test", built.workshop)
        response = ana.call("read_responses", run=run["run_id"])[0]["response_id"]
        at.session_state[f"marks_{response}"] = True
        at.run()
        key = f"mark_{response}_{built.clauses[0]['clause_id']}"
        away.is_away = True
        at.segmented_control(key=key).set_value("followed").run()
        assert not at.exception
        away.is_away = False
        heard_again()
        at.run()
        assert "**What you marked is not saved yet.** Open **Mark clauses** to save it again." in words_of(at)
        at.session_state[f"marks_{response}"] = True
        at.run()
        assert at.segmented_control(key=key).value == "followed"
        at.button(key=f"again_{key}").click().run()
        assert not at.exception
        assert "not saved yet" not in words_of(at)
        at.run()
        assert at.segmented_control(key=key).value == "followed"
        # A browser that gets to the marks only now finds this one too, and cannot send back that there is none.
        assert list(at.segmented_control(key=key).proto.default) == [list(MarkValue).index(MarkValue.FOLLOWED)]
    assert [mark["value"] for mark in ana.call("read_marks")] == ["followed"]


def shown_link(at: AppTest) -> str:
    """The token of the secret link that stands on the page."""
    [token] = {link.rsplit("/", 1)[1] for link in links_in(at.main) if "/enter/" in link}
    return token


@pytest.mark.parametrize("lost", ["answer", "request"])
def test_a_facilitator_whose_replaced_link_got_no_answer_has_the_new_one_in_any_case(store: Store, lost: str) -> None:
    built = Built(store)
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        away.loses, away.is_lost_before = "reissue_link", lost == "request"
        at.button(key="yes_replace_facilitator").click().run()
        assert "It is not known whether your link was replaced" in words_of(at)
        token = shown_link(at)
        away.loses = ""
        at.run()
        assert shown_link(at) == token, "the page that is refused meanwhile shows it too"
        if lost == "request":
            at.button(key="yes_replace_facilitator").click().run()
            assert shown_link(at) == token
            assert "The old link opens nothing any more" in words_of(at)
        else:
            assert "You are not signed in here any more" in words_of(at)
    assert identify(store, token).role is Role.FACILITATOR


def test_other_links_whose_replacement_got_no_answer_are_the_same_when_pressed_again(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        at.selectbox(key="chosen_person").set_value(ana.person).run()
        for function, button in (
            ("change_person", f"yes_new_link_{ana.person}"),
            ("reissue_link", "yes_replace_organizer"),
        ):
            away.asked.clear()
            away.loses = function
            at.button(key=button).click().run()
            away.loses = ""
            at.button(key=button).click().run()
            assert not at.exception
            first, again = [given for asked, given in away.asked if asked == function]
            assert first == again, "the same token under the same request"
