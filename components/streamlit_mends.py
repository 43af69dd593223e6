"""Six faults of Streamlit 1.67 with requests that come close together, mended in its own objects.

A live page asks for its fragments while its person presses. A fragment's request names the page that the browser showed
when it was sent, and Streamlit takes that for a wish to go there:

- behind a request for another page that has not begun yet, it takes that page's place, and the press comes to nothing;
- behind a change of pages, it empties the new page, and what is drawn next falls into nothing. So it does on the new
  page too where a busy browser hears of both at once: it takes either for a change of pages;
- just as a script ends, it has a new thread begin, and the last of what the old one drew is thrown away.

A press is lost where the next one comes at once: Streamlit cuts short what it draws as soon as a whole page is asked
for, even before it has come to what the press is for. Who presses "Save" and then "Close" on a busy server would not
have saved. So what a press of a stock button, or of one in the policy, asked for is drawn to its end before anything
else, unless it goes elsewhere by itself; a link that was followed meanwhile is followed then. And where the fragment
around that button is not there any more when its turn comes, the whole page is drawn, with the press.

The fifth is the browser's: what is set within one moment goes out as one request, for a fragment if there is one among
it. A choice or a press elsewhere on the page is in it and is known from then on, but nothing that it leads to is drawn,
such as what one can do for the person who was chosen. `pulse.js` asks for nothing just after a press, but on a busy
machine the press itself can take longer than that.

The sixth is of what was drawn and not yet sent when a fragment's turn comes. Streamlit throws away what it drew of
that fragment, but keeps what stands in it: what its browser knows by a short name, and fragments within it. The browser
gets the contents without their box, which it cannot draw ("Cannot set a node at a delta path"), and may stand still for
good. Or it hears that a page is whole of which it never got that part, and takes the field away in which its person
types. So all of it is sent.

No browser can know in which of these moments its request arrives. The first and the last mend go as soon as a release
of Streamlit keeps a fragment's request to its page, and what it drew together: `tests/unit/test_streamlit_mends.py`
says so by failing. Whether the others can go, browsers tell: `tests/e2e/test_slow_server.py` and `test_presses.py`
without them.
"""

import json
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from streamlit.errors import FragmentStorageKeyError
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)
from streamlit.runtime.state.session_state import WStates

from components.place import VISIT_BEGAN, kept_as

LOOK_AGAIN_S: Final = 0.01
HEARD_WITHIN_S: Final = 15.0
DRAWN_AT: Final = "_folkmoot_drawn_at"
"""Under which name a session keeps when a whole page was drawn last."""
SENT: Final = "folkmoot:sent"
"""Under which name a session keeps what its browser sent last of each stock element."""
PRESSED: Final = "_folkmoot_pressed"
"""Under which name the requests of a script keep whether a press asked for what is drawn now."""
PRESSES: Final = {"act"}
"""What an element of ours says of a press that it does not say again (`policy_view.js`)."""
LOOKS: Final = {"moved", "rested"}
"""What a live fragment's element says when it asks, with the number of its drawing (`pulse.py`)."""
NOT_STOCK: Final = {"json_value", "json_trigger_value", "chat_input_value", "file_uploader_state_value"}
"""What elements with code of their own set: they ask one after the other, and again if nothing came of it."""

_take: Final = ScriptRequests._request_rerun_locked
_ready: Final = ScriptRequests.on_scriptrunner_ready
_yield: Final = ScriptRequests.on_scriptrunner_yield
_stop: Final = ScriptRequests.request_stop
_run: Final = ScriptRunner._run_script
_request: Final = AppSession.request_rerun
_clear: Final = ForwardMsgQueue.clear


def mend_streamlit() -> None:
    """Put the mended methods in their places."""
    ScriptRequests._request_rerun_locked = _take_behind  # type: ignore[assignment,method-assign]
    ScriptRequests.on_scriptrunner_yield = _yield_after_the_press  # type: ignore[assignment,method-assign]
    ScriptRequests.on_scriptrunner_ready = _ready_for_a_press  # type: ignore[assignment,method-assign]
    ScriptRequests.request_stop = _stop_after_the_press  # type: ignore[assignment,method-assign]
    ScriptRunner._run_script = _run_where_it_is  # type: ignore[assignment,method-assign]
    AppSession.request_rerun = _request_in_order  # type: ignore[assignment,method-assign]
    ForwardMsgQueue.clear = _clear_for_a_page  # type: ignore[assignment,method-assign]


def _take_behind(requests: ScriptRequests, new: RerunData) -> bool:
    """Fold a request into the one that waits; neither a fragment's nor the script's own changes where that one goes."""
    waiting, drawn = requests._rerun_data, _page_of_own(requests)
    is_behind_a_page = requests._state is ScriptRequestType.RERUN and not waiting.fragment_id_queue
    is_left = drawn is not None and waiting.page_script_hash not in ("", drawn)
    if is_behind_a_page and (new.fragment_id or is_left):
        new = replace(
            new,
            page_script_hash=waiting.page_script_hash,
            page_name=waiting.page_name,
            query_string=waiting.query_string,
            is_history_navigation=waiting.is_history_navigation,
        )
    return _take(requests, new)


def _yield_after_the_press(requests: ScriptRequests) -> ScriptRequest | None:
    """What takes the place of the script that is drawn; of one that a press began, only what it asks for itself."""
    is_for_later = requests._state is ScriptRequestType.RERUN and requests.__dict__.get(PRESSED, False)
    return None if is_for_later else _handed_out(requests, _yield(requests))


def _ready_for_a_press(requests: ScriptRequests) -> ScriptRequest:
    """What is drawn next."""
    request = _ready(requests)
    _handed_out(requests, request)
    return request


def _handed_out(requests: ScriptRequests, request: ScriptRequest | None) -> ScriptRequest | None:
    """Note whether the script that begins is one that a press asked for."""
    if request is not None:
        is_run = request.type is ScriptRequestType.RERUN and request.rerun_data is not None
        requests.__dict__[PRESSED] = is_run and _is_pressed(request.rerun_data)
    return request


def _stop_after_the_press(requests: ScriptRequests) -> None:
    """End; where a press's own script does so and a whole page was asked for meanwhile, that page takes its place."""
    is_asked = requests._state is ScriptRequestType.RERUN and not requests._rerun_data.fragment_id_queue
    if _page_of_own(requests) is None or not is_asked:
        _stop(requests)


def _page_of_own(requests: ScriptRequests) -> str | None:
    """The page that is drawn, where its own script asks to go elsewhere or to end; None where the browser asks.

    Then the script has done what was pressed.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return None
    requests.__dict__[PRESSED] = False
    return context.page_script_hash


def _run_where_it_is(runner: ScriptRunner, rerun_data: RerunData) -> None:
    """Run a script or fragments; of the page that was drawn last all, if something else on it was set.

    Fragments that were asked for by a browser which showed the page before, or this one before it was left and opened
    again, are not there any more, or just drawn. Where it shows another page still after a while, it never heard of the
    change, such as on a line that broke: it gets the page.
    """
    drawn: dict[str, float] = runner._pages_manager.__dict__
    page = runner._get_script_run_ctx().page_script_hash
    is_pressed, is_set_elsewhere = _is_pressed(rerun_data), _is_set_elsewhere(runner, rerun_data)
    if rerun_data.fragment_id_queue and page:
        if is_set_elsewhere or (is_pressed and not _are_there(runner, rerun_data.fragment_id_queue)):
            rerun_data = _whole(rerun_data, page)
        elif rerun_data.page_script_hash in ("", page):
            if not is_pressed and _is_from_before(runner, rerun_data):
                return
            rerun_data = replace(rerun_data, page_script_hash=page)
        elif time.monotonic() - drawn.get(DRAWN_AT, 0.0) < HEARD_WITHIN_S:
            return
        else:
            rerun_data = _whole(rerun_data, page)
    _run(runner, rerun_data)
    if not rerun_data.fragment_id_queue or runner._get_script_run_ctx().page_script_hash != page:
        drawn[DRAWN_AT] = time.monotonic()


def _whole(rerun_data: RerunData, page: str) -> RerunData:
    return replace(rerun_data, page_script_hash=page, fragment_id_queue=[], is_fragment_scoped_rerun=False)


def _is_pressed(rerun_data: RerunData) -> bool:
    states = rerun_data.widget_states
    return states is not None and any(
        one.trigger_value or any(event in PRESSES for event, _ in _told(one.json_trigger_value))
        for one in states.widgets
    )


def _is_from_before(runner: ScriptRunner, rerun_data: RerunData) -> bool:
    """Whether a live fragment asks to be drawn anew that was drawn before its browser came to this page.

    A busy browser that hears at once of the page it comes back to, and of this, would take both for changes of pages.
    """
    states = rerun_data.widget_states.widgets if rerun_data.widget_states is not None else ()
    drawings = [drawing for one in states for drawing in _looked_from(one.json_trigger_value)]
    with runner._session_state._lock:
        state, began = runner._session_state._state, kept_as(VISIT_BEGAN)
        return began in state and any(drawing <= state[began] for drawing in drawings)


def _looked_from(told: str) -> list[int]:
    """The numbers of the drawings from which an element of a live fragment asks."""
    with suppress(ValueError, TypeError):
        return [int(value) for event, value in _told(told) if event in LOOKS]
    return []


def _told(events: str) -> list[tuple[str, Any]]:
    """What an element of ours says, and with which value. A browser can send anything."""
    with suppress(ValueError, TypeError, AttributeError):
        return [(str(one.get("event")), one.get("value")) for one in json.loads(events or "[]")]
    return []


def _are_there(runner: ScriptRunner, fragments: list[str]) -> bool:
    """Whether the page that was drawn last has all of these fragments."""
    try:
        for fragment in fragments:
            runner._fragment_storage.lookup(fragment)
    except FragmentStorageKeyError:
        return False
    return True


def _is_set_elsewhere(runner: ScriptRunner, rerun_data: RerunData) -> bool:
    """Whether the request brings a new choice or a press of a stock element outside of the fragments it is for.

    What the browser has sent the last time too is no news: the server may have chosen otherwise since, and it does not
    know yet. What it left out in between was not on its page any more.
    """
    if rerun_data.widget_states is None:
        return False
    is_set = False
    with runner._session_state._lock:
        state = runner._session_state._state
        before: dict[str, bytes] = {}
        sent: dict[str, bytes] = {}
        with suppress(KeyError):
            before = state[SENT]
        known = WStates(widget_metadata=dict(state._new_widget_state.widget_metadata))
        for one in rerun_data.widget_states.widgets:
            drawn = known.widget_metadata.get(one.id)
            if drawn is None or one.WhichOneof("value") in NOT_STOCK:
                continue
            is_press = one.WhichOneof("value") == "trigger_value"
            sent[one.id] = one.SerializeToString()
            is_news = is_press or before.get(one.id) != sent[one.id]
            if is_news and drawn.fragment_id not in rerun_data.fragment_id_queue:
                with suppress(KeyError):
                    known.set_from_value(one.id, state[one.id])
                    is_set = is_set or known.get_serialized(one.id) != one
        state._new_session_state[SENT] = sent
    return is_set


def _request_in_order(session: AppSession, client_state: ClientState | None) -> None:
    """Ask for a rerun; a fragment's request waits until all is handed over that an ending script drew."""
    waiting: list[ClientState] = session.__dict__.setdefault("_folkmoot_waiting", [])
    if client_state is not None and client_state.fragment_id:
        waiting.append(client_state)
        if len(waiting) == 1:
            _request_next(session, waiting)
        return
    while waiting:  # a whole page takes the place of what they would wait for
        _request(session, waiting.pop(0))
    _request(session, client_state)


def _request_next(session: AppSession, waiting: list[ClientState]) -> None:
    if not waiting:
        return
    runner = session._scriptrunner
    if runner is not None and runner._requests._state is ScriptRequestType.STOP:
        session._event_loop.call_later(LOOK_AGAIN_S, _request_next, session, waiting)
        return
    try:
        _request(session, waiting.pop(0))
    finally:
        _request_next(session, waiting)  # even if that one failed: nobody else asks for those behind it


def _clear_for_a_page(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    """Throw away what is not sent yet, as a whole page is drawn over it; before fragments are drawn, keep it.

    What they draw is not folded into it: it stands behind the word that they are drawn now.
    """
    if fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs)
    else:
        queue._delta_index_map = {}
