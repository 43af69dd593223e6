"""Requests of fragments that come close to other requests change no page and cost nobody's drawing.

Should a test of what Streamlit does alone fail after an upgrade, it keeps a request to its page, or what it drew
together, by itself, and the first or the last mend can go. Of the others only the mend is tested here, not the fault.
"""

import ast
import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from components import streamlit_mends as mends

GO_TO_VOTE = RerunData(page_script_hash="vote", query_string="w=1", is_history_navigation=True)
LOOK_AT_DRAFT = RerunData(page_script_hash="draft", query_string="w=0", fragment_id="line")


def asked_for(first: RerunData, second: RerunData, take: Any = mends._take_behind) -> RerunData:
    requests = ScriptRequests()
    assert take(requests, first)
    assert take(requests, second)
    request = requests.on_scriptrunner_ready()
    return cast(RerunData, request.rerun_data)


def test_streamlit_alone_takes_a_press_back() -> None:
    assert asked_for(GO_TO_VOTE, LOOK_AT_DRAFT, mends._take).page_script_hash == "draft"


def test_a_look_behind_a_press_that_goes_to_another_page_does_not_take_it_back() -> None:
    done = asked_for(GO_TO_VOTE, LOOK_AT_DRAFT)
    assert (done.page_script_hash, done.query_string, done.is_history_navigation) == ("vote", "w=1", True)
    assert not done.fragment_id_queue, "the whole page is drawn, with the fragment in it"


def test_a_press_behind_a_look_goes_where_it_goes() -> None:
    assert asked_for(LOOK_AT_DRAFT, GO_TO_VOTE).page_script_hash == "vote"


def test_two_looks_are_both_run() -> None:
    both = asked_for(LOOK_AT_DRAFT, RerunData(page_script_hash="draft", fragment_id="list"))
    assert both.fragment_id_queue == ["line", "list"]


def at_vote() -> Any:
    """A script runner that has drawn the page "vote"."""
    return SimpleNamespace(
        _get_script_run_ctx=lambda: SimpleNamespace(page_script_hash="vote"),
        _pages_manager=SimpleNamespace(),
        _session_state=SafeSessionState(SessionState(), lambda: None),
    )


def test_a_look_at_a_page_that_was_left_is_not_taken_and_any_other_is_at_the_page_that_was_drawn_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run: list[str] = []
    monkeypatch.setattr(mends, "_run", lambda _, data: run.append(data.page_script_hash))
    monkeypatch.setattr(mends.time, "monotonic", lambda: now)
    runner = at_vote()
    now = 1000.0
    mends._run_where_it_is(runner, RerunData(page_script_hash="vote"))
    run.clear()
    for asked in ("draft", "vote", ""):
        mends._run_where_it_is(runner, RerunData(page_script_hash=asked, fragment_id_queue=["line"]))
    assert run == ["vote", "vote"]
    mends._run_where_it_is(runner, RerunData(page_script_hash="test"))
    assert run == ["vote", "vote", "test"], "a whole page goes where it was asked for"


def test_a_browser_that_never_heard_of_the_change_gets_the_page_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[RerunData] = []
    monkeypatch.setattr(mends, "_run", lambda _, data: run.append(data))
    monkeypatch.setattr(mends.time, "monotonic", lambda: now)
    runner = at_vote()
    now = 1000.0
    mends._run_where_it_is(runner, RerunData(page_script_hash="vote"))
    look = RerunData(page_script_hash="draft", fragment_id_queue=["line"])
    mends._run_where_it_is(runner, look)
    now += mends.HEARD_WITHIN_S
    mends._run_where_it_is(runner, look)
    assert [(one.page_script_hash, one.fragment_id_queue) for one in run] == [("vote", []), ("vote", [])]


class Drawn:
    """A script runner whose page has a list outside of any fragment, a button inside of one, and an element of ours."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pages_manager = SimpleNamespace()
        self._fragment_storage = MemoryFragmentStorage()
        self._fragment_storage.register("line", lambda: None)
        self._session_state = SafeSessionState(SessionState(), lambda: None)
        self.runs: list[list[str]] = []
        monkeypatch.setattr(mends, "_run", lambda _, data: self.runs.append(data.fragment_id_queue))
        for name, kind, fragment, value in (
            ("list", "string_value", None, None),
            ("button", "trigger_value", "line", False),
            ("pulse", "json_trigger_value", None, None),
        ):
            state = self._session_state._state._new_widget_state
            as_it_is: Any = lambda value: value  # noqa: E731
            meta: Any = WidgetMetadata(name, as_it_is, as_it_is, cast(Any, kind), fragment_id=fragment)
            state.set_widget_metadata(meta)
            state.set_from_value(name, value)

    def _get_script_run_ctx(self) -> Any:
        return SimpleNamespace(page_script_hash="console")

    def asked(self, **given: dict[str, Any]) -> list[str]:
        """The fragments that are run where "line" is asked for with these values; none = the whole page."""
        states = WidgetStates()
        for name, value in given.items():
            states.widgets.add(id=name, **value)
        data = RerunData(widget_states=states, fragment_id_queue=["line"])
        mends._run_where_it_is(cast(ScriptRunner, self), data)
        return self.runs[-1]


def test_a_choice_elsewhere_that_comes_with_a_look_draws_the_whole_page(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Drawn(monkeypatch)
    assert runner.asked(list={"string_value": "Ana"}, button={"trigger_value": False}) == []


def test_a_look_from_before_its_browser_came_to_the_page_is_not_taken_and_a_press_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Drawn(monkeypatch)

    def runs_after(drawing: object, **given: dict[str, Any]) -> int:
        told = f'[{{"event": "rested", "value": {drawing}}}]'
        runner.runs.append([])
        before = len(runner.runs)
        runner.asked(pulse={"json_trigger_value": told}, **given)
        return len(runner.runs) - before

    assert runs_after(5) == 1
    runner._session_state._state._new_session_state["folkmoot:visit_began"] = 5
    assert runs_after(5) == 0
    assert runs_after(6) == 1
    assert runs_after(5, button={"trigger_value": True}) == 1
    for anything in ('"x"', "null", "[]", "{"):
        assert runs_after(anything) == 1


def test_a_choice_is_made_anew_on_a_page_that_one_comes_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Drawn(monkeypatch)
    assert runner.asked(list={"string_value": "Ana"}) == []
    assert runner.asked(list={"string_value": "Ana"}) == ["line"], "it was sent before, and the server chose otherwise"
    assert runner.asked(button={"trigger_value": False}) == ["line"], "from another page, without that list"
    assert runner.asked(list={"string_value": "Ana"}) == []


def test_what_a_fragment_asks_with_for_itself_or_what_is_known_draws_no_more_than_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Drawn(monkeypatch)
    for given in (
        {"list": {}, "button": {"trigger_value": True}},
        {"pulse": {"json_trigger_value": "[1]"}},
        {"gone": {"string_value": "Ben"}},
    ):
        assert runner.asked(**given) == ["line"]
    state = runner._session_state._state._new_widget_state
    state.set_from_value("list", "Ana")
    assert runner.asked(list={"string_value": "Ana"}) == ["line"]
    state.set_from_value("list", "Ben")  # by the script, of which the browser does not know yet
    assert runner.asked(list={"string_value": "Ana"}) == ["line"]
    assert runner.asked(list={"string_value": "Cleo"}) == []


def test_a_press_in_a_fragment_that_is_not_there_any_more_draws_the_page_and_a_look_at_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Drawn(monkeypatch)
    runner._fragment_storage = MemoryFragmentStorage()
    assert runner.asked(button={"trigger_value": False}) == ["line"]
    assert runner.asked(button={"trigger_value": True}) == []


class Script:
    """A script that is drawn because of a request, on the page "draft", and what takes its place then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_pressed: bool, is_preempting: bool = False) -> None:
        monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", mends._take_behind)
        self.is_own = False
        monkeypatch.setattr(mends, "get_script_run_ctx", self._context)
        self.requests, states = ScriptRequests(), WidgetStates()
        states.widgets.add(id="button", trigger_value=is_pressed)
        begun = RerunData(page_script_hash="draft", widget_states=states)
        if is_preempting:  # it takes the place of another one
            self.requests.request_rerun(RerunData(page_script_hash="draft"))
            mends._ready_for_a_press(self.requests)
            self.requests.request_rerun(begun)
            assert mends._yield_after_the_press(self.requests) is not None
        else:
            self.requests.request_rerun(begun)
            mends._ready_for_a_press(self.requests)

    def _context(self, **_: Any) -> Any:
        return SimpleNamespace(page_script_hash="draft") if self.is_own else None

    def asks(self, data: RerunData) -> None:
        """The script itself asks for this, as `st.rerun` and `st.switch_page` do."""
        self.is_own = True
        self.requests.request_rerun(data)
        self.is_own = False

    def stops(self) -> None:
        self.is_own = True
        mends._stop_after_the_press(self.requests)
        self.is_own = False

    def gives_way_to(self) -> str | None:
        """The page that takes its place at this moment, "" to end; None while it is drawn on."""
        request = mends._yield_after_the_press(self.requests)
        if request is None:
            return None
        return request.rerun_data.page_script_hash if request.type is ScriptRequestType.RERUN else ""


AGAIN = RerunData(page_script_hash="draft", query_string="w=2")
BESIDE = RerunData(page_script_hash="review", query_string="w=3")


@pytest.mark.parametrize("is_preempting", [False, True], ids=["alone", "amid another"])
@pytest.mark.parametrize("is_pressed", [True, False], ids=["a press", "no press"])
def test_what_a_press_asked_for_is_drawn_to_its_end(
    monkeypatch: pytest.MonkeyPatch, is_pressed: bool, is_preempting: bool
) -> None:
    script = Script(monkeypatch, is_pressed=is_pressed, is_preempting=is_preempting)
    assert script.gives_way_to() is None
    script.requests.request_rerun(GO_TO_VOTE)
    assert script.gives_way_to() == (None if is_pressed else "vote")
    if is_pressed:
        following = mends._ready_for_a_press(script.requests).rerun_data
        assert following is not None
        assert following.page_script_hash == "vote"
        script.requests.request_rerun(AGAIN)
        assert script.gives_way_to() == "draft", "what follows was not pressed"


@pytest.mark.parametrize(("own", "alone"), [(AGAIN, "draft"), (BESIDE, "review")], ids=["again", "elsewhere"])
@pytest.mark.parametrize(("asked", "instead"), [(None, None), (AGAIN, None), (GO_TO_VOTE, "vote")])
def test_a_script_goes_where_it_goes_by_itself_unless_a_link_to_another_page_was_followed_meanwhile(
    monkeypatch: pytest.MonkeyPatch, own: RerunData, alone: str, asked: RerunData | None, instead: str | None
) -> None:
    script = Script(monkeypatch, is_pressed=True)
    if asked is not None:
        script.requests.request_rerun(asked)
    script.asks(own)
    assert script.gives_way_to() == (instead or alone)


def test_a_press_that_waited_while_the_script_went_on_by_itself_is_drawn_to_its_end_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script, states = Script(monkeypatch, is_pressed=True), WidgetStates()
    states.widgets.add(id="another", trigger_value=True)
    script.requests.request_rerun(RerunData(page_script_hash="draft", widget_states=states))
    script.asks(AGAIN)
    assert script.gives_way_to() == "draft"
    script.requests.request_rerun(GO_TO_VOTE)
    assert script.gives_way_to() is None


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ('[{"event": "act", "value": {"kind": "withdraw"}}]', None),
        ('[{"event": "rested", "value": 5}]', "vote"),
        ('[{"event": ["act"]}]', "vote"),
        ("[1]", "vote"),
        ("{", "vote"),
    ],
)
def test_a_press_in_the_policy_is_drawn_to_its_end_and_what_an_element_says_by_itself_is_not(
    monkeypatch: pytest.MonkeyPatch, told: str, instead: str | None
) -> None:
    script, states = Script(monkeypatch, is_pressed=False), WidgetStates()
    states.widgets.add(id="policy", json_trigger_value=told)
    script.requests.request_rerun(RerunData(page_script_hash="draft", widget_states=states, fragment_id="list"))
    mends._ready_for_a_press(script.requests)
    script.requests.request_rerun(GO_TO_VOTE)
    assert script.gives_way_to() == instead


@pytest.mark.parametrize(("asked", "comes"), [(GO_TO_VOTE, "vote"), (LOOK_AT_DRAFT, ""), (None, "")])
def test_where_a_script_ends_early_the_page_comes_that_was_asked_for_meanwhile(
    monkeypatch: pytest.MonkeyPatch, asked: RerunData | None, comes: str
) -> None:
    script = Script(monkeypatch, is_pressed=True)
    if asked is not None:
        script.requests.request_rerun(asked)
    script.stops()
    assert script.gives_way_to() == comes


def test_a_session_that_ends_waits_for_no_press(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, is_pressed=True)
    mends._stop_after_the_press(script.requests)
    assert script.gives_way_to() == ""


def test_the_app_puts_all_mends_in_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    home = ast.parse((Path(__file__).parents[2] / "Home.py").read_text("utf-8"))
    called = [ast.unparse(line.value) for line in home.body if isinstance(line, ast.Expr)]
    assert "mend_streamlit()" in called
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", mends._take)
    monkeypatch.setattr(ScriptRequests, "on_scriptrunner_yield", mends._yield)
    monkeypatch.setattr(ScriptRequests, "on_scriptrunner_ready", mends._ready)
    monkeypatch.setattr(ScriptRequests, "request_stop", mends._stop)
    monkeypatch.setattr(ScriptRunner, "_run_script", mends._run)
    monkeypatch.setattr(AppSession, "request_rerun", mends._request)
    monkeypatch.setattr(ForwardMsgQueue, "clear", mends._clear)
    mends.mend_streamlit()
    placed: list[Any] = [ScriptRequests._request_rerun_locked, ScriptRequests.on_scriptrunner_yield]
    assert placed == [mends._take_behind, mends._yield_after_the_press]
    placed = [ScriptRequests.on_scriptrunner_ready, ScriptRequests.request_stop]
    assert placed == [mends._ready_for_a_press, mends._stop_after_the_press]
    placed = [ScriptRunner._run_script, AppSession.request_rerun]
    assert placed == [mends._run_where_it_is, mends._request_in_order]
    cleared: Any = ForwardMsgQueue.clear
    assert cleared is mends._clear_for_a_page


class Session:
    """What `_request_in_order` uses of a session whose script just ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self._event_loop = asyncio.get_running_loop()
        ended = ScriptRequests()
        ended.request_stop()
        self._scriptrunner: Any = SimpleNamespace(_requests=ended)
        monkeypatch.setattr(mends, "_request", lambda _, state: self.asked.append(state.fragment_id or "the page"))

    def request(self, fragment: str = "") -> None:
        mends._request_in_order(cast(AppSession, self), ClientState(fragment_id=fragment))


def test_looks_wait_until_all_is_handed_over_that_an_ending_script_drew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def looks() -> None:
        session = Session(monkeypatch)
        session.request("line")
        session.request("list")
        await asyncio.sleep(5 * mends.LOOK_AGAIN_S)
        assert session.asked == []
        session._scriptrunner = None  # its last event was handled
        async with asyncio.timeout(10):
            while len(session.asked) < 2:
                await asyncio.sleep(mends.LOOK_AGAIN_S)
        assert session.asked == ["line", "list"]

    asyncio.run(looks())


def test_a_look_that_fails_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def looks() -> None:
        session = Session(monkeypatch)
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))

        def request(_: AppSession, state: ClientState) -> None:
            session.asked.append(state.fragment_id)
            if state.fragment_id == "line":
                raise ValueError("Refused.")

        monkeypatch.setattr(mends, "_request", request)
        session.request("line")
        session.request("list")
        session._scriptrunner = None
        async with asyncio.timeout(10):
            while len(session.asked) < 2:
                await asyncio.sleep(mends.LOOK_AGAIN_S)
        session.request("chart")
        assert session.asked == ["line", "list", "chart"]
        assert [str(error) for error in errors] == ["Refused."], "and it is said in the log"

    asyncio.run(looks())


def test_a_page_waits_for_nothing_and_keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    async def presses() -> None:
        session = Session(monkeypatch)
        session.request("line")
        session.request()
        assert session.asked == ["line", "the page"]

    asyncio.run(presses())


def box(path: str, fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = [int(one) for one in path.split()]
    message.delta.fragment_id = fragment
    message.delta.add_block.allow_empty = True
    return message


def text(path: str, words: str, fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = [int(one) for one in path.split()]
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = words
    return message


def known_to_its_browser(path: str) -> ForwardMsg:
    message = ForwardMsg(ref_hash="short")
    message.metadata.delta_path[:] = [int(one) for one in path.split()]
    return message


def has_ended() -> ForwardMsg:
    return ForwardMsg(script_finished=ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY)


def drawn() -> list[ForwardMsg]:
    """A page with a fragment, "panel", and another one within it, none of which was sent yet."""
    panel = [box("0 0", "panel"), text("0 0 0", "Edit C1", "panel"), known_to_its_browser("0 0 1")]
    return [*panel, box("0 0 2", "within"), text("0 0 2 0", "Saved", "within"), text("0 1", "Below"), has_ended()]


def sent(clear: Any, then: list[ForwardMsg], fragments: list[str] | None) -> list[ForwardMsg]:
    """What a browser gets where a page was drawn, and then something else, before anything could be sent."""
    queue = ForwardMsgQueue()
    for message in drawn():
        queue.enqueue(message)
    clear(queue, retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    for message in then:
        queue.enqueue(message)
    return queue.flush()


def without_their_boxes(messages: list[ForwardMsg]) -> list[tuple[int, ...]]:
    """The places of what a browser that shows nothing yet can draw nowhere."""
    stand: set[tuple[int, ...]] = {(0,)}
    lost = []
    for message in messages:
        path = tuple(message.metadata.delta_path)
        if path and path[:-1] not in stand:
            lost.append(path)
        stand.add(path)
    return lost


def test_streamlit_alone_sends_what_stands_in_a_fragment_without_it() -> None:
    assert without_their_boxes(sent(mends._clear, [], ["panel"])) == [(0, 0, 1), (0, 0, 2)]


def test_what_was_drawn_of_a_page_is_sent_as_a_whole_though_one_of_its_fragments_is_drawn_anew_before() -> None:
    anew = [box("0 0", "panel"), text("0 0 0", "Edit C2", "panel")]
    messages = sent(mends._clear_for_a_page, anew, ["panel"])
    assert messages == [*drawn(), *anew], "in the order in which it was drawn"
    assert not without_their_boxes(messages)


def test_what_a_whole_page_is_drawn_over_is_not_sent() -> None:
    anew = [box("0 0"), text("0 0 0", "Vote")]
    ended, *rest = sent(mends._clear_for_a_page, anew, None)
    assert ended.script_finished == ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
    assert rest == anew


def test_what_was_sent_is_not_sent_again() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(text("0 0", "Draft"))
    queue.flush()
    mends._clear_for_a_page(queue)
    assert queue.flush() == []
