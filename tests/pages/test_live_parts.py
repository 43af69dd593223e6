"""The live parts of a page: what each follows, and that what could not be read is looked at again."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import try_now
from lib.bootstrap import application
from lib.domain.errors import NotAllowed, StoreUnavailable
from lib.domain.ids import WorkshopId
from lib.store.port import Store
from tests.support.may_be_away import MayBeAway
from tests.support.page_visit import all_data_of, app_on, data_of, enter, hears_news, visit, words_of
from tests.support.workshop_builder import Built, new_id

PULSE = "folkmoot_pulse"
PAGES: list[tuple[str, dict[str, str], set[str]]] = [
    ("draft", {}, {"live_live_top", "live_live_offers", "document_panel", "beside_clause_said"}),
    ("draft", {"view": "clauses"}, {"clause_list", "beside_clause_said", "beside_clause_evidence"}),
    ("draft", {"view": "versions"}, {"part_news"}),
    ("test", {}, {"response_watch"}),
    ("vote", {}, {"round_watch"}),
    ("review", {}, {"review_watch"}),
    ("review", {"section": "Decisions"}, {"decision_list"}),
    ("review", {"section": "Coverage"}, {"review_watch", "part_news"}),
    ("review", {"section": "Versions"}, {"review_watch", "part_news"}),
]
"""The pages of a participant with their parameters, and some of the parts that each has."""


def parts(at: AppTest, key: str) -> dict[str, Any]:
    """A property of every live part, by the part's name."""
    return {name: data[key] for name, data in all_data_of(at, PULSE).items()}


@pytest.mark.parametrize(
    ("page", "part", "topic"),
    [
        ("draft", "document_panel", "policy"),
        ("test", "response_watch", "test"),
        ("vote", "round_watch", "rounds"),
        ("review", "review_watch", "rounds"),
    ],
)
def test_a_part_follows_what_it_shows_and_what_may_concern_anything(
    store: Store, page: str, part: str, topic: str
) -> None:
    built = Built(store)
    with app_on(store) as browser:
        enter(browser, built, built.join("Ana"))
        at = visit(page, built.workshop)
    [follows] = [topics for name, topics in parts(at, "follows").items() if part in name]
    assert {topic, "all"} <= set(follows)


def test_whoever_leads_sees_votes_at_once_and_the_others_within_a_quarter_of_a_minute(store: Store) -> None:
    built = Built(store)
    built.open_round()
    for role, someone in (("facilitator", built.facilitator), ("participant", built.join("Ana"))):
        with app_on(store) as browser:
            enter(browser, built, someone, role)
            at = visit("vote", built.workshop)
        how = "follows" if role == "facilitator" else "slowly"
        [topics] = [topics for name, topics in parts(at, how).items() if "round_watch" in name]
        assert "votes" in topics, role


def test_nothing_that_a_participant_sees_is_drawn_again_by_time_alone(store: Store) -> None:
    built = Built(store)
    ana, first = built.join("Ana"), built.clauses[0]["clause_id"]
    built.run(ana, [built.open_round()["items"][0]["version_id"]])
    built.answer()
    ana.call("add_comment", comment=new_id(), clause=first, text="For whom?")
    built.facilitator.call("set_workshop", changes={"timer_seconds": 600, "timer_label": "Talk"})
    with app_on(store) as browser:
        enter(browser, built, ana)
        for page, params, wanted in PAGES:
            clause = {"clause": first} if page == "draft" else {}
            at = visit(page, built.workshop, **params, **clause)
            assert not at.exception
            found = parts(at, "again_ms")
            assert set(found.values()) == {None}, found
            assert all(any(part in name for name in found) for part in wanted), found


def test_what_stands_old_because_it_could_not_be_read_is_looked_at_again_soon(store: Store) -> None:
    built = Built(store)
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, built.join("Ana"))
        at = visit("draft", built.workshop)
        assert set(parts(at, "again_ms").values()) == {None}

        application().reader.wrote(WorkshopId(built.workshop))
        away.is_away = True
        at.run()
        assert not at.exception
        [again_ms] = [ms for name, ms in parts(at, "again_ms").items() if "document_panel" in name]
        assert again_ms == 3_000
        away.is_away = False
        at.run()
        assert set(parts(at, "again_ms").values()) == {None}


def test_try_it_now_keeps_its_scenarios_and_its_answer_though_they_cannot_be_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, first_step, troubles = Built(store), "add a scenario first", [StoreUnavailable("Away."), NotAllowed("Gone.")]

    def fails(*_: object) -> None:
        raise troubles[0]

    with app_on(store) as browser:
        enter(browser, built, built.join("Ana"))
        at = visit("draft", built.workshop)
        before = data_of(at, "folkmoot_try_now")
        assert len(before["scenarios"]) == len(built.scenarios)
        with monkeypatch.context() as patched:
            patched.setattr(try_now, "read_scenarios", fails)
            while troubles:
                assert data_of(hears_news(at, "try_now_draw"), "folkmoot_try_now") == before
                assert first_step not in words_of(at)
                troubles.pop(0)
            troubles.append(StoreUnavailable("Away."))
            at = visit("draft", built.workshop)
            assert "The scenarios cannot be read just now." in words_of(at)
            assert first_step not in words_of(at), "it is not known that there are none"
        at.run()
        assert data_of(at, "folkmoot_try_now") == before
        for scenario in built.scenarios:
            built.facilitator.call("withdraw_scenario", scenario=scenario, is_withdrawn=True)
        application().reader.wrote(WorkshopId(built.workshop))
        assert first_step in words_of(at.run())
