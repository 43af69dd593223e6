"""The queue of model calls on the console: what waits, what it costs, stop all, and undo."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.console_calls import call_queue_words
from components.console_line import WHERE
from lib.bootstrap import Application
from lib.domain.people import Role
from lib.domain.runs import CallQueue
from lib.security import hash_token
from lib.services import reading
from tests.pages.conftest import Moot, said
from tests.support.workshop_builder import new_id, result

Open = Callable[..., AppTest]


IN_THE_TAB = "stop_all_calls"


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


def test_calls_are_stopped_with_one_press_their_asker_reads_why_and_they_go_on_with_another(
    moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FRESH_FOR_S", -1.0)  # no answer is fresh enough to be given again
    _, token = moot.join("Ana")
    ana = {"workshop": moot.workshop_id, "token_hash": hash_token(token)}
    scenario = app.store.call("read_scenarios", **ana)[0]["scenario_id"]

    def asks() -> None:
        app.store.call(
            "start_run",
            **ana,
            run=new_id(),
            versions=[None],
            scenarios=[scenario],
            model="stub",
            api_base=None,
            samples=2,
            params={},
            is_shared=True,
            is_question=False,
        )

    asks()
    cells = app.store.call("claim_cells", process="p1", limit=2, stale_s=30.0)
    for cell, cost in zip(cells, (0.25, None), strict=True):
        answer = {"process": "p1", "response": cell["response_id"], "result": result("An answer.", cost=cost)}
        app.store.call("store_response", **answer)
    asks()
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert "0 calls under way, 2 waiting" in said(test)
    assert not test.button(key=f"{WHERE}stop_all_calls").disabled
    assert "Ana, run on stub: 0 of 2 answered" in said(test)
    app.store.call("claim_cells", process="p1", limit=2, stale_s=30.0)
    test.run()
    assert "2 calls under way, 0 waiting" in said(test), "that a call begins is no change of the workshop"
    assert "**2 model calls** to be answered" in said(test)
    assert {one.key for one in test.button if one.label == "Stop all calls"} == {f"{WHERE}stop_all_calls", IN_THE_TAB}
    test = test.button(key=f"{WHERE}stop_all_calls").click().run()  # one press, whichever tab is open
    assert not test.exception
    assert not [one for one in test.button if one.label == "Stop all calls"]
    undo = "Undo: let 2 stopped calls go on"
    assert len([one for one in test.button if one.label == undo]) == 2, "in the box too, where it was stopped"
    assert "No call is waiting or under way." in said(test)
    used = "Used so far: **2 of 100** calls, **\\$0.25 of \\$1.00** known cost, and 1 call of unknown cost."
    assert used in said(test)
    moot.browser.held.clear()
    moot.sign_in(Role.PARTICIPANT, token)
    assert "Facilitator stopped all model calls of the workshop" in said(open_at("test", w=moot.workshop_id)).replace(
        "\\", ""
    )
    moot.browser.held.clear()
    moot.sign_in(Role.FACILITATOR)
    test = press(open_at("console", w=moot.workshop_id), "Undo: let 2 stopped calls go on")
    assert "2 waiting" in said(test)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 0, 0, 0), "No call is waiting or under way."),
        ((3, 1, 0, 0), "**1 call under way, 3 waiting**."),
        ((3, 2, 2, 1), "**2 calls under way, 3 waiting**, 3 of them private."),
    ],
)
def test_what_is_said_of_the_queue(counts: tuple[int, int, int, int], words: str) -> None:
    assert call_queue_words(CallQueue(*counts, runs=(), last_stop=None)) == words


def test_the_line_of_the_calls_stands_there_also_when_nothing_is_under_way(moot: Moot, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert "No model call is waiting" in said(test)
    assert test.button(key=f"{WHERE}stop_all_calls").disabled
