"""A browser tab without a browser: one websocket that speaks Streamlit's protocol, and one that hears of changes.

Hundreds of these fit into one process. Like the page in a browser, a tab asks for the fragments of its pulse elements
when it hears of a change that they do not show, spread and at rest in between as the server says (`pulse.js`), and for
every fragment with a timer as often as the server told it to.
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from types import TracebackType
from typing import Any
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.light_pulse import LightPulse, PulseElement, events_of

ANSWER_WITHIN_S = 60
ENDS_OF_A_PAGE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class LightBrowser:
    """One tab on one page. Use it as an async context manager: inside, the page has been drawn once."""

    def __init__(self, url: str, page: str, workshop_id: str, cookie: tuple[str, str]) -> None:
        self.url = url
        self.page = page
        self.query = f"w={workshop_id}"
        self.cookie = "=".join(cookie)
        self.exceptions = 0
        """How many exception or error boxes the server has sent."""
        self.fragment_runs = 0
        self.unannounced = 0
        """How many drawings of the page were never announced as finished."""
        self.kinds: Counter[str] = Counter()
        """How many messages of each kind came."""
        self.texts: list[str] = []
        """The markdown of the last drawing of the page, for a look at whether it is the right page."""
        self.components: dict[str, tuple[str, dict[str, Any]]] = {}
        """The ids of the elements with code of their own, with what they were last given, by label or name."""
        self.buttons: dict[str, str] = {}
        """The ids of the stock buttons that stood on the page so far, by what they say."""
        self.lists: dict[str, str] = {}
        """The ids of the stock lists of which one is chosen, by their labels."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._is_busy = False
        self._awaited: tuple[str, asyncio.Future[float]] | None = None
        self._pulse = LightPulse(url, self.cookie, self._look, lambda: self._is_busy, self._note_notice)
        self._brought: asyncio.Future[float] | None = None
        self._called: tuple[str, asyncio.Future[float]] | None = None
        self._brought_words = ""
        self._is_there = False
        self._changed = asyncio.Event()
        self._page_hash = ""
        self._drawn: asyncio.Future[None] | None = None
        self._drawing = ""
        self._later: set[str] = set()
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LightBrowser":
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            additional_headers={"Cookie": self.cookie, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) light"},
            origin=self.url,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            max_size=None,
            open_timeout=ANSWER_WITHIN_S,
            ping_interval=None,
        )
        self._listening = asyncio.create_task(self._listen())
        await self.rerun()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget_timers()
        await self._pulse.close()
        if self._listening is not None:
            self._listening.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def rerun(self) -> float:
        """Ask for the whole page, as a click on a button does; seconds until the server has finished it."""
        self._drawn = asyncio.get_running_loop().create_future()
        self._drawing = ""
        self._later.clear()  # a fragment of before may still end, and says nothing of this drawing
        self.texts.clear()
        began = time.perf_counter()
        await self._ask()
        try:
            await asyncio.wait_for(self._drawn, ANSWER_WITHIN_S)
        except TimeoutError:
            said = f"it sent {self.kinds} and says {self.texts}"
            raise TimeoutError(f"{self.page} was not finished in {ANSWER_WITHIN_S} s; {said}") from None
        return time.perf_counter() - began

    async def press(self, label: str) -> None:
        """Press a stock button, and wait for nothing."""
        await self._ask(pressed=self.buttons[label])

    async def follow(self, page: str) -> None:
        """Follow a link to another page of the workshop, and wait for nothing."""
        self.page, self._page_hash = page, ""
        await self._ask()

    async def choose_as_it_looks(self, label: str, option: str) -> None:
        """Choose from a stock list in the moment in which a live fragment is asked for: a browser sends both as one."""
        element = next(iter(self._pulse.elements.values()))
        await self._ask(element.fragment, looks=element, chosen=(self.lists[label], option))

    async def hand_over(self, label: str, text: str, action: str) -> None:
        """Press a button of a text field of its own, and wait for nothing."""
        press = {"text": text, "action": action, "seq": 1, "is_own": True, "submission_id": uuid4().hex}
        await self._tell(label, "submitted", press)

    async def act_in_policy(self, kind: str, clause: str, wording: str) -> None:
        """Press a button of a clause in the list of the policy, and wait for nothing."""
        shown = {"clause": clause, "wording": wording, "section": "", "before": ""}
        await self._tell("folkmoot_policy_view", "act", {"kind": kind, **shown, "nonce": uuid4().hex})

    async def given(self, component: str) -> dict[str, Any]:
        """What an element is given, once it is drawn."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while component not in self.components:
                self._changed.clear()
                await self._changed.wait()
        return self.components[component][1]

    async def look_again(self) -> None:
        """Ask for every live fragment now, as if something had changed."""
        for element in self._pulse.elements.values():
            await self._look(element)

    async def hears(self) -> None:
        """Wait until the tab's socket stands and has heard how things are."""
        await asyncio.wait_for(self._pulse.has_heard.wait(), ANSWER_WITHIN_S)

    @property
    def lost_looks(self) -> int:
        """How often nothing came of asking for a live fragment."""
        return self._pulse.lost_looks

    def shown_at(self, stage: str) -> "asyncio.Future[float]":
        """When the strip, which the browser draws from what it hears, shows this stage, by `time.perf_counter`."""
        self._awaited = (stage, asyncio.get_running_loop().create_future())
        return self._awaited[1]

    def called_at(self, call: str) -> "asyncio.Future[float]":
        """When the browser shows what a call is to, by `time.perf_counter`."""
        self._called = (call, asyncio.get_running_loop().create_future())
        return self._called[1]

    def brought_at(self, words: str) -> "asyncio.Future[float]":
        """When another page that says these words has been sent as a whole, by `time.perf_counter`."""
        self._brought = asyncio.get_running_loop().create_future()
        self._brought_words, self._is_there = words, False
        return self._brought

    async def _tell(self, label: str, event: str, value: dict[str, Any]) -> None:
        element, _ = self.components[label]
        await self._ask(told=(element, [{"event": event, "value": value}]))

    async def _look(self, element: PulseElement) -> None:
        """Ask for the fragment of a pulse element, as the element does. A tab that is being closed does no harm."""
        with contextlib.suppress(ConnectionClosed):
            await self._ask(element.fragment, looks=element)

    async def _ask(
        self,
        fragment: str = "",
        *,
        pressed: str = "",
        looks: PulseElement | None = None,
        chosen: tuple[str, str] | None = None,
        told: tuple[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self._page_hash
        state.page_name = "" if self._page_hash else self.page
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment) and looks is None
        state.context_info.timezone = "Europe/Berlin"
        state.context_info.locale = "en-GB"
        state.context_info.url = f"{self.url}/{self.page}"
        state.context_info.color_scheme = "light"
        if pressed:
            state.widget_states.widgets.add(id=pressed, trigger_value=True)
        if looks:
            events = json.dumps([{"event": "rested", "value": looks.data["drawing"]}])
            state.widget_states.widgets.add(id=looks.trigger_id, json_trigger_value=events)
        if chosen:
            state.widget_states.widgets.add(id=chosen[0], string_value=chosen[1])
        if told:
            state.widget_states.widgets.add(id=events_of(told[0]), json_trigger_value=json.dumps(told[1]))
        assert self._socket is not None
        self._is_busy = True
        await self._socket.send(message.SerializeToString())

    async def _ask_quietly(self, fragment: str) -> None:
        """A timer that rings while the tab is being closed does no harm."""
        with contextlib.suppress(ConnectionClosed):
            await self._ask(fragment)

    async def _listen(self) -> None:
        assert self._socket is not None
        message = ForwardMsg()
        end: Exception = ConnectionError("the server closed the connection")
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)
                message.ParseFromString(data)
                self._take(message)
        except Exception as error:  # noqa: BLE001 - whoever waits for the page hears of it
            end = error
        self._forget_timers()
        if self._drawn is not None and not self._drawn.done():
            self._drawn.set_exception(end)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        self.kinds[kind] += 1
        if kind == "delta":
            self._look_at(message)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._forget(fragment)
        elif kind == "script_finished":
            self._finish(message)

    def _begin(self, message: ForwardMsg) -> None:
        run = message.metadata.run
        if not run.fragment_ids:
            self._drawing = run.script_run_id
            self._later.clear()
            self._pulse.elements.clear()
        elif self._drawing:
            self._later.add(run.script_run_id)

    def _finish(self, message: ForwardMsg) -> None:
        run_id = message.metadata.run.script_run_id
        self._is_busy = False
        self.fragment_runs += message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        if self._is_there and self._brought is not None and not self._brought.done() and run_id == self._drawing:
            self._brought.set_result(time.perf_counter())
        if self._drawn is None or self._drawn.done():
            return
        # Streamlit 1.67 drops the end of a page's run if a live fragment asks between that end and its announcement;
        # a browser then shows "running" until that fragment has ended.
        is_announced = message.script_finished in ENDS_OF_A_PAGE and run_id == self._drawing
        if is_announced or run_id in self._later:
            self.unannounced += not is_announced
            self._drawn.set_result(None)

    def _look_at(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "markdown":
            self._read(element.markdown.body)
        elif kind == "heading":
            self._read(element.heading.body)
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "selectbox":
            self.lists[element.selectbox.label] = element.selectbox.id
        elif kind == "exception":
            self.exceptions += 1
        elif kind == "bidi_component":
            self._take_component(element.bidi_component, message.delta.fragment_id)

    def _read(self, words: str) -> None:
        self.texts.append(words)
        self._is_there = self._is_there or (bool(self._brought_words) and self._brought_words in words)

    def _note_notice(self, notice: dict[str, Any]) -> None:
        if self._awaited is not None and self._awaited[0] == notice["stage"] and not self._awaited[1].done():
            self._awaited[1].set_result(time.perf_counter())
        call = (notice["call"] or {}).get("call_id")
        if self._called is not None and self._called[0] == call and not self._called[1].done():
            self._called[1].set_result(time.perf_counter())

    def _take_component(self, component: BidiComponent, fragment: str) -> None:
        data = json.loads(component.json or "{}")
        self.components[str(data.get("label") or component.component_name)] = (component.id, data)
        self._changed.set()
        if component.component_name == "folkmoot_pulse":
            self._pulse.drawn(PulseElement(component.id, fragment, json.loads(component.json)))

    def _repeat(self, fragment: str, interval_s: float) -> None:
        """Ask for a fragment again and again. Hearing of the same fragment twice does not double its timer."""
        self._forget(fragment)
        loop = asyncio.get_running_loop()

        def ring() -> None:
            self._timers[fragment] = loop.call_later(interval_s, ring)
            self._asking = loop.create_task(self._ask_quietly(fragment))

        self._timers[fragment] = loop.call_later(interval_s, ring)

    def _forget(self, fragment: str) -> None:
        timer = self._timers.pop(fragment, None)
        if timer is not None:
            timer.cancel()

    def _forget_timers(self) -> None:
        for fragment in list(self._timers):
            self._forget(fragment)
