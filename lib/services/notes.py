"""Notes and decisions: written by those who lead, read by everyone; dissents: written by the dissenter alone."""

from lib.domain.ids import NoteId
from lib.domain.notes import About, Note, NoteEvent, NoteKind, ThingKind
from lib.domain.people import Credential
from lib.services.reviewing import Read
from lib.services.workshops import who
from lib.store.decode import decode
from lib.store.port import Store


def read_notes(read: Read) -> tuple[Note, ...]:
    """Notes and decisions, oldest first."""
    return read(tuple[Note, ...], "read_notes")


def notes_about(notes: tuple[Note, ...], kind: ThingKind, thing_id: str) -> tuple[Note, ...]:
    """Those about one thing that are not withdrawn, oldest first; with a scenario those about its responses."""
    return tuple(
        one
        for one in notes
        if not one.is_withdrawn
        and (one.is_about(kind, thing_id) or (kind is ThingKind.SCENARIO and one.about_scenario_id == thing_id))
    )


def add_note(
    store: Store, credential: Credential, note: NoteId, kind: NoteKind, about: About | None, text: str
) -> Note:
    """A new note or decision, at once before everyone. Facilitators only.

    Raises:
        NotFound: what it is about is not in the workshop, or not shared with everyone.
        ValidationFailed: the text is empty or too long.
    """
    answer = store.call(
        "add_note",
        **who(credential),
        note=note,
        kind=kind.value,
        about_kind=about.kind.value if about else None,
        about_id=about.thing_id if about else None,
        text=text,
    )
    return decode(Note, answer)


def edit_note(store: Store, credential: Credential, note: NoteId, text: str, *, base_revision: int) -> None:
    """Another wording instead of the one that its writer saw; older ones stay in its history. Facilitators only.

    Raises:
        Conflict: somebody else changed it since `base_revision`.
    """
    store.call("edit_note", **who(credential), note=note, text=text, base_revision=base_revision)


def withdraw_note(store: Store, credential: Credential, note: NoteId, is_withdrawn: bool) -> None:
    """Take a note or decision back, or put it back. Facilitators only."""
    store.call("withdraw_note", **who(credential), note=note, is_withdrawn=is_withdrawn)


def dissent(store: Store, credential: Credential, note: NoteId, words: str, *, base_revision: int) -> None:
    """Record one's own dissent from a decision as its writer saw it, or reword it. Participants only.

    Raises:
        Conflict: the decision was reworded since `base_revision`.
        NotFound: it was withdrawn.
    """
    answers = {"note": note, "is_dissenting": True, "words": words, "base_revision": base_revision}
    store.call("set_dissent", **who(credential), **answers)


def withdraw_dissent(store: Store, credential: Credential, note: NoteId) -> None:
    """Take one's own dissent back. Participants only."""
    store.call("set_dissent", **who(credential), note=note, is_dissenting=False, words="")


def hide_dissent(store: Store, credential: Credential, dissent_id: str, is_hidden: bool) -> None:
    """Hide abusive words from everyone but facilitators, or show them again. Facilitators only."""
    store.call("hide_text", **who(credential), kind="dissent", id=dissent_id, is_hidden=is_hidden)


def read_history(store: Store, credential: Credential, note: NoteId) -> tuple[NoteEvent, ...]:
    """Every wording a note had, oldest first. Facilitators only."""
    return decode(tuple[NoteEvent, ...], store.call("read_note_history", **who(credential), note=note))
