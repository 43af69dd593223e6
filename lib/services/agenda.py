"""The agenda. Everything here is for those who lead, and can be taken back."""

from lib.domain.agenda import Agenda, Step, clashes, with_changed, with_own_changes
from lib.domain.errors import NotFound, StepConflict
from lib.domain.ids import StepId
from lib.domain.people import Credential
from lib.services.workshops import who
from lib.store.decode import decode
from lib.store.port import Store


def read_agenda(store: Store, credential: Credential) -> Agenda:
    """The agenda as this person may see it: notes are for those who lead."""
    return decode(Agenda, store.call("read_agenda", **who(credential)))


def set_agenda(
    store: Store, credential: Credential, steps: tuple[Step, ...], *, base_revision: int, request_id: str
) -> Agenda:
    """The agenda with these steps. Facilitators only.

    Raises:
        Conflict: somebody else changed it since `base_revision`, or the step under way would be gone.
        ValidationFailed: a step cannot be taken; the message names it.
    """
    rows = [
        {"step_id": s.step_id, "stage": s.stage.value, "title": s.title, "minutes": s.minutes, "note": s.note}
        for s in steps
    ]
    answer = store.call("set_agenda", **who(credential), base_revision=base_revision, steps=rows, request_id=request_id)
    return decode(Agenda, answer)


def change_step(store: Store, credential: Credential, *, seen: Step, mine: Step, request_id: str) -> Agenda:
    """The agenda with what this person made of a step that they saw as `seen`. Facilitators only.

    What others changed of it meanwhile stays.

    Raises:
        StepConflict: others changed the same of it; nothing was written.
        NotFound: the step is not in the agenda any more.
    """
    agenda = read_agenda(store, credential)
    now = next((one for one in agenda.steps if one.step_id == seen.step_id), None)
    if now is None:
        raise NotFound("This step is not in the agenda any more. What you typed for it is kept for you.")
    if clashes(now, seen, mine):
        raise StepConflict("Somebody else changed the same of this step. Nothing was written; look at both.")
    changed = with_own_changes(now, seen, mine)
    if changed == now:
        return agenda
    steps = with_changed(agenda.steps, changed)
    return set_agenda(store, credential, steps, base_revision=agenda.revision, request_id=request_id)


def undo_agenda(store: Store, credential: Credential, *, base_revision: int, request_id: str) -> Agenda:
    """The agenda as it was before its last change. Facilitators only. Raises Conflict as `set_agenda` does."""
    answer = store.call("undo_agenda", **who(credential), base_revision=base_revision, request_id=request_id)
    return decode(Agenda, answer)


def go_to_step(store: Store, credential: Credential, *, seen: StepId | None, step: StepId | None) -> None:
    """Go on to a step: its stage and its time, in one act; None ends the agenda. Facilitators only.

    `seen` is the step that the asker saw under way.

    Raises:
        Conflict: somebody else went on meanwhile.
    """
    store.call("go_to_step", **who(credential), seen=seen, step=step)


def undo_act(store: Store, credential: Credential, act_id: str) -> None:
    """Take back the last act in the room or to the settings, which the asker saw as this one. Facilitators only.

    Raises:
        Conflict: somebody did something after it.
    """
    store.call("undo_act", **who(credential), act=act_id)
