"""What goes over the wire to a Supabase project, and what every kind of answer becomes for a person."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from supabase import Client

from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.errors import (
    Conflict,
    FolkmootError,
    NotAllowed,
    NotFound,
    RoundClosed,
    SignedOut,
    StoreUnavailable,
    ValidationFailed,
)
from lib.services.reading import Reader
from lib.settings import Settings
from lib.store import ready, supabase_rest
from lib.store.gate import Gate
from lib.store.migrations import known_migrations
from lib.store.supabase_rest import ATTEMPTS, REPEATED_FOR_S, SupabaseStore

URL = "https://abcdefgh.supabase.co"
KEY = "sb_secret_hunter2"
READ, SAFE_WRITE, OTHER_WRITE = "read_place", "save_draft", "delete_workshop"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Wire:
    """The other end: answers in turn, the last answer again and again, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [httpx.Response(200, json={})]
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []
        self.now = 0.0
        self.store = SupabaseStore(
            URL, KEY, transport=httpx.MockTransport(self._answer), clock=lambda: self.now, sleep=self._sleep
        )

    def answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)


@pytest.fixture
def wire() -> Iterator[Wire]:
    opened = Wire()
    yield opened
    opened.store.close()


def refused(status: int, code: str | None = None, message: str = "", **more: object) -> httpx.Response:
    """An error in the form of PostgREST."""
    return httpx.Response(status, json={"code": code, "message": message, "details": None, "hint": None, **more})


def html(status: int) -> httpx.Response:
    return httpx.Response(status, headers={"content-type": "text/html"}, text=f"<html>{URL} {KEY} said {status}</html>")


def test_a_call_is_one_post_of_its_arguments_with_the_secret_key(wire: Wire) -> None:
    wire.answer(httpx.Response(200, json={"rev": 3}))
    assert wire.store.call("set_stage", workshop="w", changes={"a": [1, None, "ü"]}, is_open=False) == {"rev": 3}
    [request] = wire.requests
    assert (request.method, str(request.url)) == ("POST", f"{URL}/rest/v1/rpc/set_stage")
    assert json.loads(request.content) == {"p_workshop": "w", "p_changes": {"a": [1, None, "ü"]}, "p_is_open": False}
    assert request.headers["apikey"] == KEY
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-profile"] == "public"


def test_a_read_is_a_post_too_so_that_no_token_hash_stands_in_an_address(wire: Wire) -> None:
    wire.store.call("read_place", workshop="w", token_hash="a" * 64)
    [request] = wire.requests
    assert request.method == "POST"
    assert "a" * 64 not in str(request.url)


def test_an_act_that_another_may_undo_goes_under_one_request_however_often_it_is_sent(wire: Wire) -> None:
    wire.answer(httpx.ReadTimeout("late"), httpx.Response(503), httpx.Response(200, json={"rev": 3}))
    assert wire.store.call("set_workshop", workshop="w", changes={"stage": "vote"}) == {"rev": 3}
    first, *others = wire.requests
    assert [request.url.path for request in wire.requests] == ["/rest/v1/rpc/once"] * 3
    assert all(request.content == first.content for request in others)
    sent = json.loads(first.content)
    assert UUID(sent.pop("p_request"))
    assert sent == {"p_function": "set_workshop", "p_arguments": {"workshop": "w", "changes": {"stage": "vote"}}}
    wire.store.call("set_workshop", workshop="w", changes={"stage": "vote"})
    assert wire.requests[-1].content != first.content


def test_an_act_goes_under_the_request_that_its_caller_names(wire: Wire) -> None:
    wire.store.call("pause_run", run="r", request="0b5e")
    assert json.loads(wire.requests[0].content) == {
        "p_request": "0b5e",
        "p_function": "pause_run",
        "p_arguments": {"run": "r"},
    }


def test_a_call_without_arguments_posts_an_empty_object(wire: Wire) -> None:
    wire.store.call("read_health")
    assert wire.requests[0].content == b"{}"


@pytest.mark.parametrize("value", [[], {}, None, 0, False, [{"ok": True}], 17, {"ü": "🙂"}])
def test_what_a_function_returned_comes_back_as_it_is(wire: Wire, value: object) -> None:
    wire.answer(httpx.Response(200, content=json.dumps(value), headers={"content-type": "application/json"}))
    assert wire.store.call(READ) == value


def test_only_the_part_for_functions_is_kept_so_nobody_can_sign_in_on_it(wire: Wire) -> None:
    assert not isinstance(wire.store._rest, Client)
    assert all(not isinstance(part, Client) for part in vars(wire.store).values())
    wire.store.call(READ)
    assert [request.url.path for request in wire.requests] == ["/rest/v1/rpc/read_place"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\0b", "character that cannot be stored"),
        ("broken \ud800 half", "character that cannot be stored"),
        (float("nan"), "number in it is infinite or none"),
        (float("inf"), "number in it is infinite or none"),
    ],
)
def test_what_cannot_be_stored_is_never_sent(wire: Wire, text: object, said: str) -> None:
    for value in (text, {"deep": [text]}):
        with pytest.raises(ValidationFailed, match=said):
            wire.store.call(SAFE_WRITE, text=value)
    assert wire.requests == []


def test_a_backslash_before_a_code_is_no_nul(wire: Wire) -> None:
    wire.store.call(SAFE_WRITE, text="\\u0000")
    assert json.loads(wire.requests[0].content) == {"p_text": "\\u0000"}


@pytest.mark.parametrize("name", ["x; select 1", "Read", "../auth/v1/admin", ""])
def test_a_function_name_is_never_an_address(wire: Wire, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        wire.store.call(name)
    assert wire.requests == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "PT400", ValidationFailed),
        (401, "PT401", SignedOut),
        (403, "PT403", NotAllowed),
        (404, "PT404", NotFound),
        (409, "PT409", Conflict),
        (410, "PT410", RoundClosed),
    ],
)
def test_a_refusal_of_a_function_is_the_domains_error_and_is_not_repeated(
    wire: Wire, status: int, code: str, error: type[FolkmootError]
) -> None:
    wire.answer(refused(status, code, "Clause C7 is gone. Reload."))
    with pytest.raises(error, match=r"^Clause C7 is gone\. Reload\.$") as caught:
        wire.store.call(READ)
    assert type(caught.value) is error
    assert len(wire.requests) == 1


def test_all_problems_of_a_form_arrive_at_once(wire: Wire) -> None:
    problems = json.dumps({"problems": ["No name.", "No title."]})
    wire.answer(refused(400, "PT400", "Two problems.", details=problems))
    with pytest.raises(ValidationFailed) as caught:
        wire.store.call(READ)
    assert caught.value.problems == ("No name.", "No title.")


FINAL: list[tuple[httpx.Response, type[FolkmootError], str]] = [
    (httpx.Response(401, json={"message": "Invalid API key", "hint": KEY}), StoreUnavailable, "refuses this server's"),
    (refused(401, "PGRST301", "JWSError"), StoreUnavailable, "refuses this server's key"),
    (html(401), StoreUnavailable, "refuses this server's key"),
    (refused(403, "42501", "permission denied for function"), StoreUnavailable, "does not offer “read_place”"),
    (html(403), StoreUnavailable, "network restrictions"),
    (refused(404, "PGRST202", "Could not find the function in the schema cache"), StoreUnavailable, "lib.cli migrate"),
    (refused(404, "PGRST205", "Could not find the table in the schema cache"), StoreUnavailable, "lib.cli migrate"),
    (refused(406, "PGRST106", "Invalid schema: public"), StoreUnavailable, "does not offer the schema “public”"),
    (refused(300, "PGRST203", "Could not choose the best candidate"), StoreUnavailable, "two functions of one name"),
    (refused(500, "PGRST300", "no JWT secret"), StoreUnavailable, "refuses this server's key"),
    (refused(404, "42883", "function does not exist"), StoreUnavailable, "lib.cli migrate"),
    (html(404), StoreUnavailable, "not at the address in SUPABASE_URL"),
    (httpx.Response(301, headers={"location": "https://elsewhere"}), StoreUnavailable, "not at the address"),
    (refused(409, "23505", "duplicate key"), Conflict, "there already"),
    (refused(400, "22P02", 'invalid input syntax for type uuid: "x"'), NotFound, "copied whole"),
    (refused(400, "22P05", "unsupported Unicode escape"), ValidationFailed, "cannot be stored"),
    (refused(500, "57014", "canceling statement due to statement timeout"), StoreUnavailable, "too busy"),
    (refused(500, "XX000", f"{KEY} broke"), StoreUnavailable, "could not do that"),
    (refused(405, "25006", "cannot execute UPDATE in a read-only transaction"), StoreUnavailable, "takes no writes"),
    (html(413), ValidationFailed, "too large"),
    (html(402), StoreUnavailable, "quota"),
    (html(540), StoreUnavailable, "paused. Its owner can restore it"),
    (html(418), StoreUnavailable, "HTTP 418"),
]


@pytest.mark.parametrize(("answer", "error", "said"), FINAL)
def test_an_answer_that_will_not_change_is_one_sentence_and_is_not_repeated(
    wire: Wire, answer: httpx.Response, error: type[FolkmootError], said: str
) -> None:
    wire.answer(answer)
    with pytest.raises(error, match=said):
        wire.store.call(READ)
    assert len(wire.requests) == 1


PASSING: list[Answer] = [
    html(500),
    html(502),
    html(503),
    html(504),
    html(520),
    html(522),
    html(544),
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    httpx.Response(200, headers={"content-type": "application/json"}, text='{"half": '),
    httpx.Response(200, headers={"content-type": "application/json"}, content='{"half": "ü'.encode()[:-1]),
    httpx.Response(200, headers={"content-type": "application/json"}, content=b"[" * 100_000),
    refused(503, "57P01", "terminating connection due to administrator command"),
    refused(503, "08006", "connection failure"),
    html(200),
    httpx.Response(204),
    httpx.Response(200),
]
"""Nobody knows whether the call was run."""

NOT_RUN: list[Answer] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    refused(503, "PGRST000", "could not connect with the database"),
    refused(503, "PGRST001", "database connection lost"),
    refused(503, "PGRST002", "schema cache loading"),
    refused(504, "PGRST003", "timed out acquiring connection"),
    refused(500, "57P03", "the database system is starting up"),
    refused(500, "53300", "too many connections"),
    refused(500, "40001", "could not serialize"),
    refused(500, "40P01", "deadlock detected"),
    html(429),
]
"""The call certainly changed nothing."""


@pytest.mark.parametrize("trouble", PASSING + NOT_RUN, ids=repr)
@pytest.mark.parametrize("function", [READ, SAFE_WRITE])
def test_a_passing_trouble_of_a_call_that_is_safe_to_repeat_is_never_seen(
    wire: Wire, function: str, trouble: Answer
) -> None:
    wire.answer(trouble, httpx.Response(200, json={"ok": True}))
    assert wire.store.call(function, text="mine") == {"ok": True}
    assert len(wire.requests) == 2
    assert wire.requests[0].content == wire.requests[1].content


UNNOTICED = refused(404, "PGRST202", "Could not find the function public.once in the schema cache")


@pytest.mark.parametrize("function", [READ, SAFE_WRITE, OTHER_WRITE, "set_workshop"])
def test_a_function_that_the_schema_has_is_asked_for_until_the_project_has_noticed_it(
    wire: Wire, function: str
) -> None:
    wire.store.has_schema = True
    wire.answer(UNNOTICED, UNNOTICED, httpx.Response(200, json={"ok": True}))
    assert wire.store.call(function) == {"ok": True}
    assert sum(wire.pauses) >= 4.0, "a schema cache takes seconds"


@pytest.mark.parametrize(("migrates_here", "tries"), [(True, 3), (False, 1)])
def test_a_project_that_was_migrated_a_moment_ago_is_given_time_to_notice(
    monkeypatch: pytest.MonkeyPatch, migrates_here: bool, tries: int
) -> None:
    answers = [UNNOTICED, UNNOTICED, httpx.Response(200, json={"schema_version": known_migrations()[-1].version})]
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = answers[min(len(asked), len(answers)) - 1]
        return httpx.Response(given.status_code, content=given.content, headers=given.headers)

    project = partial(SupabaseStore, transport=httpx.MockTransport(answer), sleep=lambda seconds: None)
    monkeypatch.setattr(supabase_rest, "SupabaseStore", project)
    monkeypatch.setattr(ready, "migrate", lambda address: ())
    store = ready.open_supabase(URL, KEY, "postgresql://owner" if migrates_here else None)
    if migrates_here:
        store.call("read_health")
        assert len(asked) == tries + 1
    else:  # nobody knows whether it has any schema
        with pytest.raises(StoreUnavailable, match=r"lib\.cli migrate"):
            store.call("read_health")
        assert len(asked) == tries
    store.close()


def test_a_function_that_the_project_never_notices_is_given_up_within_the_ordinary_repeats(wire: Wire) -> None:
    wire.store.has_schema = True
    wire.answer(UNNOTICED)
    with pytest.raises(StoreUnavailable, match=r"lib\.cli migrate"):
        wire.store.call(READ)
    assert len(wire.requests) == ATTEMPTS
    assert wire.now < REPEATED_FOR_S


@pytest.mark.parametrize("trouble", PASSING, ids=repr)
def test_a_write_that_may_have_been_run_is_not_repeated_if_that_could_do_it_twice(wire: Wire, trouble: Answer) -> None:
    wire.answer(trouble, httpx.Response(200, json={"ok": True}))
    with pytest.raises(StoreUnavailable, match=r"do it again|too busy"):
        wire.store.call(OTHER_WRITE)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("trouble", NOT_RUN, ids=repr)
def test_every_write_that_certainly_was_not_run_is_repeated(wire: Wire, trouble: Answer) -> None:
    wire.answer(trouble, httpx.Response(200, json={"ok": True}))
    assert wire.store.call(OTHER_WRITE) == {"ok": True}
    assert len(wire.requests) == 2


UNKNOWN_OUTCOMES: list[Answer] = [
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    html(502),
    httpx.Response(204),
    refused(503, "57P01", "terminating connection"),
]
LATER_TROUBLES: list[Answer] = [
    html(429),
    httpx.ConnectError("refused"),
    refused(500, "57014", "canceling statement due to statement timeout"),
    refused(500, "40001", "could not serialize"),
    refused(405, "25006", "cannot execute UPDATE in a read-only transaction"),
    refused(500, "XX000", "broke"),
    refused(404, "PGRST202", "Could not find the function in the schema cache"),
    html(540),
    html(402),
]


@pytest.mark.parametrize("later", LATER_TROUBLES, ids=repr)
@pytest.mark.parametrize("first", UNKNOWN_OUTCOMES, ids=repr)
@pytest.mark.parametrize("function", [SAFE_WRITE, "set_workshop"])
def test_after_a_try_that_may_have_been_run_no_later_trouble_says_that_nothing_was_written(
    wire: Wire, function: str, first: Answer, later: Answer
) -> None:
    wire.answer(first, later)
    with pytest.raises(StoreUnavailable, match=r"If what you did does not show, do it again") as caught:
        wire.store.call(function)
    assert len(wire.requests) >= 2
    assert "Nothing was written" not in str(caught.value)


def test_a_repeat_that_gets_no_turn_does_not_say_that_nothing_was_written(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_rest, "PATIENCE_S", 0.02)
    blocked, let_go = threading.Semaphore(0), threading.Event()
    others: list[threading.Thread] = []

    def block(request: httpx.Request) -> httpx.Response:
        blocked.release()
        let_go.wait(10)
        return httpx.Response(200, json={})

    def fill_up(seconds: float) -> None:
        """While the call pauses before its next try, others take every place."""
        wire.answer(block)
        for _ in range(supabase_rest.AT_ONCE):
            others.append(threading.Thread(target=wire.store.call, args=(READ,)))
            others[-1].start()
        for _ in others:
            blocked.acquire()

    monkeypatch.setattr(wire.store, "_sleep", fill_up)
    wire.answer(httpx.ReadError("reset"))
    try:
        with pytest.raises(StoreUnavailable, match="If what you did does not show"):
            wire.store.call(SAFE_WRITE)
    finally:
        let_go.set()
        for other in others:
            other.join(10)
    assert len(others) == supabase_rest.AT_ONCE


def test_a_refusal_after_a_try_that_may_have_been_run_is_the_functions_own_answer(wire: Wire) -> None:
    wire.answer(httpx.ReadError("reset"), refused(410, "PT410", "The round is closed."))
    with pytest.raises(RoundClosed, match=r"The round is closed\."):
        wire.store.call("cast_votes")


def test_a_write_that_certainly_was_not_run_in_any_try_says_so(wire: Wire) -> None:
    wire.answer(html(429), refused(500, "57014", "canceling statement due to statement timeout"))
    with pytest.raises(StoreUnavailable, match="Nothing was written"):
        wire.store.call(SAFE_WRITE)


def test_a_read_says_its_last_trouble_whatever_came_before(wire: Wire) -> None:
    wire.answer(httpx.ReadError("reset"), html(540))
    with pytest.raises(StoreUnavailable, match="paused"):
        wire.store.call(READ)


def test_repeats_end_and_pauses_between_them_grow(wire: Wire) -> None:
    wire.answer(html(503))
    with pytest.raises(StoreUnavailable):
        wire.store.call(READ)
    assert len(wire.requests) == ATTEMPTS
    assert wire.pauses == sorted(wire.pauses)
    assert wire.pauses[-1] > 2 * wire.pauses[0]


def test_slow_answers_end_the_repeats_before_their_number_does(wire: Wire) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        wire.now += 20.0
        raise httpx.ReadTimeout("slow")

    wire.answer(slow)
    with pytest.raises(StoreUnavailable):
        wire.store.call(READ)
    assert len(wire.requests) == 2
    assert wire.now < REPEATED_FOR_S + 20.0


def test_the_other_side_is_left_alone_as_long_as_it_asks_within_reason(wire: Wire) -> None:
    patient = httpx.Response(429, headers={"retry-after": "2"})
    endless = httpx.Response(429, headers={"retry-after": "86400"})
    odd = httpx.Response(429, headers={"retry-after": "Sun, 22 Nov 2026 12:00:00 GMT"})
    wire.answer(patient, endless, odd, httpx.Response(200, json={}))
    wire.store.call(READ)
    assert wire.pauses[:2] == [2.0, supabase_rest.LONGEST_PAUSE_S]
    assert wire.pauses[2] < 2.0


@pytest.mark.parametrize("trouble", [httpx.ConnectTimeout("slow"), httpx.ReadTimeout("slow"), httpx.ConnectError("no")])
def test_while_nobody_answers_everybody_is_told_at_once_and_one_asks_again_after_a_while(
    wire: Wire, trouble: Exception
) -> None:
    wire.answer(trouble)
    with pytest.raises(StoreUnavailable):
        wire.store.call(READ)
    asked = len(wire.requests)
    for _ in range(30):
        with pytest.raises(StoreUnavailable, match="cannot be reached at the moment"):
            wire.store.call(READ)
    assert len(wire.requests) == asked
    wire.now += supabase_rest.LONGEST_AWAY_S
    wire.answer(httpx.Response(200, json={"ok": True}))
    assert wire.store.call(READ) == {"ok": True}
    assert wire.store.call(READ) == {"ok": True}


def test_one_slow_call_among_others_that_are_answered_shuts_nobody_out(wire: Wire) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        wire.answer(httpx.Response(200, json={"ok": True}))
        wire.now += 3.0
        assert wire.store.call(SAFE_WRITE) == {"ok": True}  # somebody else, meanwhile
        wire.now += 7.0
        raise httpx.ReadTimeout("slow")

    wire.answer(slow)
    with pytest.raises(StoreUnavailable):
        wire.store.call(OTHER_WRITE)
    assert wire.store.call(READ) == {"ok": True}


def test_of_a_room_of_people_before_a_backend_that_hangs_only_the_first_wait_for_it() -> None:
    asked: list[float] = []

    def hang(request: httpx.Request) -> httpx.Response:
        asked.append(time.monotonic())
        time.sleep(0.2)  # in the place of ten seconds
        raise httpx.ReadTimeout("slow")

    store = SupabaseStore(URL, KEY, transport=httpx.MockTransport(hang))

    def ask(_: int) -> None:
        with pytest.raises(StoreUnavailable):
            store.call(READ)

    with ThreadPoolExecutor(100) as threads:
        list(threads.map(ask, range(100)))
    store.close()
    assert len(asked) <= supabase_rest.AT_ONCE * ATTEMPTS, "the others were told without being sent after them"


def test_no_error_and_no_log_line_holds_the_key_the_address_or_what_was_written(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    odd = refused(502, f"AAA\n{URL} {KEY}")
    for trouble in [*(answer for answer, _, _ in FINAL), *PASSING, *NOT_RUN, odd]:
        wire.answer(trouble)
        wire.now += 2 * supabase_rest.LONGEST_AWAY_S
        with pytest.raises(FolkmootError) as caught:
            wire.store.call(SAFE_WRITE, text="my private words")
        said.append(str(caught.value))
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    everything = " ".join(said) + caplog.text
    assert "event=store_trouble" in caplog.text
    for secret in (KEY, "abcdefgh", "supabase.co", "my private words"):
        assert secret not in everything


def test_the_client_of_its_own_is_http_1_with_timeouts_and_as_many_connections_as_calls() -> None:
    store = SupabaseStore(URL, KEY)
    pool = store._http._transport._pool  # type: ignore[attr-defined]
    assert (pool._http1, pool._http2) == (True, False)
    assert (pool._max_connections, pool._max_keepalive_connections) == (8, 8)
    assert pool._keepalive_expiry == 20.0
    assert store._http.timeout == httpx.Timeout(connect=5.0, read=10.0, write=10.0, pool=5.0)
    store.close()


def test_supabase_py_sends_through_that_client_and_makes_none_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[httpx.Client] = []
    make = httpx.Client.__init__

    def noted(client: httpx.Client, *args: Any, **kwargs: Any) -> None:
        made.append(client)
        make(client, *args, **kwargs)

    monkeypatch.setattr(httpx.Client, "__init__", noted)
    store = SupabaseStore(URL, KEY, transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})))
    for _ in range(3):
        store.call(READ)
    assert store._rest.session is store._http
    assert made == [store._http]
    store.close()


def test_a_process_makes_one_client_however_many_threads_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[SupabaseStore] = []
    healthy = httpx.Response(200, json={"schema_version": known_migrations()[-1].version})

    def make(url: str, key: str) -> SupabaseStore:
        made.append(SupabaseStore(url, key, transport=httpx.MockTransport(lambda request: healthy)))
        return made[-1]

    monkeypatch.setattr(supabase_rest, "SupabaseStore", make)
    settings = Settings(data_dir=Path("/nonexistent"), supabase_url=URL, supabase_key=KEY)
    monkeypatch.setattr(bootstrap, "read_settings", lambda *given: settings)
    monkeypatch.setattr(bootstrap, "build", _without_threads)
    bootstrap.override(None)
    try:
        with ThreadPoolExecutor(20) as threads:
            stores = list(threads.map(lambda _: bootstrap.application().store.ready(), range(20)))  # type: ignore[attr-defined]
        assert made == [stores[0]]
        assert {id(store) for store in stores} == {id(made[0])}
    finally:
        bootstrap.close()
        bootstrap.override(None)


def _without_threads(settings: Settings) -> Application:
    store = bootstrap.make_store(settings)
    return Application(settings, store, bootstrap.make_engine(settings, None), Reader(store))


def test_at_most_eight_calls_are_on_their_way(wire: Wire) -> None:
    inside, most = 0, 0
    lock, all_in = threading.Lock(), threading.Barrier(supabase_rest.AT_ONCE)

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        all_in.wait(10)  # opens only when eight are inside
        with lock:
            inside -= 1
        return httpx.Response(200, json={})

    wire.answer(answer)
    with ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda _: wire.store.call(READ), range(40)))
    assert most == supabase_rest.AT_ONCE


def test_a_gate_lets_in_who_has_waited_longest() -> None:
    gate, order, threads = Gate(1), [], []

    def pass_through(n: int) -> None:
        with gate.turn(10):
            order.append(n)

    with gate.turn(10):
        for n in range(20):
            threads.append(threading.Thread(target=pass_through, args=(n,)))
            threads[-1].start()
            while len(gate._queue) <= n:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order == list(range(20))


def test_who_waits_too_long_for_a_turn_is_told(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_rest, "PATIENCE_S", 0.05)
    let_go, began = threading.Event(), threading.Semaphore(0)

    def answer(request: httpx.Request) -> httpx.Response:
        began.release()
        let_go.wait(10)
        return httpx.Response(200, json={})

    wire.answer(answer)
    threads = [threading.Thread(target=wire.store.call, args=(READ,)) for _ in range(supabase_rest.AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in threads:
        began.acquire()
    with pytest.raises(StoreUnavailable, match="too busy"):
        wire.store.call(READ)
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert wire.store.call(READ) == {}, "the gate is whole again"


def test_a_closed_store_says_that_the_database_cannot_be_reached(wire: Wire) -> None:
    wire.store.close()
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        wire.store.call(READ)
