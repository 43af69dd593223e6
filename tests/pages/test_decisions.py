"""Decisions on the pages: recorded on the console, read where they belong, dissented from by each for themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field
from components.dissenting import WITHDRAWN
from components.note_history import BACK
from components.note_subjects import GONE
from components.texts import escape
from lib import bootstrap
from lib.bootstrap import Application, application
from lib.domain.ids import ClauseId, NoteId, RoundId, WorkshopId
from lib.domain.notes import About, Note, NoteKind, ThingKind
from lib.domain.people import Credential, Role
from lib.domain.rounds import Anonymity
from lib.domain.workshop import CallKind
from lib.policy.acts import EditClause, WithdrawClause
from lib.samples.plans import HOUR, fresh_plan
from lib.security import hash_token
from lib.services import agenda as agendas
from lib.services import calling
from lib.services import notes as noting
from lib.services.drafting import change_policy, read_policy
from lib.services.drafts import save_draft
from lib.services.voting import ClauseChoice, open_round
from lib.store.decode import decode
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields, still_shows
from tests.support.page_visit import app_on, enter, payload_of, visit
from tests.support.workshop_builder import Built, new_id

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


def notes(app: Application, who: Credential) -> tuple[Note, ...]:
    answer = app.store.call("read_notes", workshop=who.workshop_id, token_hash=who.token_hash)
    return decode(tuple[Note, ...], answer)


def decide(app: Application, moot: Moot, text: str, about: About | None = None) -> NoteId:
    return noting.add_note(app.store, moot.facilitator, NoteId(new_id()), NoteKind.DECISION, about, text).note_id


def first_scenario(app: Application, moot: Moot) -> str:
    rows = app.store.call("read_scenarios", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash)
    return str(rows[0]["scenario_id"])


def test_a_decision_is_recorded_about_the_thing_that_was_chosen(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    scenario = first_scenario(app, moot)
    test = open_at("console", w=moot.workshop_id, about=f"scenario:{scenario}")
    assert test.selectbox(key=f"note_about_scenario:{scenario}").value == f"scenario:{scenario}"
    fields.will_press("console:note", "decision", "S1 stays in the library.")
    test.run()
    [note] = notes(app, moot.facilitator)
    assert (note.about_label, note.text, note.is_decision) == ("S1", "S1 stays in the library.", True)
    fields.will_press("console:note", "note", "Somebody asks the clerks.")
    test.run()
    assert [one.is_decision for one in notes(app, moot.facilitator)] == [True, False]


def test_it_is_reworded_withdrawn_and_put_back(moot: Moot, app: Application, fields: Fields, open_at: Open) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    fields.will_press(f"note:{note}", "save", "Keep it until May.")
    test.run()
    assert notes(app, moot.facilitator)[0].text == "Keep it until May."
    test = press(test, "Withdraw")
    assert notes(app, moot.facilitator)[0].is_withdrawn
    press(test, "Put back")
    assert not notes(app, moot.facilitator)[0].is_withdrawn


def test_an_earlier_wording_is_put_back_unless_another_reworded_it_since_it_was_shown(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    note = decide(app, moot, "We keep C1.")
    reworded_by_another(app, moot, note, "We drop C1.")
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    assert [one.label for one in test.button if one.label.startswith(BACK)] == [f"{BACK} 1"]
    reworded_by_another(app, moot, note, "We ask the clerks about C1.", base=2)
    test = press(test, f"{BACK} 1")
    assert "Somebody else changed this meanwhile" in said(test)
    assert notes(app, moot.facilitator)[0].text == "We ask the clerks about C1."
    test = press(test, f"{BACK} 1")
    assert notes(app, moot.facilitator)[0].text == "We keep C1."
    assert fields.shows(f"note:{note}") == "We keep C1."


@pytest.mark.parametrize("is_reloaded", [False, True], ids=["at once", "after a reload"])
def test_whoever_puts_a_wording_back_with_words_of_their_own_in_the_field_goes_on_from_it(
    moot: Moot, app: Application, fields: Fields, open_at: Open, is_reloaded: bool
) -> None:
    moot.sign_in(Role.FACILITATOR)
    note = decide(app, moot, "We keep C1.")
    reworded_by_another(app, moot, note, "We drop C1.")
    field, mine = f"note:{note}", "We keep C1 until May."
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    fields.leaves(field, mine)
    save_draft(app.store, moot.facilitator, field, mine, fields.seq)  # as the browser does
    test = press(test, BACK)
    assert notes(app, moot.facilitator)[0].text == "We keep C1."
    if is_reloaded:
        fields.opens_anew()
        test = press(open_at("console", w=moot.workshop_id), "Reword")
    assert "Somebody else" not in said(test)
    assert (fields.shows(field), fields.fields[field]["initial"]) == (mine, "We keep C1.")
    fields.will_press(field, "save", mine)
    test.run()
    assert notes(app, moot.facilitator)[0].text == mine


def test_a_press_that_comes_after_another_note_was_opened_puts_nothing_back(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    decision, note = decide(app, moot, "We keep C1."), decide(app, moot, "We ask the clerks.")
    reworded_by_another(app, moot, decision, "We drop C1.")
    reworded_by_another(app, moot, note, "We ask nobody.")
    test = open_at("console", w=moot.workshop_id)
    of_decision, of_note = (next(b for b in test.button if b.key == f"reword_{one}") for one in (decision, note))
    test = of_decision.click().run()
    late = next(one for one in test.button if one.label.startswith(BACK))
    of_note.click().run()
    late.click().run()  # as the page stood before
    assert [one.text for one in notes(app, moot.facilitator)] == ["We drop C1.", "We ask nobody."]


def test_a_late_press_does_not_put_back_what_another_has_just_withdrawn(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    noting.withdraw_note(app.store, moot.facilitator, note, True)
    app.reader.wrote(moot.workshop_id)
    test = press(test, "Withdraw")
    assert notes(app, moot.facilitator)[0].is_withdrawn
    assert "Put back" in [button.label for button in test.button]


def about(test: AppTest) -> Any:
    return next(one for one in test.selectbox if one.label == "About")


def clauses(app: Application, moot: Moot) -> list[str]:
    who = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    return [one["clause_id"] for one in app.store.call("read_policy", **who)["policy"]["clauses"]]


def called_by_another(app: Application, moot: Moot, clause: str) -> None:
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.CLAUSE, clause)
    app.reader.wrote(moot.workshop_id)


def test_a_response_in_the_spotlight_comes_first_though_nobody_ever_voted_on_it(store: Store, fields: Fields) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None])
    response = next(one["response_id"] for one in built.answer() if one["run_id"] == run["run_id"])
    clause = built.clauses[1]["clause_id"]
    built.facilitator.call("call_everyone", call=new_id(), kind="clause", target=clause)
    built.facilitator.call("set_spotlight", spotlight=new_id(), kind="response", target=response)
    with app_on(store) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        assert about(at).value == f"response:{response}"
        assert [one.partition(" ")[0] for one in about(at).options[:3]] == ["S1", "C2", "Nothing"]
        fields.will_press("console:note", "decision", "It is too long.")
        at.run()
    [note] = built.facilitator.call("read_notes")
    assert (note["about_kind"], note["about_id"]) == ("response", response)


def test_what_everyone_is_called_to_is_what_a_note_is_about_until_somebody_chooses(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first, second, *_ = clauses(app, moot)
    test = open_at("console", w=moot.workshop_id)
    assert about(test).value == ""
    for clause in (first, second):
        called_by_another(app, moot, clause)
        test = test.run()
        assert about(test).value == f"clause:{clause}"
    scenario = f"scenario:{first_scenario(app, moot)}"
    about(test).set_value(scenario)
    called_by_another(app, moot, first)
    test = test.run()
    assert about(test).value == scenario
    fields.will_press("console:note", "note", "Ask the clerks.")
    test = test.run()
    assert notes(app, moot.facilitator)[0].about_label == "S1"
    assert about(test).value == f"clause:{first}", "the next one is about what the group looks at"


def test_whoever_has_begun_to_write_goes_on_about_the_same_after_a_reload_too(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first, second, *_ = clauses(app, moot)
    called_by_another(app, moot, first)
    test = open_at("console", w=moot.workshop_id)
    fields.leaves("console:note", "We keep")
    test.run()
    save_draft(app.store, moot.facilitator, "console:note", "We keep", 1)  # as the browser does
    called_by_another(app, moot, second)
    assert about(test.run()).value == f"clause:{first}"
    fields.opens_anew()
    app.reader.wrote(moot.workshop_id)
    test = open_at("console", w=moot.workshop_id)
    assert about(test).value == f"clause:{first}"
    fields.will_press("console:note", "decision", "We keep it.")
    test = test.run()
    assert notes(app, moot.facilitator)[0].about_id == first
    assert about(test).value == f"clause:{second}"


NAMES_NOTHING = ["Record the decision", "Only note it"]


def named_by_the_buttons(fields: Fields) -> list[str]:
    return [label for _, label in fields.fields["console:note"]["actions"]]


def minutes_pass(app: Application, minutes: float) -> None:
    bootstrap.override(replace(app, clock=lambda: datetime.now(UTC) + timedelta(minutes=minutes)))


def time_passes(app: Application, _: Moot) -> None:
    minutes_pass(app, 5.1)


def a_step_is_taken(app: Application, moot: Moot) -> None:
    """To the stage where the group is already: the call stays."""
    agenda = agendas.set_agenda(app.store, moot.facilitator, fresh_plan(HOUR), base_revision=0, request_id=new_id())
    agendas.go_to_step(app.store, moot.facilitator, seen=None, step=agenda.steps[0].step_id)
    app.reader.wrote(moot.workshop_id)
    assert read_place(app, moot)["workshop"]["call"] is not None


def a_round_is_opened(app: Application, moot: Moot) -> None:
    who = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    revision = app.store.call("read_policy", **who)["policy"]["revision"]
    version = app.store.call("publish_version", **who, base_revision=revision, note="", request_id=new_id())
    item = ClauseChoice(version["version_id"], ClauseId(clauses(app, moot)[0]))
    open_round(app.store, moot.facilitator, RoundId(new_id()), "Is it right?", Anonymity.NAMED, (item,))
    app.reader.wrote(moot.workshop_id)


def read_place(app: Application, moot: Moot) -> Any:
    return app.store.call("read_place", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash)


@pytest.mark.parametrize("goes_on", [time_passes, a_step_is_taken, a_round_is_opened])
def test_what_everyone_was_called_to_is_proposed_only_while_the_group_is_at_it(
    moot: Moot, app: Application, fields: Fields, open_at: Open, goes_on: Callable[[Application, Moot], None]
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first, second, *_ = clauses(app, moot)
    called_by_another(app, moot, first)
    minutes_pass(app, 4.9)
    test = open_at("console", w=moot.workshop_id)
    assert about(test).value == f"clause:{first}"
    assert named_by_the_buttons(fields) == ["Record the decision about C1", "Only note it, about C1"]
    minutes_pass(app, 0)
    goes_on(app, moot)
    test = test.run()
    assert about(test).value == ""
    assert about(test).options[0].startswith("C1 "), "it is still the first to choose"
    assert named_by_the_buttons(fields) == NAMES_NOTHING
    fields.will_press("console:note", "decision", "We meet at noon.")
    test = test.run()
    assert notes(app, moot.facilitator)[0].about_id is None
    minutes_pass(app, 0)
    called_by_another(app, moot, second)
    assert about(test.run()).value == f"clause:{second}", "a new call is followed again"


def test_what_somebody_chose_or_began_to_write_about_stays_though_the_group_goes_on(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first, second, *_ = clauses(app, moot)
    called_by_another(app, moot, first)
    test = open_at("console", w=moot.workshop_id)
    fields.leaves("console:note", "We keep")
    test.run()
    save_draft(app.store, moot.facilitator, "console:note", "We keep", 1)  # as the browser does
    minutes_pass(app, 20)
    assert about(test.run()).value == f"clause:{first}"
    fields.opens_anew()
    app.reader.wrote(moot.workshop_id)
    test = open_at("console", w=moot.workshop_id)
    assert about(test).value == f"clause:{first}", "after a reload too"
    about(test).set_value(f"clause:{second}")
    test = test.run()
    assert named_by_the_buttons(fields) == ["Record the decision about C2", "Only note it, about C2"]
    minutes_pass(app, 40)
    assert about(test.run()).value == f"clause:{second}"
    fields.will_press("console:note", "decision", "We keep it.")
    test = test.run()
    assert notes(app, moot.facilitator)[0].about_id == second
    assert (about(test).value, named_by_the_buttons(fields)) == ("", NAMES_NOTHING)


def test_a_link_names_what_one_note_is_about_and_the_next_is_about_what_the_group_looks_at(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first, second, *_ = clauses(app, moot)
    test = open_at("console", w=moot.workshop_id)
    about(test).set_value(f"scenario:{first_scenario(app, moot)}").run()
    test = open_at("console", w=moot.workshop_id, about=f"clause:{first}")
    fields.will_press("console:note", "decision", "We keep C1.")
    test = test.run()
    assert about(test).value == "", "nothing is left of what was chosen before either"
    assert fields.shows("console:note") == ""
    called_by_another(app, moot, second)
    test = test.run()
    assert about(test).value == f"clause:{second}"
    fields.will_press("console:note", "decision", "We keep C2.")
    test.run()
    assert [one.about_id for one in notes(app, moot.facilitator)] == [first, second]


def withdrawn_in(test: AppTest) -> list[str]:
    return [one for one in about(test).options if one.endswith("(withdrawn)")]


def withdrawn_by_another(app: Application, moot: Moot, clause: str) -> None:
    change_policy(app.store, moot.facilitator, WithdrawClause(ClauseId(clause)), new_id())
    app.reader.wrote(moot.workshop_id)


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "named by a link"])
def test_a_clause_that_somebody_withdraws_stays_what_a_note_is_about(
    moot: Moot, app: Application, fields: Fields, open_at: Open, is_chosen: bool
) -> None:
    moot.sign_in(Role.FACILITATOR)
    first = clauses(app, moot)[0]
    test = open_at("console", w=moot.workshop_id, **({} if is_chosen else {"about": f"clause:{first}"}))
    if is_chosen:
        about(test).set_value(f"clause:{first}")
    fields.leaves("console:note", "We keep")
    test = test.run()
    withdrawn_by_another(app, moot, first)
    test = test.run()
    assert about(test).value == f"clause:{first}"
    assert withdrawn_in(test)
    fields.will_press("console:note", "decision", "We keep it all the same.")
    test = test.run()
    [note] = notes(app, moot.facilitator)
    assert (note.about_id, note.about_label) == (first, "C1")
    assert not withdrawn_in(test), "the next note is about nothing in particular"


def test_a_note_is_about_what_was_in_the_spotlight_as_somebody_began_it(store: Store, fields: Fields) -> None:
    built = Built(store)
    lead, spotlight = built.facilitator.call, new_id()
    run = built.run(built.facilitator, [None])
    response = next(one["response_id"] for one in built.answer() if one["run_id"] == run["run_id"])
    lead("set_spotlight", spotlight=spotlight, kind="response", target=response)
    with app_on(store) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        fields.leaves("console:note", "It is")
        at.run()
        lead("end_spotlight", spotlight=spotlight)
        lead("hide_text", kind="response", id=response, is_hidden=True)
        application().reader.wrote(WorkshopId(built.workshop))
        at.run()
        assert GONE in about(at).options
        fields.will_press("console:note", "decision", "It is too long.")
        at.run()
    [note] = lead("read_notes")
    assert note["about_id"] == response


def test_what_somebody_chose_to_write_about_stays_so_though_another_rewords_it(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    clause = read_policy(app.store, moot.facilitator).policy.clauses[0]
    test = open_at("console", w=moot.workshop_id)
    before = next(one for one in about(test).options if one.startswith("C1 "))
    about(test).set_value(f"clause:{clause.clause_id}").run()
    change_policy(app.store, moot.facilitator, EditClause(clause.clause_id, clause.wording, "Be kind."), new_id())
    app.reader.wrote(moot.workshop_id)
    test.run()
    still_shows(about(test), before)
    fields.will_press("console:note", "note", "It is short now.")
    test.run()
    assert [one.about_label for one in notes(app, moot.facilitator)] == ["C1"]


def reworded_by_another(app: Application, moot: Moot, note: NoteId, text: str, base: int = 1) -> None:
    """Another leader rewords it; the server has heard of it, the page under test has not."""
    who = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    app.store.call("edit_note", **who, note=note, text=text, base_revision=base)
    app.reader.wrote(moot.workshop_id)


@pytest.mark.parametrize(("way", "text"), [("mine", "Keep it for a year."), ("theirs", "Keep it for minors.")])
def test_of_two_who_reword_a_decision_the_second_sees_both_and_chooses(
    moot: Moot, app: Application, fields: Fields, open_at: Open, way: str, text: str
) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    reworded_by_another(app, moot, note, "Keep it for minors.")
    fields.will_press(f"note:{note}", "save", "Keep it for a year.")
    test = test.run()
    assert notes(app, moot.facilitator)[0].text == "Keep it for minors."
    assert "Somebody else reworded this" in said(test)
    assert "for minors" in said(test)
    assert fields.fields[f"note:{note}"]["cleared"] is None
    assert fields.fields[f"note:{note}"]["asks"]["actions"] == ("theirs",)
    fields.will_press(f"note:{note}", way, "Keep it for a year.")
    test.run()
    assert notes(app, moot.facilitator)[0].text == text
    assert fields.fields[f"note:{note}"]["initial"] == "Keep it."
    press(test, "Reword")
    assert fields.fields[f"note:{note}"]["initial"] == text


def test_a_wording_that_came_in_after_the_one_that_was_shown_is_not_overwritten_either(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    for base, theirs, action in ((1, "For minors.", "save"), (2, "For nobody.", "mine")):
        reworded_by_another(app, moot, note, theirs, base)
        fields.will_press(f"note:{note}", action, "For a year.")
        test = test.run()
        assert notes(app, moot.facilitator)[0].text == theirs
    fields.will_press(f"note:{note}", "mine", "For a year.")
    test.run()
    assert notes(app, moot.facilitator)[0].text == "For a year."


def test_what_was_typed_for_a_decision_before_a_reload_still_answers_the_wording_of_then(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    press(open_at("console", w=moot.workshop_id), "Reword")
    save_draft(app.store, moot.facilitator, f"note:{note}", "Keep it for a year.", 1)  # as the browser does
    reworded_by_another(app, moot, note, "Keep it for minors.")
    fields.opens_anew()
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    assert "Somebody else reworded this" in said(test)
    assert fields.shows(f"note:{note}") == "Keep it for a year."
    fields.will_press(f"note:{note}", "mine", "Keep it for a year.")
    test.run()
    assert notes(app, moot.facilitator)[0].text == "Keep it for a year."


def test_whoever_only_looked_begins_with_what_it_says_now(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "Keep it.")
    moot.sign_in(Role.FACILITATOR)
    test = press(open_at("console", w=moot.workshop_id), "Reword")
    fields.will_press(f"note:{note}", "close", "Keep it.")
    test = test.run()
    reworded_by_another(app, moot, note, "Keep it for minors.")
    test = press(test, "Reword")
    assert (fields.shows(f"note:{note}"), "Somebody else" in said(test)) == ("Keep it for minors.", False)


def test_everyone_reads_it_at_its_item_and_in_the_review(moot: Moot, app: Application, open_at: Open) -> None:
    decide(app, moot, "S1 *stays*.", About(ThingKind.SCENARIO, first_scenario(app, moot)))
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    assert "Decided: “S1 \\*stays\\*\\.”" in said(open_at("test", w=moot.workshop_id))
    review = open_at("review", w=moot.workshop_id, section="Decisions")
    assert "Decision about S1" in said(review)
    assert "S1 *stays*." in [one.value for one in review.text]


def test_a_participant_dissents_changes_their_words_and_withdraws(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "Keep it.")
    _, token = moot.join("Ana")
    ana = Credential(moot.workshop_id, hash_token(token))
    moot.sign_in(Role.PARTICIPANT, token)
    test = press(open_at("review", w=moot.workshop_id, section="Decisions"), "I dissent")
    fields.will_press(f"dissent:{note}", "dissent", "")
    test = test.run()
    assert "Ana dissents" in said(test)
    test = press(test, "Change my words")
    fields.will_press(f"dissent:{note}", "dissent", "Too strict.")
    test = test.run()
    assert [(one.name, one.words) for one in notes(app, ana)[0].dissents] == [("Ana", "Too strict.")]
    press(test, "Withdraw my dissent")
    assert notes(app, ana)[0].dissents == ()


def test_the_spotlight_stands_below_a_dissent_that_is_written_and_above_all_else(store: Store, fields: Fields) -> None:
    built = Built(store)
    lead = built.facilitator.call
    run = built.run(built.facilitator, [None])
    response = next(one["response_id"] for one in built.answer() if one["run_id"] == run["run_id"])
    lead("set_spotlight", spotlight=new_id(), kind="response", target=response)
    built.decide()

    def is_above(at: AppTest) -> bool:
        sent = payload_of(at)
        return sent.index("In the spotlight") < sent.index('label: "Look at"')

    with app_on(store) as browser:
        enter(browser, built, built.join("Ana"))
        at = visit("review", built.workshop, section="Decisions")
        assert is_above(at)
        at = press(at, "I dissent")
        assert not is_above(at)
        [choice] = at.segmented_control
        assert is_above(choice.set_value("Disagreement").run())
        assert not is_above(at.segmented_control[0].set_value("Decisions").run())


def test_nobody_dissents_from_a_wording_that_their_page_did_not_show(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    note = decide(app, moot, "We keep C1.")
    _, token = moot.join("Ana")
    ana = Credential(moot.workshop_id, hash_token(token))
    moot.sign_in(Role.PARTICIPANT, token)
    test = press(open_at("review", w=moot.workshop_id, section="Decisions"), "I dissent")
    reworded_by_another(app, moot, note, "We drop C1.")
    fields.will_press(f"dissent:{note}", "dissent", "It serves us well.")
    test = test.run()
    assert notes(app, ana)[0].dissents == ()
    assert "reworded since you opened it" in said(test)
    assert "“We drop C1" in said(test)
    assert fields.shows(f"dissent:{note}") == "It serves us well."
    assert fields.fields[f"dissent:{note}"]["cleared"] is None
    fields.will_press(f"dissent:{note}", "dissent", "It serves us badly.")
    test = test.run()
    [dissent] = notes(app, ana)[0].dissents
    assert (dissent.words, dissent.is_older) == ("It serves us badly.", False)
    assert "Reworded since" not in said(press(test, "Change my words"))


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_dissent_from_a_decision_that_was_withdrawn_meanwhile_stays_until_its_writer_puts_it_away(
    moot: Moot, app: Application, fields: Fields, open_at: Open, is_reloaded: bool
) -> None:
    note = decide(app, moot, "Keep it.")
    field = f"dissent:{note}"
    _, token = moot.join("Ana")
    ana = Credential(moot.workshop_id, hash_token(token))
    moot.sign_in(Role.PARTICIPANT, token)
    test = press(open_at("review", w=moot.workshop_id, section="Decisions"), "I dissent")
    save_draft(app.store, ana, field, "It is too", 1)  # as the browser does
    noting.withdraw_note(app.store, moot.facilitator, note, True)
    app.reader.wrote(moot.workshop_id)
    if is_reloaded:
        fields.opens_anew()
        test = open_at("review", w=moot.workshop_id, section="Decisions")
        assert fields.shows(field) == "It is too"
    else:
        fields.will_press(field, "dissent", "It is too strict.")
        test = test.run()
        assert escape(WITHDRAWN) in said(test)
        assert fields.shows(field) == "It is too strict."
    assert fields.fields[field]["asks"]
    fields.will_press(field, "put_away", "It is too strict.")
    test = test.run()
    fields.opens_anew()
    assert "was withdrawn" not in said(test.run())
    open_at("review", w=moot.workshop_id, section="Decisions")
    assert field not in fields.fields


@pytest.mark.parametrize("role", [Role.FACILITATOR, Role.ORGANIZER])
def test_nobody_else_is_offered_to_dissent(moot: Moot, app: Application, open_at: Open, role: Role) -> None:
    decide(app, moot, "Keep it.")
    moot.sign_in(role)
    test = open_at("review", w=moot.workshop_id, section="Decisions")
    assert "Keep it." in [one.value for one in test.text]
    assert not [one for one in test.button if "dissent" in one.label.lower()]
