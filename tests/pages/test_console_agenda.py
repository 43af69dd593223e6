"""The agenda on the console: a plan is taken, changed, run and taken back, for everyone at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field
from components.countdown import countdown_data
from components.texts import quoted
from lib.bootstrap import Application
from lib.domain.agenda import Agenda, Step, with_changed, without_step
from lib.domain.ids import StepId
from lib.domain.people import Credential, Role
from lib.domain.workshop import Stage
from lib.samples.plans import HOUR, NINETY
from lib.security import hash_token, leading_hash
from lib.services import agenda as agendas
from lib.services import leading, workshops
from lib.services.drafts import read_drafts, save_draft
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields
from tests.support.page_visit import all_data_of, container_of, questions_in
from tests.support.workshop_builder import new_id

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


UNDO = "Yes, put the former agenda back"


def undos(test: AppTest) -> list[str]:
    """What the buttons of an undo of the agenda say, those that ask first too."""
    said = (*questions_in(test.main), *(one.label for one in test.button))
    return [one for one in said if one.startswith("Undo the last change")]


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


@pytest.fixture
def console(moot: Moot, fields: Fields, open_at: Open) -> AppTest:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert not test.exception
    return test


def agenda_of(app: Application, moot: Moot) -> Agenda:
    return agendas.read_agenda(app.store, moot.facilitator)


def titles(app: Application, moot: Moot) -> list[str]:
    return [one.title for one in agenda_of(app, moot).steps]


def test_a_plan_is_taken_with_one_press_and_undone_after_the_question(
    console: AppTest, app: Application, moot: Moot
) -> None:
    test = press(console, "Plan of 90 minutes")
    assert titles(app, moot) == [one.title for one in NINETY.steps]
    assert "10 steps, 1 h 30 min" in said(test)
    assert "Undo the last change: Facilitator filled the agenda" in undos(test)
    press(test, UNDO)
    assert titles(app, moot) == []


def plans_in(block: Any) -> list[str]:
    return [one.label for one in block.button if one.label.startswith("Plan of")]


def test_plans_are_offered_once_where_it_says_that_there_is_no_agenda_and_as_long_as_there_is_none(
    console: AppTest, app: Application, moot: Moot
) -> None:
    assert "No agenda yet. Take a ready-made plan" in said(console)
    both = ["Plan of 60 minutes", "Plan of 90 minutes"]
    assert plans_in(console) == plans_in(container_of(console.main, "now")) == both
    test = press(console, "Plan of 60 minutes")
    assert plans_in(test) == []
    test = press(test, "Clear it")
    assert titles(app, moot) == []
    assert plans_in(container_of(test.main, "now")) == both


def test_starting_and_going_on_sets_stage_and_time(console: AppTest, app: Application, moot: Moot) -> None:
    test = press(press(console, "Plan of 60 minutes"), "Start the agenda: Welcome")
    assert "Step 1 of 7: Welcome" in said(test)
    test = press(press(test, "Go on to Write rough"), "Go on to Try them")
    shop = workshops.read_place(app.store, moot.facilitator).workshop
    assert (shop.stage, shop.timer_label) == (Stage.TEST, HOUR.steps[2].title)
    test = press(test, "Undo: Facilitator went on to")
    assert workshops.read_place(app.store, moot.facilitator).workshop.stage is Stage.DRAFT
    assert "Step 2 of 7" in said(test)


def test_the_agenda_ends_after_its_last_step(console: AppTest, app: Application, moot: Moot) -> None:
    test = press(console, "Plan of 60 minutes")
    for _ in HOUR.steps:
        test = next(b for b in test.button if b.key.startswith("next_")).click().run()
    test = press(test, "End the agenda")
    assert workshops.read_place(app.store, moot.facilitator).workshop.agenda is None
    assert "7 steps, none under way" in said(test)
    assert [one.label for one in test.button if one.label.startswith("Start the agenda: Welcome")]


@pytest.mark.parametrize("label", ["Go on to", "End the agenda"])
def test_a_press_that_goes_on_never_starts_a_step_that_another_has_just_put_in_between(
    console: AppTest, app: Application, moot: Moot, label: str
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "Start the agenda")
    while not any(one.label.startswith(label) for one in test.button):
        test = press(test, "Go on to")
    agenda = agenda_of(app, moot)
    at = next(place for place, one in enumerate(agenda.steps) if one.step_id == agenda.step_id)
    added = Step(StepId(new_id()), Stage.VOTE, "A quick vote", 5)
    steps = (*agenda.steps[: at + 1], added, *agenda.steps[at + 1 :])
    agendas.set_agenda(app.store, moot.facilitator, steps, base_revision=agenda.revision, request_id="another's")
    app.reader.wrote(moot.workshop_id)
    test = press(test, label)
    assert agenda_of(app, moot).step_id == agenda.step_id, "the press said another way on"
    press(test, "Go on to A quick vote")
    assert agenda_of(app, moot).step_id == added.step_id


def test_when_the_steps_begin_is_drawn_anew_by_the_minute_unless_a_countdown_runs(
    console: AppTest, app: Application, moot: Moot
) -> None:
    def again_s(test: AppTest) -> float | None:
        [data] = [one for name, one in all_data_of(test, "folkmoot_pulse").items() if "draw_agenda" in name]
        return None if data["again_ms"] is None else float(data["again_ms"]) / 1000

    assert again_s(console) is None
    test = press(console, "Plan of 60 minutes")
    assert again_s(test) == 60
    test = press(test, "Start the agenda")
    assert again_s(test) == pytest.approx(5 * 60 + 60, abs=20), "a minute after the countdown"
    test = press(test, "Pause")
    assert again_s(test) == 60
    test = press(press(test, "Resume"), "Stop")
    assert again_s(test) == 60
    for _ in HOUR.steps[1:]:
        test = press(test, "Go on to")
    assert again_s(test) is None, "nothing lies ahead"
    assert again_s(press(test, "End the agenda")) == 60


def test_the_countdown_is_paused_and_goes_on(console: AppTest, app: Application, moot: Moot) -> None:
    test = press(press(console, "Plan of 60 minutes"), "Start the agenda")
    test = press(press(test, "Pause"), "1 min more")
    shop = workshops.read_place(app.store, moot.facilitator).workshop
    assert shop.timer_left_s is not None
    assert 355 < shop.timer_left_s <= 360
    shown = countdown_data(shop, app.clock())
    assert (shown["ends_ms"], shown["paused_ms"]) == (None, shop.timer_left_s * 1000)
    press(test, "Resume")
    assert workshops.read_place(app.store, moot.facilitator).workshop.timer_left_s is None


def test_a_step_is_changed_moved_and_removed(console: AppTest, app: Application, moot: Moot, fields: Fields) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1].step_id
    fields.leaves(f"console:step:{step}:title", "Write together")
    fields.leaves(f"console:step:{step}:minutes", "7,5")
    test.button_group(key=f"step_stage_{step}").set_value("review")
    test = press(test, "Save the step")
    changed = agenda_of(app, moot).steps[1]
    assert (changed.title, changed.minutes, changed.stage) == ("Write together", 7.5, Stage.REVIEW)
    test = press(press(test, "Earlier"), "Remove")
    assert titles(app, moot) == [one.title for place, one in enumerate(HOUR.steps) if place != 1]
    test = press(test, "Undo the last change: Facilitator removed “Write together”")
    press(test, "Undo the last change: Facilitator put the steps in another order")
    assert titles(app, moot)[1] == "Write together"


@pytest.fixture
def ana(app: Application, moot: Moot) -> Credential:
    """Another who leads."""
    person, token = moot.join("Ana")
    leading.let_lead(app.store, moot.facilitator, person, True)
    return Credential(moot.workshop_id, leading_hash(hash_token(token)))


def test_another_leaders_words_go_only_after_the_question_that_names_them_and_shows_the_words(
    console: AppTest, app: Application, moot: Moot, ana: Credential
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "1. Welcome")
    test = press(test, "Later")
    before = agenda_of(app, moot)
    change_as(ana, app, before.steps[0], note="Bring *the* list.")
    app.reader.wrote(moot.workshop_id)
    test = test.run()
    title = before.steps[0].title
    assert undos(test) == [f"Undo the last change: Ana changed {quoted(title)}"]
    assert "**Ana** made this change, and not you." in said(test)
    assert "this is gone. Copy it first if you want to keep it:" in said(test)
    assert f"1. {title}\nNote: Bring *the* list." in [one.value for one in test.text]
    test = press(test, UNDO)
    assert agenda_of(app, moot).steps == before.steps
    # The change before it is this person's own and takes no words away.
    assert undos(test) == ["Undo the last change: Facilitator put the steps in another order"]
    press(test, "Undo the last change")
    assert agenda_of(app, moot).steps[1] == before.steps[0]


def test_another_leaders_change_without_words_is_asked_about_too(
    console: AppTest, app: Application, moot: Moot, ana: Credential
) -> None:
    test = press(console, "Plan of 60 minutes")
    change_as(ana, app, agenda_of(app, moot).steps[0], minutes=9.0)
    app.reader.wrote(moot.workshop_id)
    test = test.run()
    assert "**Ana** made this change, and not you. The agenda of before comes back." in said(test)
    press(test, UNDO)
    assert agenda_of(app, moot).steps[0].minutes == 5


@pytest.mark.parametrize("is_heard_of", [True, False], ids=["heard of", "not heard of yet"])
def test_an_undo_takes_back_no_change_that_its_presser_did_not_see(
    console: AppTest, app: Application, moot: Moot, ana: Credential, is_heard_of: bool
) -> None:
    test = press(press(press(console, "Plan of 60 minutes"), "1. Welcome"), "Later")
    change_as(ana, app, agenda_of(app, moot).steps[0], note="Nobody talks.")
    if is_heard_of:
        app.reader.wrote(moot.workshop_id)
    now = agenda_of(app, moot)
    test = press(test, "Undo the last change: Facilitator put the steps in another order")
    assert agenda_of(app, moot) == now
    assert "Somebody else changed the agenda at the same moment" in said(test)
    assert undos(test)[0].startswith("Undo the last change: Ana changed")


def test_what_is_no_time_is_refused_in_words_and_what_was_typed_stays(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "1. Welcome")
    field = f"console:step:{agenda_of(app, moot).steps[0].step_id}:minutes"
    fields.leaves(field, "soon")
    test = next(b for b in test.button if b.label == "Save the step").click().run()
    assert "is no time" in said(test)
    assert agenda_of(app, moot).steps[0].minutes == 5


def change_as(leads: Credential, app: Application, step: Step, **changes: Any) -> None:
    """A step is changed by somebody of whom the page under test has not heard yet."""
    mine = replace(step, **changes)
    agendas.change_step(app.store, leads, seen=step, mine=mine, request_id=new_id())


def another_changes(app: Application, moot: Moot, step: Step, **changes: Any) -> None:
    """Another leader changes a step; the page under test has not heard of it yet."""
    agenda = agenda_of(app, moot)
    steps = (
        with_changed(agenda.steps, replace(step, **changes)) if changes else without_step(agenda.steps, step.step_id)
    )
    agendas.set_agenda(app.store, moot.facilitator, steps, base_revision=agenda.revision, request_id="another's")


def test_saving_a_step_changes_only_what_this_person_changed(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    another_changes(app, moot, step, title="Write alone", note="Nobody talks.", stage=Stage.REVIEW)
    fields.leaves(f"console:step:{step.step_id}:minutes", "7")
    press(test, "Save the step")
    now = agenda_of(app, moot).steps[1]
    assert (now.title, now.note, now.stage, now.minutes) == ("Write alone", "Nobody talks.", Stage.REVIEW, 7)


@pytest.mark.parametrize(
    ("way", "title", "minutes"),
    [("Save mine instead", "Write together", 7.0), ("Yes, take theirs", "Write alone", 12.0)],
)
def test_of_two_who_change_the_same_of_a_step_the_second_sees_both_and_chooses(
    console: AppTest, app: Application, moot: Moot, fields: Fields, way: str, title: str, minutes: float
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    assert step.minutes == 12
    field = f"console:step:{step.step_id}:title"
    fields.leaves(field, "Write together")
    fields.leaves(f"console:step:{step.step_id}:minutes", "7")
    another_changes(app, moot, step, title="Write alone")
    test = press(test, "Save the step")
    assert agenda_of(app, moot).steps[1].title == "Write alone"
    assert "**Title**, as it is now: Write alone" in said(test)
    assert read_drafts(app.store, moot.facilitator)[f"{field}:base"].text == f'"{step.title}"'
    assert "Take theirs" not in [one.label for one in test.button], "it opens the question"
    assert "These words of yours are gone then." in said(test)
    assert "Title: Write together" in [one.value for one in test.text]
    test = press(test, way)
    now = agenda_of(app, moot).steps[1]
    assert (now.title, now.minutes) == (title, minutes)
    assert "as it is now" not in said(test)
    if way == "Yes, take theirs":
        assert fields.shows(field) == "Write alone"
        press(test, "Save the step")
        assert (agenda_of(app, moot).steps[1].title, agenda_of(app, moot).steps[1].minutes) == ("Write alone", 7)


def test_whoever_only_chose_another_stage_is_asked_nothing_before_theirs(
    console: AppTest, app: Application, moot: Moot
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    test = test.button_group(key=f"step_stage_{step.step_id}").set_value("vote").run()
    another_changes(app, moot, step, stage=Stage.REVIEW)
    test = press(press(test, "Save the step"), "Take theirs")
    assert agenda_of(app, moot).steps[1].stage is Stage.REVIEW
    assert "as it is now" not in said(test)


def test_whoever_empties_a_note_is_shown_what_another_made_of_it(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    assert step.note
    fields.leaves(f"console:step:{step.step_id}:note", "")
    another_changes(app, moot, step, note="Nobody talks.")
    test = press(test, "Save the step")
    assert agenda_of(app, moot).steps[1].note == "Nobody talks."
    assert "**Note**, as it is now: Nobody talks" in said(test)
    press(test, "Save mine instead")
    assert agenda_of(app, moot).steps[1].note == ""


def test_a_reload_between_typing_and_saving_overwrites_nothing_unseen(
    console: AppTest, app: Application, moot: Moot, fields: Fields, open_at: Open
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    field = f"console:step:{step.step_id}:note"
    fields.leaves(field, "Rough is fine.")
    test.run()
    save_draft(app.store, moot.facilitator, field, "Rough is fine.", 1)  # as the browser does
    fields.opens_anew()
    another_changes(app, moot, step, note="Nobody talks.")
    app.reader.wrote(moot.workshop_id)
    test = press(open_at("console", w=moot.workshop_id), "2. Write rough")
    assert fields.shows(field) == "Rough is fine."
    assert "**Note**, as it is now: Nobody talks" in said(test)
    press(test, "Save mine instead")
    assert agenda_of(app, moot).steps[1].note == "Rough is fine."


@pytest.mark.parametrize("is_kept", [True, False], ids=["put into a new step", "let go of"])
def test_words_for_a_step_that_another_leader_removed_are_shown_and_can_be_used(
    console: AppTest, app: Application, moot: Moot, fields: Fields, is_kept: bool
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "2. Write rough")
    step = agenda_of(app, moot).steps[1]
    fields.leaves(f"console:step:{step.step_id}:note", "Ask the clerks first.")
    another_changes(app, moot, step)
    test = press(test, "Save the step")
    assert "Ask the clerks first." in said(test)
    assert "Let go of them" not in [one.label for one in test.button], "it opens the question"
    assert "These words of yours are gone then." in said(test)
    assert "Note: Ask the clerks first." in [one.value for one in test.text]
    test = press(test, "Put them into a new step" if is_kept else "Yes, let go of them")
    *_, last = agenda_of(app, moot).steps
    assert len(agenda_of(app, moot).steps) == (7 if is_kept else 6)
    assert "A step for which you had typed something" not in said(test)
    assert not [one for one in read_drafts(app.store, moot.facilitator).values() if one.text]
    if is_kept:
        assert (last.title, last.note, last.minutes) == (step.title, "Ask the clerks first.", step.minutes)
        assert fields.shows(f"console:step:{last.step_id}:note") == "Ask the clerks first."


def test_a_step_is_added_opened_and_gone_to(console: AppTest, app: Application, moot: Moot, fields: Fields) -> None:
    test = press(console, "Add a step")
    [step] = agenda_of(app, moot).steps
    assert fields.shows(f"console:step:{step.step_id}:title") == "New step"
    press(test, "Go to it now")
    now = workshops.read_place(app.store, moot.facilitator).workshop.agenda
    assert now is not None
    assert (now.number, now.count) == (1, 1)


def test_what_another_leader_did_meanwhile_is_not_overwritten(console: AppTest, app: Application, moot: Moot) -> None:
    test = press(console, "Plan of 60 minutes")
    steps = agenda_of(app, moot).steps
    agendas.go_to_step(app.store, moot.facilitator, seen=None, step=steps[3].step_id)
    test = next(b for b in test.button if b.label.startswith("Start the agenda")).click().run()
    shop = workshops.read_place(app.store, moot.facilitator).workshop
    assert shop.agenda is not None
    assert shop.agenda.number == 4


def test_a_late_press_on_a_step_does_nothing_that_its_presser_did_not_see(
    console: AppTest, app: Application, moot: Moot
) -> None:
    test = press(press(console, "Plan of 60 minutes"), "Start the agenda: Welcome")
    second = agenda_of(app, moot).steps[1]
    test = press(test, f"2. {second.title}")
    before = agenda_of(app, moot)
    agendas.go_to_step(app.store, moot.facilitator, seen=before.step_id, step=second.step_id)
    app.reader.wrote(moot.workshop_id)
    began = workshops.read_place(app.store, moot.facilitator).workshop.timer_ends_at
    test = press(test, "Go to it now")
    assert workshops.read_place(app.store, moot.facilitator).workshop.timer_ends_at == began
    assert "Start it anew" in [one.label for one in test.button]
    later = next(one for one in test.button if one.label == "Later")
    steps = agenda_of(app, moot).steps
    moved = (*steps[:1], *steps[2:3], *steps[1:2], *steps[3:])
    agendas.set_agenda(
        app.store, moot.facilitator, moved, base_revision=agenda_of(app, moot).revision, request_id=new_id()
    )
    app.reader.wrote(moot.workshop_id)
    later.click().run()
    assert agenda_of(app, moot).steps == moved
