"""What is changed on the console can be taken back there with one press, and what cannot asks first."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field
from components.console_model import CALLS
from lib.bootstrap import Application
from lib.domain.ids import PersonId
from lib.domain.people import Role
from lib.domain.workshop import ModelChoice, Workshop
from lib.services import leading, testing, workshops
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields, still_shows
from tests.support.page_visit import app_on, enter, visit
from tests.support.workshop_builder import Built

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label == label).click().run()
    assert not found.exception
    return found


def shop(app: Application, moot: Moot) -> Workshop:
    return workshops.read_place(app.store, moot.facilitator).workshop


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


@pytest.fixture
def console(moot: Moot, fields: Fields, open_at: Open) -> AppTest:
    moot.sign_in(Role.FACILITATOR)
    return open_at("console", w=moot.workshop_id)


@pytest.mark.parametrize(
    ("field", "undo"),
    [("title", "Undo: Facilitator changed the workshop's title"), ("brief", "Undo: Facilitator changed the brief")],
)
def test_the_words_of_before_come_back_after_the_question_that_shows_what_goes(
    console: AppTest, app: Application, moot: Moot, fields: Fields, field: str, undo: str
) -> None:
    before = getattr(shop(app, moot), field)
    words = "Other words" if field == "title" else "Other *words*\n\nof two paragraphs"
    fields.will_press(f"console:{field}", "save", words)
    test = console.run()
    assert getattr(shop(app, moot), field) == words
    assert undo not in [one.label for one in test.button], "it opens the question"
    assert "this is gone. Copy it first if you want to keep it:" in said(test)
    assert words in [one.value for one in test.text]
    press(test, "Yes, put the former words back")
    assert getattr(shop(app, moot), field) == before
    assert fields.fields[f"console:{field}"]["initial"] == before


@pytest.mark.parametrize(("field", "mine"), [("title", "What I wrote"), ("brief", "What I wrote"), ("brief", "")])
@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_words_that_another_leader_saved_meanwhile_are_shown_before_they_go(
    console: AppTest, app: Application, moot: Moot, fields: Fields, field: str, mine: str, choice: str
) -> None:
    name, stands = f"console:{field}", mine if choice == "mine" else "What the other wrote"

    def now() -> str:
        return str(getattr(shop(app, moot), field))

    app.store.call(
        "set_workshop",
        workshop=moot.workshop_id,
        token_hash=moot.facilitator.token_hash,
        changes={field: "What the other wrote"},
    )
    app.reader.wrote(moot.workshop_id)
    fields.will_press(name, "save", mine)
    test = console.run()
    assert now() == "What the other wrote"
    assert f"Somebody else changed the {field} while you were at it." in said(test)
    assert fields.fields[name]["actions"] == [["mine", "Save mine instead"], ["theirs", "Take theirs"]]
    asks = fields.fields[name]["asks"]
    assert (asks["heading"], asks["actions"]) == (f"Let go of your {field}?", ("theirs",))
    fields.will_press(name, choice, mine)
    test = test.run()
    assert now() == stands
    test = test.run()
    assert "while you were at it" not in said(test)
    assert fields.fields[name]["initial"] == stands
    assert fields.fields[name]["asks"] is None


def test_limits_are_as_before_and_runs_that_waited_for_them_go_on(
    console: AppTest, app: Application, moot: Moot, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields.leaves(CALLS, "7")
    test = press(console, "Set the limits")
    assert shop(app, moot).max_calls == 7
    went_on: list[object] = []
    monkeypatch.setattr(testing, "resume_runs_that_waited", lambda *given: went_on.append(given))
    press(test, "Undo: Facilitator changed the limits of model calls")
    assert shop(app, moot).max_calls == 100
    assert len(went_on) == 1


def test_the_model_and_the_join_code_are_as_before(console: AppTest, app: Application, moot: Moot) -> None:
    leading.choose_model(app.store, moot.facilitator, ModelChoice("openai/other"))
    app.reader.wrote(moot.workshop_id)
    test = console.run()
    test.toggle(key="code_is_open_1").set_value(False).run()
    assert not shop(app, moot).code_is_open
    test = press(test, "Undo: Facilitator closed the join code")
    assert shop(app, moot).code_is_open
    press(test, "Undo: Facilitator chose another model")
    assert shop(app, moot).model is None


def test_a_new_name_is_taken_back_with_one_press_and_so_is_that(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    def name() -> str:
        return workshops.read_people(app.store, moot.facilitator)[0].name

    person, _ = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="chosen_person").set_value(person).run()
    fields.leaves(f"console:rename:{person}", "Annie")
    test = press(test, "Rename")
    assert name() == "Annie"
    test = press(test, "Undo: call them Ana again")
    assert name() == "Ana"
    press(test, "Undo: call them Annie again")
    assert name() == "Annie"


def test_a_name_that_another_gave_meanwhile_is_overwritten_only_by_whoever_has_seen_it(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    def name() -> str:
        return workshops.read_people(app.store, moot.facilitator)[0].name

    person, _ = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test = test.selectbox(key="chosen_person").set_value(person).run()
    fields.leaves(f"console:rename:{person}", "Annie")
    test = test.run()
    leading.rename_person(app.store, moot.facilitator, PersonId(person), "Anna")
    app.reader.wrote(moot.workshop_id)
    test = press(test, "Rename")
    assert name() == "Anna"
    assert "they are called Anna now" in said(test)
    press(test, "Rename all the same")
    assert name() == "Annie"


def test_whoever_was_chosen_stays_so_though_another_renames_them_and_the_browser_has_not_heard_of_it(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    person, _ = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test = test.selectbox(key="chosen_person").set_value(person).run()
    fields.leaves(f"console:rename:{person}", "Annie")
    test = test.run()
    leading.rename_person(app.store, moot.facilitator, PersonId(person), "Anna")
    app.reader.wrote(moot.workshop_id)
    test = test.run()
    for _ in ("sends the former name with a press", "and once more"):
        still_shows(test.selectbox(key="chosen_person"), "Ana")
        test = test.run()
        assert not test.exception
        assert test.selectbox(key="chosen_person").value == person
        assert "they are called Anna now" in said(test)


def test_a_run_of_ones_own_is_shared_only_after_the_question(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None], shared=False)
    with app_on(store) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        assert "Share with everyone" not in [one.label for one in at.button]
        # The act alone: AppTest draws the whole page, where a browser gets the fragment drawn that is asked for then.
        at.button(key=f"yes_share_{run['run_id']}").click().run()
    assert built.facilitator.call("read_runs")[0]["is_shared"]
