"""Testing the policy on scenarios: ask the model, run many, read what it answers, and mark it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lib.domain.errors import Conflict, ValidationFailed
from lib.domain.ids import ClauseId, ResponseId, RunId, ScenarioId, VersionId, WorkshopId
from lib.domain.people import Credential
from lib.domain.policy import PolicyVersion
from lib.domain.runs import Mark, MarkValue, Response, ResponseStatus, Run, RunStatus
from lib.domain.workshop import ModelChoice, Place
from lib.llm.catalogue import NEEDS_KEY
from lib.services.reading import Reader
from lib.store.decode import decode
from lib.store.port import Store

if TYPE_CHECKING:
    from lib.llm.engine import Engine
    from lib.llm.live import LiveResponse, RunQueue

CURRENT: Final = "current"
"""Stands for the policy's text as it is now, which a run freezes as a snapshot without a number."""
MOST_SAMPLES: Final = 5

PolicyChoice = VersionId | str | None
"""What a run is made with: a version, CURRENT, or None for the unsteered baseline."""


@dataclass(frozen=True)
class Answer:
    """A response as it is stored, with what is being written right now beside it."""

    response: Response
    live: "LiveResponse | None" = None

    @property
    def is_under_way(self) -> bool:
        """Whether somebody or something still has to answer."""
        return self.response.status is ResponseStatus.WAITING

    @property
    def text(self) -> str:
        """The text so far."""
        if self.response.text is not None:
            return self.response.text
        return self.live.text if self.live and self.is_under_way else ""


@dataclass(frozen=True)
class AnsweredRun:
    """One run's answers to one scenario: by version first, the baseline last."""

    run: Run
    answers: tuple[Answer, ...]

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is being waited for."""
        return self.run.status is RunStatus.ACTIVE and any(answer.is_under_way for answer in self.answers)


@dataclass(frozen=True)
class RunProgress:
    """A run and where it stands. `queue` is None when nothing of it waits in this process."""

    run: Run
    queue: "RunQueue | None"

    @property
    def finished_count(self) -> int:
        """Cells with an outcome, be it an answer or a reason."""
        return self.run.done_count + self.run.failed_count


def ask(
    store: Store,
    engine: "Engine",
    credential: Credential,
    run_id: RunId,
    *,
    scenario_id: ScenarioId,
    choice: PolicyChoice,
    max_tokens: int,
    shown: str | None = None,
) -> Run:
    """Asks the policy-informed model and, beside it, the unsteered one; private to the asker until shared.

    `shown` is as in `model_to_ask`.

    Raises:
        Conflict: another model answers now than the asker was shown.
        NotAllowed: the workshop's cap on calls or cost is reached, or the person only reads.
    """
    return _start(
        store,
        engine,
        credential,
        run=run_id,
        versions=[choice, None],
        scenarios=[scenario_id],
        samples=1,
        is_shared=False,
        is_question=True,
        max_tokens=max_tokens,
        shown=shown,
    )


def model_to_ask(store: Store, engine: "Engine", credential: Credential, shown: str | None = None) -> ModelChoice:
    """The workshop's model as the database has it now.

    `shown` is the mark of the offer that the asker was shown; None where nothing was shown to anybody.

    Raises:
        Conflict: it is another one, and others may read what is asked than the asker was told.
    """
    # What a page knows of the workshop may be a second old, and the facilitator may have named another model at another
    # server just now: the run would ask the former one.
    workshop = decode(Place, store.call("read_place", **_who(credential))).workshop
    offer = engine.catalogue.describe(credential.workshop_id, workshop.model)
    if shown not in (None, offer.mark):
        raise Conflict(
            f"Another model answers now: {offer.label}. {offer.reader} Nothing was sent to it. "
            "Press again if you want to ask it."
        )
    return offer.choice


def try_current(
    store: Store,
    engine: "Engine",
    credential: Credential,
    run_id: RunId,
    *,
    scenario_id: ScenarioId,
    model: ModelChoice,
    max_tokens: int,
) -> Run:
    """Asks `model` once with the policy's text of now, published or not; private to the asker until shared.

    Raises:
        NotAllowed: the workshop's cap on calls or cost is reached, or the person only reads.
    """
    return _start(
        store,
        engine,
        credential,
        run=run_id,
        versions=[CURRENT],
        scenarios=[scenario_id],
        samples=1,
        is_shared=False,
        is_question=True,
        max_tokens=max_tokens,
        choice=model,
    )


def run_many(
    store: Store,
    engine: "Engine",
    credential: Credential,
    run_id: RunId,
    *,
    choices: Sequence[PolicyChoice],
    scenario_ids: Sequence[ScenarioId],
    samples: int,
    is_shared: bool,
    max_tokens: int,
    shown: str | None = None,
) -> Run:
    """Starts a run of several versions, the unpublished text or the baseline on several scenarios, in the background.

    Of two who lead and ask the same for everyone within seconds the second gets the run of the first. `shown` is as in
    `model_to_ask`.

    Raises:
        Conflict: another model answers now than the asker was shown.
        ValidationFailed: nothing was chosen, or too much.
        NotAllowed: the workshop's cap on calls or cost is reached, or the person only reads.
    """
    problems = []
    if not choices:
        problems.append("Choose at least one version of the policy, or the baseline.")
    if not scenario_ids:
        problems.append("Choose at least one scenario.")
    if problems:
        raise ValidationFailed(*problems)
    return _start(
        store,
        engine,
        credential,
        run=run_id,
        versions=list(choices),
        scenarios=list(scenario_ids),
        samples=samples,
        is_shared=is_shared,
        is_question=False,
        max_tokens=max_tokens,
        shown=shown,
    )


def stop_run(store: Store, engine: "Engine", credential: Credential, run_id: RunId) -> None:
    """Ends a run; what is answered stays."""
    store.call("stop_run", **_who(credential), run=run_id)
    engine.drop_run(run_id)


def resume_run(store: Store, engine: "Engine", credential: Credential, run_id: RunId) -> None:
    """Goes on with a run that was paused or stopped."""
    store.call("resume_run", **_who(credential), run=run_id)
    engine.wake()


def resume_runs_that_waited(
    store: Store, engine: "Engine", credential: Credential, given: ModelChoice | None = None
) -> None:
    """Goes on with everybody's paused runs, private ones too. Facilitators only; of private runs they are told nothing.

    `given` is the model whose key was entered; None = the cost limit was raised.
    """
    store.call(
        "resume_paused",
        **_who(credential),
        model=given.model if given else None,
        api_base=given.api_base if given else None,
    )
    engine.wake()


def retry(store: Store, engine: "Engine", credential: Credential, response_ids: Sequence[ResponseId]) -> None:
    """Asks once more where a call failed."""
    for response_id in response_ids:
        store.call("retry_response", **_who(credential), response=response_id)
    engine.wake()


def share_run(store: Store, credential: Credential, run_id: RunId) -> None:
    """Lets everyone see one's own responses, and the private scenarios that they answer."""
    store.call("share_run", **_who(credential), run=run_id)


def hide_response(store: Store, credential: Credential, response_id: ResponseId, is_hidden: bool) -> None:
    """Hides an abusive response from everyone but the facilitators, or shows it again."""
    store.call("hide_text", **_who(credential), kind="response", id=response_id, is_hidden=is_hidden)


def set_mark(
    store: Store, credential: Credential, response_id: ResponseId, clause_id: ClauseId, value: MarkValue | None
) -> None:
    """Notes, with one's name, how a response stands to a clause; None takes the note back."""
    store.call("set_mark", **_who(credential), response=response_id, clause=clause_id, value=value)


def read_marks(reader: Reader, credential: Credential) -> dict[ResponseId, tuple[Mark, ...]]:
    """The marks that this person may see now, by response."""
    found: dict[ResponseId, list[Mark]] = {}
    for mark in reader.read(tuple[Mark, ...], "read_marks", credential):
        found.setdefault(mark.response_id, []).append(mark)
    return {response_id: tuple(marks) for response_id, marks in found.items()}


def read_version(reader: Reader, credential: Credential, version_id: VersionId) -> PolicyVersion:
    """The version or snapshot that a response was made with."""
    return reader.read(PolicyVersion, "read_version_by_id", credential, version=version_id)


def read_answers(
    reader: Reader, engine: "Engine", credential: Credential, scenario_id: ScenarioId
) -> tuple[AnsweredRun, ...]:
    """What the model answered to a scenario, and what it is writing now, newest run first."""
    responses = reader.read(tuple[Response, ...], "read_responses", credential, scenario=scenario_id, run=None)
    runs = {run.run_id: run for run in reader.read(tuple[Run, ...], "read_runs", credential)}
    waiting = [one.response_id for one in responses if one.status is ResponseStatus.WAITING]
    live = engine.live(waiting)
    by_run: dict[RunId, list[Answer]] = {}
    for response in responses:
        if response.run_id in runs:
            by_run.setdefault(response.run_id, []).append(Answer(response, live.get(response.response_id)))
    answered = [AnsweredRun(runs[run_id], tuple(answers)) for run_id, answers in by_run.items()]
    return tuple(sorted(answered, key=lambda one: one.run.created_at, reverse=True))


def read_progress(reader: Reader, engine: "Engine", credential: Credential) -> tuple[RunProgress, ...]:
    """All runs that this person may see, newest first, with their place in the queue."""
    return tuple(progress_of(engine, run) for run in reader.read(tuple[Run, ...], "read_runs", credential))


def progress_of(engine: "Engine", run: Run) -> RunProgress:
    """A run with its place in the queue."""
    return RunProgress(run, engine.run_queue(run.run_id) if run.status is RunStatus.ACTIVE else None)


def read_run(reader: Reader, credential: Credential, run_id: RunId) -> tuple[Response, ...]:
    """All responses of a run, in its order."""
    return reader.read(tuple[Response, ...], "read_responses", credential, scenario=None, run=run_id)


def read_failed(reader: Reader, credential: Credential, run_id: RunId) -> tuple[Response, ...]:
    """The failed calls of a run."""
    responses = read_run(reader, credential, run_id)
    return tuple(response for response in responses if response.status is ResponseStatus.FAILED)


def is_waiting_for_key(run: Run) -> bool:
    """Whether a run stands still until the facilitator enters the model's key again."""
    return run.status is RunStatus.PAUSED and run.pause_reason == NEEDS_KEY


def _start(
    store: Store,
    engine: "Engine",
    credential: Credential,
    *,
    max_tokens: int,
    choice: ModelChoice | None = None,
    shown: str | None = None,
    **given: Any,
) -> Run:
    choice = choice or model_to_ask(store, engine, credential, shown)
    row = store.call(
        "start_run",
        **_who(credential),
        **given,
        model=choice.model,
        api_base=choice.api_base,
        params={"max_tokens": max_tokens, **engine.catalogue.parameters(choice.model)},
    )
    engine.wake()
    return decode(Run, row)


def _who(credential: Credential) -> dict[str, WorkshopId | str]:
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
