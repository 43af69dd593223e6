"""Writing the agenda from the console: its steps as whoever leads made them, and the step that is added."""

from uuid import uuid4

from components.frame import Page
from lib.domain.agenda import Agenda, Step
from lib.domain.ids import StepId
from lib.domain.workshop import Stage
from lib.services import agenda as agendas

NEW_STEP_MINUTES = 10.0


def write_steps(page: Page, agenda: Agenda, steps: tuple[Step, ...]) -> None:
    """Put these steps in the place of those that the asker saw. Raises as `set_agenda` does."""
    agendas.set_agenda(page.store, page.credential, steps, base_revision=agenda.revision, request_id=str(uuid4()))


def new_step(stage: Stage = Stage.DRAFT) -> Step:
    """A step of which nobody has said yet what it is."""
    return Step(StepId(str(uuid4())), stage, "New step", NEW_STEP_MINUTES)
