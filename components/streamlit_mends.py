"""Three faults of Streamlit 1.67 with requests that come close together, mended in its own objects.

A live page asks for its fragments while its person presses. A fragment's request names the page that the browser showed
when it was sent, and Streamlit takes that for a wish to go there:

- behind a request for another page that has not begun yet, it takes that page's place, and the press comes to nothing;
- behind a change of pages, it empties the new page, and what is drawn next falls into nothing;
- just as a script ends, it has a new thread begin, and the last of what the old one drew is thrown away.

No browser can know in which of these moments its request arrives. The first mend goes as soon as a release of Streamlit
keeps a fragment's request to its page: `tests/unit/test_streamlit_mends.py` says so by failing. Whether the others can
go, browsers tell: `tests/e2e/test_slow_server.py` and `test_presses.py` without them.
"""

from dataclasses import replace
from typing import Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

LOOK_AGAIN_S: Final = 0.01

_take: Final = ScriptRequests._request_rerun_locked
_run: Final = ScriptRunner._run_script
_request: Final = AppSession.request_rerun


def mend_streamlit() -> None:
    """Put the mended methods in their places."""
    ScriptRequests._request_rerun_locked = _take_behind  # type: ignore[assignment,method-assign]
    ScriptRunner._run_script = _run_where_it_is  # type: ignore[assignment,method-assign]
    AppSession.request_rerun = _request_in_order  # type: ignore[assignment,method-assign]


def _take_behind(requests: ScriptRequests, new: RerunData) -> bool:
    """Fold a request into the one that waits; a fragment's does not change to which page that one goes."""
    waiting = requests._rerun_data
    is_behind_a_page = requests._state is ScriptRequestType.RERUN and not waiting.fragment_id_queue
    if is_behind_a_page and new.fragment_id:
        new = replace(
            new,
            page_script_hash=waiting.page_script_hash,
            page_name=waiting.page_name,
            query_string=waiting.query_string,
            is_history_navigation=waiting.is_history_navigation,
        )
    return _take(requests, new)


def _run_where_it_is(runner: ScriptRunner, rerun_data: RerunData) -> None:
    """Run a script or fragments; these on the page that was drawn last."""
    page = runner._get_script_run_ctx().page_script_hash
    if rerun_data.fragment_id_queue and page:
        rerun_data = replace(rerun_data, page_script_hash=page)
    _run(runner, rerun_data)


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
