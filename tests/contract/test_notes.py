"""Notes and decisions are written by those who lead; a dissent by the dissenter alone."""

from typing import Any

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.ids import NoteId, WorkshopId
from lib.domain.notes import About, NoteKind, ThingKind
from lib.domain.people import Credential
from lib.services import exporting
from lib.services import notes as noting
from lib.store.port import Store
from tests.support.planted_votes import plant
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def notes(someone: Someone) -> list[dict[str, Any]]:
    return [dict(one) for one in someone.call("read_notes")]


def dissent(someone: Someone, note: str, words: str = "", is_dissenting: bool = True) -> None:
    someone.call("set_dissent", note=note, is_dissenting=is_dissenting, words=words)


def things(built: Built) -> dict[str, tuple[str, str]]:
    """One shared thing of every kind, with its label."""
    run = built.run(built.facilitator, [None])
    response = next(c["response_id"] for c in built.answer() if c["run_id"] == run["run_id"])
    return {
        "clause": (str(built.clauses[1]["clause_id"]), "C2"),
        "scenario": (built.scenarios[0], "S1"),
        "response": (str(response), "S1 · without policy"),
        "round": (str(built.open_round()["round_id"]), "Round 1"),
    }


def test_a_decision_is_at_once_before_everyone_with_who_and_about_what(built: Built) -> None:
    ana = built.join("Ana")
    for kind, (thing, label) in things(built).items():
        built.decide(f"About a {kind}.", about_kind=kind, about_id=thing)
        for someone in (ana, built.organizer, built.facilitator):
            seen = notes(someone)[-1]
            assert (seen["text"], seen["about_kind"], seen["about_id"]) == (f"About a {kind}.", kind, thing)
            assert (seen["about_label"], seen["by"], seen["kind"]) == (label, "Facilitator", "decision")
    assert built.decide("About nothing.")
    assert notes(ana)[-1]["about_kind"] is None


def test_nobody_else_writes_rewords_or_withdraws_one(built: Built) -> None:
    note = built.decide("Keep it.")
    for someone in (built.join("Ana"), built.organizer):
        for act in (
            {"function": "edit_note", "note": note, "text": "Drop it.", "base_revision": 1},
            {"function": "withdraw_note", "note": note, "is_withdrawn": True},
            {"function": "read_note_history", "note": note},
        ):
            with pytest.raises(NotAllowed):
                someone.call(act.pop("function"), **act)
    assert [(one["text"], one["is_withdrawn"]) for one in notes(built.facilitator)] == [("Keep it.", False)]


@pytest.mark.parametrize("kind", ["clause", "scenario", "response", "round"])
def test_it_is_about_what_everyone_in_this_workshop_can_see(store: Store, built: Built, kind: str) -> None:
    private = built.run(built.join("Ana"), [None], shared=False)
    mine = next(c["response_id"] for c in built.answer() if c["run_id"] == private["run_id"])
    elsewhere = things(Built(store))[kind][0]
    for thing in (new_id(), elsewhere, *([mine] if kind == "response" else [])):
        with pytest.raises(NotFound, match="not in the workshop, or is not shared"):
            built.decide(about_kind=kind, about_id=thing)
    assert notes(built.facilitator) == []


def test_an_empty_or_endless_text_is_refused_by_its_name(built: Built) -> None:
    for kind, name in (("note", "The note"), ("decision", "The decision")):
        with pytest.raises(ValidationFailed, match=f"{name} is empty"):
            built.decide(" ", kind=kind)
        with pytest.raises(ValidationFailed, match="at most 2000 fit"):
            built.decide("x" * 2001, kind=kind)
    with pytest.raises(ValidationFailed, match="a note or a decision"):
        built.decide(kind="rumour")


def test_a_rewording_keeps_the_history_and_overwrites_nobodys(built: Built) -> None:
    note = built.decide("One.")
    lead = built.facilitator.call
    lead("edit_note", note=note, text="Two.", base_revision=1)
    with pytest.raises(Conflict, match="Somebody else changed this"):
        lead("edit_note", note=note, text="Mine.", base_revision=1)
    lead("edit_note", note=note, text=" Two. ", base_revision=1)  # a press whose answer was lost, once more
    lead("withdraw_note", note=note, is_withdrawn=True)
    lead("withdraw_note", note=note, is_withdrawn=False)
    history = [(one["kind"], one["text"], one["by"]) for one in lead("read_note_history", note=note)]
    assert history == [
        ("added", "One.", "Facilitator"),
        ("edited", "Two.", "Facilitator"),
        ("withdrawn", "Two.", "Facilitator"),
        ("restored", "Two.", "Facilitator"),
    ]
    [seen] = notes(built.join("Ana"))
    assert seen["text"] == "Two."
    assert seen["edited_at"] is not None


def test_what_was_withdrawn_is_gone_for_all_but_those_who_lead(built: Built) -> None:
    ana = built.join("Ana")
    note = built.decide("Keep it.")
    dissent(ana, note, "No.")
    built.facilitator.call("withdraw_note", note=note, is_withdrawn=True)
    assert notes(ana) == notes(built.organizer) == []
    assert ana.call("export_workshop")["notes"] == []
    assert {"what": "notes and decisions that were withdrawn", "why": "those who lead withdrew them"} in ana.call(
        "export_workshop"
    )["withheld"]
    assert [one["is_withdrawn"] for one in notes(built.facilitator)] == [True]
    with pytest.raises(NotFound, match="was withdrawn"):
        dissent(ana, note, "Still no.")
    built.facilitator.call("withdraw_note", note=note, is_withdrawn=False)
    assert [one["words"] for one in notes(ana)[0]["dissents"]] == ["No."]


def test_a_dissent_is_ones_own_act_changed_and_withdrawn_by_oneself(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    note = built.decide("Keep it.")
    dissent(ana, note)
    dissent(ana, note, "It is too strict.")
    dissent(ben, note, "Me too.")
    seen = [(one["name"], one["words"]) for one in notes(ben)[0]["dissents"]]
    assert sorted(seen) == [("Ana", "It is too strict."), ("Ben", "Me too.")]
    dissent(ben, note, is_dissenting=False)
    assert [one["name"] for one in notes(ana)[0]["dissents"]] == ["Ana"]
    for someone in (built.facilitator, built.organizer):
        for is_dissenting in (True, False):
            with pytest.raises(NotAllowed):
                dissent(someone, note, "For Ana.", is_dissenting)
    assert [one["name"] for one in notes(built.facilitator)[0]["dissents"]] == ["Ana"]


def test_nobody_dissents_from_a_wording_that_they_did_not_see(built: Built) -> None:
    ana, ben, lead = built.join("Ana"), built.join("Ben"), built.facilitator.call
    note = built.decide("We keep it.")
    seen = {"note": note, "is_dissenting": True, "base_revision": 1}
    for is_withdrawn in (True, False):  # put back as it was: the same wording
        lead("withdraw_note", note=note, is_withdrawn=is_withdrawn)
    ben.call("set_dissent", **seen, words="Me neither.")
    [present] = notes(ana)
    lead("edit_note", note=note, text="We drop it.", base_revision=present["revision"])
    with pytest.raises(Conflict, match="reworded since you opened it"):
        ana.call("set_dissent", **seen, words="We must not.")
    assert [(one["name"], one["is_older"]) for one in notes(ana)[0]["dissents"]] == [("Ben", True)]
    ana.call("set_dissent", **(seen | {"base_revision": notes(ana)[0]["revision"]}), words="We must not.")
    assert [(one["name"], one["is_older"]) for one in notes(ana)[0]["dissents"]] == [("Ben", True), ("Ana", False)]
    ben.call("set_dissent", **(seen | {"is_dissenting": False}), words="")
    assert [one["name"] for one in notes(ana)[0]["dissents"]] == ["Ana"], "whatever it says now"


def test_votes_make_no_dissent(store: Store, database_address: str) -> None:
    planted = plant(store, database_address, "named")
    [decision] = notes(planted.built.facilitator)
    assert [one["name"] for one in decision["dissents"]] == ["Ben"], "Ben's own act; Ana voted and recorded none"


def test_only_decisions_of_this_workshop_are_dissented_from(store: Store, built: Built) -> None:
    ana = built.join("Ana")
    for note in (built.decide("For the record.", kind="note"), Built(store).decide("Elsewhere."), new_id()):
        with pytest.raises(NotFound):
            dissent(ana, note)


def test_a_dissent_from_an_earlier_wording_says_so(built: Built) -> None:
    ana = built.join("Ana")
    note = built.decide("Keep it.")
    dissent(ana, note, "No.")
    built.facilitator.call("edit_note", note=note, text="Keep it until May.", base_revision=1)
    assert notes(ana)[0]["dissents"][0]["is_older"]
    from_wordings = [notes(one)[0]["dissents"][0]["from_wording"] for one in (built.facilitator, built.organizer, ana)]
    assert from_wordings == ["Keep it.", "Keep it.", None], "what was reworded is for those who answer for the record"
    built.facilitator.call("edit_note", note=note, text="Keep it.", base_revision=2)
    assert notes(built.facilitator)[0]["dissents"][0]["from_wording"] is None
    assert not notes(ana)[0]["dissents"][0]["is_older"], "it says again what she dissented from"
    for is_withdrawn in (True, False):
        built.facilitator.call("withdraw_note", note=note, is_withdrawn=is_withdrawn)
    assert not notes(ana)[0]["dissents"][0]["is_older"]
    built.facilitator.call("edit_note", note=note, text="Keep it until May.", base_revision=5)
    assert notes(ana)[0]["dissents"][0]["is_older"]
    dissent(ana, note, "Still no.")
    assert not notes(ana)[0]["dissents"][0]["is_older"]


def test_whoever_is_removed_or_deletes_their_data_dissents_no_more(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    note = built.decide("Keep it.")
    for someone in (ana, ben):
        dissent(someone, note, "No.")
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    assert [one["name"] for one in notes(ana)[0]["dissents"]] == ["Ana"]
    ana.call("leave_workshop", delete_data=True)
    assert notes(built.facilitator)[0]["dissents"] == []
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": False})
    assert [one["name"] for one in notes(built.facilitator)[0]["dissents"]] == ["Ben"]


def test_abusive_words_are_hidden_until_they_are_reworded(built: Built) -> None:
    ana = built.join("Ana")
    note = built.decide("Keep it.")
    dissent(ana, note, "Abuse.")
    shown = notes(ana)[0]["dissents"][0]["dissent_id"]
    built.facilitator.call("hide_text", kind="dissent", id=shown, is_hidden=True)
    assert notes(ana)[0]["dissents"][0]["words"] == "(hidden by the facilitator)"
    assert notes(built.facilitator)[0]["dissents"][0]["words"] == "Abuse."
    dissent(ana, note, "Abuse.")
    assert notes(ana)[0]["dissents"][0]["is_hidden"]
    dissent(ana, note, "I disagree.")
    assert notes(built.organizer)[0]["dissents"][0]["words"] == "I disagree."


def test_the_markdown_says_who_decided_what_and_who_dissents(store: Store, built: Built) -> None:
    ana = built.join("Ana")
    lead = Credential(WorkshopId(built.workshop), built.facilitator.token_hash)
    about = About(ThingKind.CLAUSE, str(built.clauses[0]["clause_id"]))
    note = noting.add_note(store, lead, NoteId(new_id()), NoteKind.DECISION, about, "# Keep it.\nFor now.")
    noting.add_note(store, lead, NoteId(new_id()), NoteKind.NOTE, None, "Ask the clerks.")
    as_ana = Credential(WorkshopId(built.workshop), ana.token_hash)
    noting.dissent(store, as_ana, note.note_id, "Too strict.", base_revision=note.revision)
    text = exporting.decisions_text(store, Credential(WorkshopId(built.workshop), built.organizer.token_hash))
    heads = [line for line in text.splitlines() if line.startswith(("#", ">", "**"))]
    assert heads[:4] == ["# Decisions: Legal questions", "## Decision 1, about C1", "> # Keep it.", "> For now."]
    assert heads[4].startswith("**Dissent of Ana**")
    assert heads[5:] == ["> Too strict.", "## Notes", "### Note", "> Ask the clerks."]
    assert exporting.decisions_text(store, lead) == text
    noting.edit_note(store, lead, note.note_id, "Drop it.", base_revision=note.revision)
    for reader, wording in ((lead, "the earlier wording “# Keep it. For now.”"), (as_ana, "an earlier wording")):
        assert f"**Dissent of Ana** (from {wording})" in exporting.decisions_text(store, reader)
