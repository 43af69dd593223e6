"""Why an act was refused is said until its person has seen it, whatever others do meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Toggle

from components.place import kept_as
from components.refused import Refused
from lib.bootstrap import application
from lib.domain.ids import WorkshopId
from lib.store.port import Store
from tests.support.may_be_away import MayBeAway
from tests.support.page_visit import app_on, enter, visit, words_of
from tests.support.workshop_builder import Built, new_id

BROKE = "The connection to the database broke"


@dataclass
class Console:
    """A facilitator's console, whose next press of the lock finds no database."""

    built: Built
    away: MayBeAway
    at: AppTest

    def lock(self) -> Toggle:
        [lock] = [one for one in self.at.toggle if one.label.startswith("Lock the policy")]
        return lock

    def press(self) -> str:
        """What the page says after the lock was pressed."""
        self.at = self.lock().set_value(True).run()
        assert not self.at.exception
        return words_of(self.at)


@pytest.fixture
def console(store: Store) -> Iterator[Console]:
    built, away = Built(store), MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        away.loses, away.is_lost_before = "set_workshop", True
        yield Console(built, away, at)


def test_a_refusal_is_said_until_the_next_act_and_the_switch_shows_what_is_stored(console: Console) -> None:
    said = console.press()
    for _ in range(3):
        assert BROKE in said
        assert console.lock().value is False
        said = words_of(console.at.run())
    console.away.loses = ""
    assert BROKE not in console.press()
    assert console.lock().value is True
    assert console.built.facilitator.call("read_place")["workshop"]["editing_is_locked"]


def test_a_refusal_is_put_away_and_stays_behind_when_its_person_goes_elsewhere(console: Console) -> None:
    assert BROKE in console.press()
    assert BROKE not in words_of(console.at.button(key="close_refused").click().run())
    assert BROKE in console.press()
    assert BROKE not in words_of(visit("vote", console.built.workshop, console.at))


def test_beside_a_refusal_stands_the_most_urgent_of_what_others_ask(store: Store) -> None:
    built, away = Built(store), MayBeAway(store)
    ana, note, asks, nudges = built.join("Ana"), built.decide(), "asks you to come to", "still with the group"
    ana.call("set_dissent", note=note, is_dissenting=True, words="")
    with app_on(away) as browser:
        enter(browser, built, ana)
        at = visit("review", built.workshop, section="Decisions")
        away.loses, away.is_lost_before = "set_dissent", True
        at.button(key=f"agree_{note}").click().run()
        built.facilitator.call("nudge_people", people=[ana.person], reason="idle")
        built.facilitator.call("call_everyone", call=new_id(), kind="stage", target="vote")
        application().reader.wrote(WorkshopId(built.workshop))
        said = words_of(at.run())
        assert [words in said for words in (BROKE, asks, nudges)] == [True, True, False]
        [stays] = [one for one in at.button if one.key and one.key.startswith("call_put_away_")]
        said = words_of(stays.click().run())
        assert [words in said for words in (BROKE, asks, nudges)] == [True, False, True]


def test_what_nobody_puts_away_hides_nothing_that_others_do_later(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    run = built.run(built.facilitator, [None])
    response = next(one["response_id"] for one in built.answer() if one["run_id"] == run["run_id"])
    lead = built.facilitator.call
    nudges, decided, in_the_light, leads_too = "still with the group", "Decided:", "In the spotlight:", "You lead too"

    def spotlight() -> None:
        lead("set_spotlight", spotlight=new_id(), kind="response", target=response)

    news: tuple[tuple[str, Callable[[], object]], ...] = (
        (nudges, lambda: lead("nudge_people", people=[ana.person], reason="idle")),
        (decided, built.decide),
        (leads_too, lambda: lead("grant_leading", person=ana.person, is_granted=True)),
        (in_the_light, spotlight),
    )
    with app_on(store) as browser:
        enter(browser, built, ana)
        at = visit("vote", built.workshop)
        for newest, act in news:
            act()
            application().reader.wrote(WorkshopId(built.workshop))
            said = words_of(at.run())
            assert [words for words, _ in news if words in said] == [newest]
        for puts_away, older in (("Close", leads_too), ("Close", decided), ("Close", nudges), ("Put away", None)):
            [button] = [one for one in at.button if one.label == puts_away]
            said = words_of(button.click().run())
            assert [words for words, _ in news if words in said] == [older] * (older is not None)


def test_nothing_of_an_act_but_the_kind_and_words_of_its_refusal_is_kept(console: Console) -> None:
    console.press()
    kept: Refused = console.at.session_state[kept_as("refused")]
    assert (kept.error.__traceback__, kept.error.__context__, kept.error.__cause__) == (None, None, None)
