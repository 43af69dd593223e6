"""A participant who may lead opens the console with their own link, and loses the right at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components.presence import person_words
from lib.bootstrap import Application
from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId
from lib.domain.people import Credential, Nudged, Person, Role
from lib.domain.workshop import Stage
from lib.security import hash_token, leading_hash
from lib.services import leading, workshops
from tests.pages.conftest import Moot, said

Open = Callable[..., AppTest]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


@pytest.fixture
def ana(moot: Moot) -> tuple[PersonId, str]:
    person, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    return person, token


@pytest.mark.parametrize("others", [0, 12], ids=["few, by a press on the name", "many, by a list"])
def test_the_facilitator_gives_and_takes_the_right_in_the_list_of_people(
    moot: Moot, app: Application, open_at: Open, others: int
) -> None:
    person, token = moot.join("Ana")
    for number in range(others):
        moot.join(f"Person {number}")
    moot.sign_in(Role.FACILITATOR)
    ana = Credential(moot.workshop_id, hash_token(token))

    def choose(test: AppTest, *leading: PersonId) -> AppTest:
        choices = [*test.button_group, *test.multiselect]
        test = next(one for one in choices if one.label == "Who leads with you").set_value(list(leading)).run()
        assert not test.exception
        return test

    test = choose(open_at("console", w=moot.workshop_id), person)
    assert workshops.read_place(app.store, ana).me.is_co_facilitator
    assert "Ana, leads too" in said(test)
    test = choose(test)
    assert not workshops.read_place(app.store, ana).me.is_co_facilitator
    assert "Ana, leads too" not in said(test)


def test_a_right_that_could_not_be_given_is_not_given_later_without_a_press(
    moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, token = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    asked: list[bool] = []

    def refuse(*given: object) -> None:
        asked.append(True)
        raise StoreUnavailable("The database cannot be reached.")

    with monkeypatch.context() as patched:
        patched.setattr(leading, "let_lead", refuse)
        test.button_group(key="leading_1").set_value([person]).run()
    assert asked == [True]
    assert not test.run().exception
    assert not workshops.read_place(app.store, Credential(moot.workshop_id, hash_token(token))).me.is_co_facilitator


def test_who_leads_with_another_is_not_theirs_to_change(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    app.reader.wrote(moot.workshop_id)
    test = open_at("console", w=moot.workshop_id)
    assert "Choose a person" in [one.label for one in test.selectbox]
    assert "Who leads with you" not in [one.label for one in test.button_group]


def test_with_the_right_the_console_opens_and_works_without_any_secret_link(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    assert "not for your role" in said(open_at("console", w=moot.workshop_id))
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    app.reader.wrote(moot.workshop_id)
    test = open_at("console", w=moot.workshop_id)
    assert not test.exception
    test.button_group(key="stage_1").set_value(Stage.VOTE).run()
    assert workshops.read_place(app.store, moot.facilitator).workshop.stage is Stage.VOTE
    words = said(test)
    assert "Replace the facilitator link" not in [one.label for one in test.button]
    assert "Delete the workshop" not in words
    assert ana[1] not in words


def test_on_the_other_pages_they_are_participants_until_they_choose_to_lead(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    test = open_at("test", w=moot.workshop_id)
    assert "Bring everyone here" not in [one.label for one in test.button]
    test.session_state[f"folkmoot:{moot.workshop_id}:role"] = Role.FACILITATOR.value
    assert "Bring everyone here" in [one.label for one in test.run().button]


def test_when_the_right_is_taken_back_the_console_closes_at_the_next_look(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    test = open_at("console", w=moot.workshop_id)
    leading.let_lead(app.store, moot.facilitator, ana[0], False)
    app.reader.wrote(moot.workshop_id)
    test = test.run()
    assert not test.exception
    assert "not for your role" in said(test)


def test_a_nudge_is_a_line_that_is_put_away(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    assert leading.nudge(app.store, moot.facilitator, [ana[0]], Nudged.IDLE) == 1
    test = open_at("draft", w=moot.workshop_id)
    assert "still with the group" in said(test)
    test = press(test, "Put away")
    assert "still with the group" not in said(test)


def test_the_idle_are_nudged_from_the_console_with_one_press(moot: Moot, app: Application, open_at: Open) -> None:
    _, token = moot.join("Ben")
    who = {"workshop": moot.workshop_id, "token_hash": hash_token(token)}
    app.store.call("touch_people", people=[{**who, "page": "vote", "idle_s": 400.0}])
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert "Ben, on Vote, **idle 6 min**" in said(test)
    press(test, "Nudge the idle (1)")
    assert app.store.call("read_place", **who)["me"]["nudge"]["reason"] == "idle"


def test_a_nudge_is_taken_back_from_the_console_as_long_as_it_stands_somewhere(
    moot: Moot, app: Application, ana: tuple[PersonId, str], open_at: Open
) -> None:
    ben, _ = moot.join("Ben")
    assert leading.nudge(app.store, moot.facilitator, [ana[0], ben], Nudged.IDLE) == 2
    hers = open_at("draft", w=moot.workshop_id)
    assert "still with the group" in said(hers)
    moot.sign_in(Role.FACILITATOR)
    console = press(open_at("console", w=moot.workshop_id), "Take the nudge back (2)")
    assert not [one for one in console.button if one.label.startswith("Take the nudge back")]
    app.reader.wrote(moot.workshop_id)
    assert "still with the group" not in said(hers.run())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Ana, away"),
        ({"page": "vote", "has_voted": False}, "Ana, away, **has not voted**"),
        ({"last_seen_at": NOW - timedelta(seconds=50)}, "Ana, not here for less than a minute"),
        ({"last_seen_at": NOW - timedelta(minutes=9, seconds=59)}, "Ana, not here for 9 min"),
        ({"last_seen_at": NOW - timedelta(minutes=59, seconds=59)}, "Ana, away for 59 min"),
        ({"last_seen_at": NOW - timedelta(minutes=61), "page": "vote"}, "Ana, away for more than an hour"),
        ({"last_seen_at": NOW - timedelta(minutes=61), "is_removed": True}, "Ana, removed"),
        ({"last_seen_at": NOW, "acted_at": NOW - timedelta(hours=2)}, "Ana, **idle more than an hour**"),
        ({"last_seen_at": NOW}, "Ana"),
        ({"last_seen_at": NOW, "page": "vote", "acted_at": NOW - timedelta(seconds=20)}, "Ana, on Vote"),
        ({"last_seen_at": NOW, "page": "<b>"}, "Ana"),
        ({"last_seen_at": NOW, "has_voted": False}, "Ana, **has not voted**"),
        ({"last_seen_at": NOW, "has_voted": True, "is_co_facilitator": True}, "Ana, leads too, has voted"),
        ({"is_removed": True, "has_voted": False}, "Ana, removed"),
    ],
)
def test_what_is_said_of_somebody(changes: dict[str, object], words: str) -> None:
    person = Person(PersonId("a"), Role.PARTICIPANT, "Ana", **changes)  # type: ignore[arg-type]
    assert person_words(person, NOW).endswith(f": {words}")


def test_who_leads_no_more_is_told_so_and_not_that_they_are_signed_out_though_the_server_has_not_heard_of_it(
    moot: Moot, app: Application, open_at: Open, ana: tuple[PersonId, str]
) -> None:
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    test = open_at("console", w=moot.workshop_id)
    assert test.button_group(key="stage_1")
    leading.let_lead(app.store, moot.facilitator, ana[0], False)
    app.reader.wrote(Credential(moot.workshop_id, leading_hash(hash_token(ana[1]))))  # as a refused reading does
    test.run()
    assert "This page is not for your role" in said(test)
    assert "You are not signed in here any more" not in said(test)


@pytest.mark.parametrize("is_reloaded", [False, True])
@pytest.mark.parametrize(
    ("ends", "reason"),
    [("removed", "The facilitator removed you"), ("deleted", "not signed in to the workshop any more")],
)
def test_who_led_too_and_is_in_the_workshop_no_more_is_told_that_on_the_console(
    moot: Moot, app: Application, open_at: Open, ana: tuple[PersonId, str], ends: str, reason: str, is_reloaded: bool
) -> None:
    leading.let_lead(app.store, moot.facilitator, ana[0], True)
    test = open_at("console", w=moot.workshop_id)
    if ends == "removed":
        leading.remove_person(app.store, moot.facilitator, ana[0], True)
    else:
        title = workshops.read_place(app.store, moot.facilitator).workshop.title
        workshops.delete_workshop(app.store, moot.facilitator, title)
    app.reader.wrote(moot.workshop_id)
    if is_reloaded:
        test = open_at("console", w=moot.workshop_id)
    else:
        test.run()
    assert "You are not signed in here any more" in said(test)
    assert reason in said(test)
    assert "This page is not for your role" not in said(test)
