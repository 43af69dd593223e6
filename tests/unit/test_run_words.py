"""What the Test page says about runs and responses: never 0 for unknown, never nothing for waiting."""

from datetime import UTC, datetime
from typing import Any

import pytest

from components.response_card import cost_words, details, is_cut_off, waiting_words
from components.run_list import glance_rows, run_queue_words, status_words
from lib.domain.ids import PersonId, ResponseId, RunId, ScenarioId, VersionId
from lib.domain.runs import Response, ResponseStatus, Run, RunStatus
from lib.llm.catalogue import NEEDS_KEY
from lib.llm.live import LiveResponse, LiveState, RunQueue
from lib.services.testing import Answer, AnsweredRun, RunProgress

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def run(status: RunStatus = RunStatus.ACTIVE, **changes: Any) -> Run:
    given: dict[str, Any] = {
        "run_id": RunId("r"),
        "asked_by": PersonId("ana"),
        "asked_by_name": "Ana",
        "status": status,
        "pause_reason": None,
        "model": "openai/fake",
        "samples": 1,
        "is_shared": True,
        "created_at": NOW,
        "cell_count": 10,
        "done_count": 3,
        "failed_count": 1,
        "waiting_count": 6,
        "stopped_count": 0,
    }
    return Run(**{**given, **changes})


def response(**changes: Any) -> Response:
    given: dict[str, Any] = {
        "response_id": ResponseId("a"),
        "run_id": RunId("r"),
        "version_id": VersionId("v"),
        "version_number": 2,
        "scenario_id": ScenarioId("s"),
        "model": "openai/fake",
        "sample": 1,
        "seed": 7,
        "params": {"max_tokens": 50},
        "status": ResponseStatus.WAITING,
        "text": None,
        "error": None,
        "prompt_hash": None,
        "prompt_tokens": None,
        "completion_tokens": None,
        "cost_usd": None,
        "latency_s": None,
        "attempts": 1,
        "finished_at": None,
        "is_shared": True,
        "is_hidden": False,
        "asked_by": PersonId("ana"),
        "asked_by_name": "Ana",
    }
    return Response(**{**given, **changes})


def test_an_unknown_cost_is_unknown_and_no_cost_is_nothing() -> None:
    assert [cost_words(cost) for cost in (None, 0.0, 0.0123)] == ["unknown", "nothing", "$0.0123"]


def test_the_details_name_everything_a_response_is_made_of() -> None:
    shown = dict(details(response(prompt_hash="ab", prompt_tokens=1200, completion_tokens=50, latency_s=1.25)))
    assert shown["Policy"] == "Policy v2"
    assert shown["Tokens"] == "1,200 read, 50 written"
    assert (shown["Seed"], shown["Sample"], shown["Cost"], shown["Time"]) == ("7", "1", "unknown", "1.2 s")
    assert shown["Hash of what was sent"] == "ab"
    assert dict(details(response(version_number=None)))["Policy"] == "Unpublished text"
    assert dict(details(response(version_id=None, version_number=None)))["Policy"] == "Baseline: no policy"


def test_an_answer_as_long_as_allowed_was_cut_off() -> None:
    assert is_cut_off(response(completion_tokens=50))
    assert not is_cut_off(response(completion_tokens=49))
    assert not is_cut_off(response())
    assert not is_cut_off(response(completion_tokens=50, params={}))


@pytest.mark.parametrize(
    ("status", "reason", "live", "words"),
    [
        (RunStatus.ACTIVE, None, None, "Waiting to be taken up"),
        (RunStatus.ACTIVE, None, (LiveState.QUEUED, "", 1, None), "In the queue: next"),
        (RunStatus.ACTIVE, None, (LiveState.QUEUED, "", 4, 8.0), "In the queue: place 4, about 8 s"),
        (RunStatus.ACTIVE, None, (LiveState.WRITING, "", None, None), "The model is reading"),
        (RunStatus.ACTIVE, None, (LiveState.WRITING, "Well", None, None), "Writing"),
        (RunStatus.ACTIVE, None, (LiveState.SAVING, "Well.", None, None), "being saved"),
        (RunStatus.PAUSED, NEEDS_KEY, None, "needs the key again"),
        (RunStatus.PAUSED, "The cost limit is reached.", None, "Paused: The cost limit is reached."),
    ],
)
def test_a_waiting_response_says_what_it_waits_for(
    status: RunStatus, reason: str | None, live: tuple[LiveState, str, int | None, float | None] | None, words: str
) -> None:
    answer = Answer(response(), LiveResponse(ResponseId("a"), *live) if live else None)
    assert words in waiting_words(AnsweredRun(run(status, pause_reason=reason), (answer,)), answer)


def test_a_run_says_how_far_it_is_and_how_long_it_takes() -> None:
    queue = RunQueue(cells_ahead=5, begins_in_s=15.0, done_in_s=130.0)
    assert status_words(RunProgress(run(), queue)) == (
        "3 of 10 answered, 1 failed. In the queue: 5 calls of others first, begins in about 16 s. Done in about 2 min."
    )
    assert run_queue_words(RunQueue(0, None, None)) == ""
    assert status_words(RunProgress(run(RunStatus.STOPPED), None)) == "Stopped: 3 of 10 answered, 1 failed."
    assert "needs the key again" in status_words(RunProgress(run(RunStatus.PAUSED, pause_reason=NEEDS_KEY), None))


def test_answers_at_a_glance_are_a_row_a_scenario_and_a_column_an_edition() -> None:
    rows = glance_rows(
        (
            response(text="Yes.\nIndeed.", status=ResponseStatus.DONE),
            response(version_id=None, version_number=None, error="It hung.", status=ResponseStatus.FAILED),
            response(scenario_id=ScenarioId("t"), sample=2),
        ),
        {"s": "S1 The flat"},
    )
    assert rows == [
        {
            "Scenario": "S1 The flat",
            "Sample": "1",
            "Policy v2": "Yes. Indeed.",
            "Baseline: no policy": "No response: It hung.",
        },
        {"Scenario": "(not shared)", "Sample": "2", "Policy v2": "(waiting)"},
    ]
