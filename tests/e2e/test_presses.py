"""A press of a stock button or in the policy does what it is for, whatever the server is asked for at that moment."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.security import new_token
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.room import Room
from tests.e2e.served import ServedApp
from tests.e2e.test_slow_server import LOOK_AT_ALL
from tests.support.light_browser import LightBrowser
from tests.support.workshop_builder import Built, hash_of

# What a busy machine does by chance: the thread that has drawn a live fragment stands still before it says so, and a
# run that a press began beside it goes no further than to note the press before that thread goes on.
UNLUCKY_MOMENT = """
import threading
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.session_state import SessionState

is_noted, has_ended = threading.Event(), threading.Event()
finish, begin = ScriptRunner._on_script_finished, SessionState.on_script_will_rerun

def finish_late(self, ctx, *rest):
    if ctx.fragment_ids_this_run:
        is_noted.wait(2)
    finish(self, ctx, *rest)
    if ctx.fragment_ids_this_run:
        has_ended.set()

def begin_and_wait(self, states, **rest):
    begin(self, states, **rest)
    if states is not None and any(one.trigger_value for one in states.widgets):
        is_noted.set()
        has_ended.wait(10)

ScriptRunner._on_script_finished, SessionState.on_script_will_rerun = finish_late, begin_and_wait
"""
# What a quick person does by chance: the next press comes before the script has come to what the first one is for.
QUICK_PERSON = """
import threading
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state.session_state import SessionState

is_asked = threading.Event()
ask, begin = ScriptRequests.request_rerun, SessionState.on_script_will_rerun

def ask_and_note(self, data):
    answer = ask(self, data)
    is_asked.set()
    return answer

def begin_and_wait(self, states, **rest):
    is_press = states is not None and any(
        one.trigger_value or '"act"' in one.json_trigger_value for one in states.widgets
    )
    is_asked.clear()
    begin(self, states, **rest)
    if is_press:
        is_asked.wait(2)

ScriptRequests.request_rerun, SessionState.on_script_will_rerun = ask_and_note, begin_and_wait
"""
# What a busy machine does by chance: a page is drawn, and the turn of one of its fragments comes before any of it could
# be sent. Here it waits for that wherever the file "late" stands beside this one.
LATE_SENDER = """
import time
from pathlib import Path
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

late, since, flush = Path(__file__).parent / "late", {}, ForwardMsgQueue.flush

def flush_late(self):
    begun = [one.metadata.run for one in self._queue if one.WhichOneof("type") == "new_session"]
    if late.exists() and begun and not begun[-1].fragment_ids:
        if time.monotonic() - since.setdefault(begun[-1].script_run_id, time.monotonic()) < 10:
            return []
    return flush(self)

ForwardMsgQueue.flush = flush_late
"""
# What a busy machine does by chance: all of a page has come, and that this was all comes late.
LATE_END = """
import time
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

finish = ScriptRunner._on_script_finished

def finish_late(self, ctx, *rest):
    if not ctx.fragment_ids_this_run:
        time.sleep(4)
    finish(self, ctx, *rest)

ScriptRunner._on_script_finished = finish_late
"""
DONE_WITHIN_S = 60
DRAWN_MS = 1_500
"""In so long a page is drawn, which nobody has seen yet."""


@pytest.fixture(scope="module")
def quick_app(
    open_folder: Path, database_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedApp]:
    folder = tmp_path_factory.mktemp("quick")
    (folder / "sitecustomize.py").write_text(QUICK_PERSON, "utf-8")
    with serving(new_app(open_folder, {"DATABASE_URL": database_address, "PYTHONPATH": str(folder)})) as served:
        yield served


@pytest.fixture
def late_app(open_folder: Path, database_address: str, tmp_path: Path) -> Iterator[ServedApp]:
    (tmp_path / "sitecustomize.py").write_text(LATE_SENDER, "utf-8")
    with serving(new_app(open_folder, {"DATABASE_URL": database_address, "PYTHONPATH": str(tmp_path)})) as served:
        yield served


@pytest.fixture
def unfinished_app(open_folder: Path, database_address: str, tmp_path: Path) -> Iterator[ServedApp]:
    (tmp_path / "sitecustomize.py").write_text(LATE_END, "utf-8")
    with serving(new_app(open_folder, {"DATABASE_URL": database_address, "PYTHONPATH": str(tmp_path)})) as served:
        yield served


@pytest.fixture
def unlucky_app(open_folder: Path, database_address: str, tmp_path: Path) -> Iterator[ServedApp]:
    (tmp_path / "sitecustomize.py").write_text(UNLUCKY_MOMENT, "utf-8")
    environment = {
        "DATABASE_URL": database_address,
        "PYTHONPATH": str(tmp_path),
        "FOLKMOOT_MODEL": "openai/nobody",
        "FOLKMOOT_API_BASE": "http://127.0.0.1:9/v1",
        "FOLKMOOT_ALLOW_PRIVATE_MODELS": "1",
        "OPENAI_API_KEY": "sk-of-nobody-0123456789",
    }
    with serving(new_app(open_folder, environment)) as served:
        yield served


def test_a_press_at_the_moment_at_which_a_live_fragment_ends_is_not_lost(
    unlucky_app: ServedApp, database_address: str
) -> None:
    store = DirectStore(database_address)
    built = Built(store)
    ana = built.join("Ana")

    async def press_once() -> None:
        cookie = (f"folkmoot_participant_{built.workshop}", ana.token)
        async with LightBrowser(unlucky_app.url, "test", built.workshop, cookie) as tab:
            await tab.look_again()
            await asyncio.sleep(1)  # The fragment is drawn, and its end waits.
            await tab.press("Ask the model")
            deadline = time.monotonic() + DONE_WITHIN_S
            while not ana.call("read_runs"):
                assert time.monotonic() < deadline, "the press was lost"
                await asyncio.sleep(0.1)

    # Playwright has a loop running in this thread already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, press_once()).result()
    [_] = ana.call("read_runs")
    store.close()


def test_a_choice_that_goes_out_together_with_a_look_is_not_lost(unlucky_app: ServedApp, database_address: str) -> None:
    store, token = DirectStore(database_address), new_token()
    built = Built(store)
    store.call("reissue_link", workshop=built.workshop, role="facilitator", token_hash=hash_of(token))
    built.join("Ana")

    async def choose_once() -> None:
        cookie = (f"folkmoot_facilitator_{built.workshop}", token)
        async with LightBrowser(unlucky_app.url, "console", built.workshop, cookie) as tab:
            assert "Rename" not in tab.buttons
            await tab.choose_as_it_looks("Choose a person", "Ana")
            deadline = time.monotonic() + DONE_WITHIN_S
            while "Rename" not in tab.buttons:
                assert time.monotonic() < deadline, "the choice was lost"
                await asyncio.sleep(0.1)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, choose_once()).result()


@pytest.mark.parametrize("is_looking", [False, True], ids=["at rest", "while parts of the page are drawn"])
def test_a_press_is_not_lost_by_the_next_one_that_comes_before_its_turn(
    quick_app: ServedApp, database_address: str, is_looking: bool
) -> None:
    store, token = DirectStore(database_address), new_token()
    built = Built(store)
    store.call("reissue_link", workshop=built.workshop, role="facilitator", token_hash=hash_of(token))

    async def press_twice() -> None:
        cookie = (f"folkmoot_facilitator_{built.workshop}", token)
        async with LightBrowser(quick_app.url, "console", built.workshop, cookie) as tab:
            if is_looking:
                await tab.look_again()
            await tab.press("Plan of 60 minutes")
            await asyncio.sleep(0.5)  # It has begun, and is not there yet.
            await tab.press("Bring everyone to Draft")
            deadline = time.monotonic() + DONE_WITHIN_S
            while not (
                built.organizer.call("read_agenda")["steps"] and built.organizer.call("read_place")["workshop"]["call"]
            ):
                assert time.monotonic() < deadline, "a press was lost"
                await asyncio.sleep(0.1)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, press_twice()).result()
    store.close()


def test_a_clause_is_withdrawn_though_a_link_is_followed_before_its_turn_comes(
    quick_app: ServedApp, database_address: str
) -> None:
    store = DirectStore(database_address)
    built = Built(store)
    ana, [first, second] = built.join("Ana"), built.clauses

    async def withdraw_and_leave() -> None:
        cookie = (f"folkmoot_participant_{built.workshop}", ana.token)
        tab = LightBrowser(quick_app.url, "draft", built.workshop, cookie)
        tab.query += "&view=clauses"
        async with tab:
            await tab.act_in_policy("withdraw", first["clause_id"], first["wording"])
            await asyncio.sleep(0.5)  # It has begun, and is not there yet.
            await tab.follow("vote")
            deadline = time.monotonic() + DONE_WITHIN_S
            while [one["clause_id"] for one in ana.call("read_policy")["policy"]["clauses"]] != [second["clause_id"]]:
                assert time.monotonic() < deadline, "the press was lost"
                await asyncio.sleep(0.1)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, withdraw_and_leave()).result()
    store.close()


def test_a_clause_opens_though_parts_of_the_page_are_asked_for_before_any_of_it_was_sent(
    late_app: ServedApp, database_address: str, invite_to: Invite, tmp_path: Path
) -> None:
    store = DirectStore(database_address)
    ana = Room(late_app, store, invite_to).participant("Ana", "draft")
    to_clauses(ana)
    for _ in range(2):  # so that its browser has what it is told of in short the next time
        ana.press("Edit C1")
        ana.sees("Your wording of C1")
        ana.press("Back to my new clause")
        ana.sees("Your clause")
    (tmp_path / "late").touch()
    ana.button("Edit C1").click()
    ana.page.wait_for_timeout(DRAWN_MS)
    assert ana.page.evaluate(LOOK_AT_ALL), "no part of the page was asked for"
    ana.sees("Your wording of C1")
    (tmp_path / "late").unlink()
    ana.press("Back to my new clause")
    ana.sees("Your clause")
    ana.look("a clause opened and closed")
    store.close()


def test_what_is_pressed_stays_where_it_is_though_the_press_before_it_is_not_drawn_to_the_end(
    unfinished_app: ServedApp, database_address: str, invite_to: Invite
) -> None:
    store = DirectStore(database_address)
    fay = Room(unfinished_app, store, invite_to).facilitator("Fay")
    fay.press("Plan of 60 minutes")
    fay.press(re.compile("^Start the agenda: Welcome"))
    fay.button(re.compile("^Go on to")).click()
    undo = fay.button("Undo: Facilitator went on to “Write rough clauses”")
    expect(undo).to_be_visible()
    expect(fay.page.locator("[data-retained]:focus-within")).to_have_count(1)  # the button that she pressed
    at = undo.bounding_box()
    undo.hover()
    fay.page.mouse.down()
    fay.page.wait_for_timeout(100)  # as long as a finger needs
    fay.page.mouse.up()
    assert undo.bounding_box() == at
    fay.sees("Step 1 of 7: Welcome")
    fay.settle()
    store.close()
