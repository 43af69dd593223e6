"""POST /try-now: the policy's text of now on one scenario, its answer streamed back as it is written.

Lines of JSON: first `{run, problem}`, then each time what is new, `{phase, …}` with the words that came as `add`, or
with all of them as `text` where the answer began again. The run is the asker's like any other: when the browser goes
away it goes on, and the same request with `is_again` takes it up.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from anyio import fail_after, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from components.routes.answers import NO_STORE, not_ours, refused, told
from components.routes.enter import body_of
from components.routes.origins import is_own_origin
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError, StoreUnavailable, ValidationFailed
from lib.domain.ids import RunId, ScenarioId, WorkshopId
from lib.domain.people import Credential, Role
from lib.security import hash_in
from lib.services import testing
from lib.services.following import follow

MAX_BODY_BYTES: Final = 2_000
ANSWER_WITHIN_S: Final = 15.0
MOST_AT_ONCE: Final = 4
"""So many tries of one person are followed by one server at once, each in a page of its own."""
# Whatever stands in between must neither gather the lines nor compress them.
HEADERS: Final = {**NO_STORE, "X-Accel-Buffering": "no", "Content-Encoding": "identity"}

_followed: Counter[str] = Counter()


@dataclass(frozen=True)
class Asked:
    """A try that somebody asked for."""

    credential: Credential
    run: RunId
    scenario: ScenarioId | None
    shown: str | None
    """The mark of the model that the page named; None where it named none."""
    is_again: bool


async def try_now(request: Request) -> Response:
    """Begin a try, or take up one that was begun, and stream its answer; or a refusal in words."""
    app = application()
    asked = await _asked(request, app)
    if isinstance(asked, Response):
        return asked
    who = asked.credential.token_hash
    if _followed[who] >= MOST_AT_ONCE:
        return told("You are trying in several windows already. Stop one of them first.", 429)
    problem = ""
    try:
        if not asked.is_again:
            with fail_after(ANSWER_WITHIN_S):
                problem = await _begin(app, asked)
    except TimeoutError:
        return refused(StoreUnavailable("The database does not answer. Try again in a moment."))
    except FolkmootError as error:
        return refused(error)
    return StreamingResponse(_lines(app, asked, problem), media_type="application/x-ndjson", headers=HEADERS)


async def stop_trying(request: Request) -> Response:
    """End a try of one's own; what is written so far is not kept."""
    app = application()
    asked = await _asked(request, app)
    if isinstance(asked, Response):
        return asked
    try:
        await to_thread.run_sync(partial(testing.stop_run, app.store, app.engine, asked.credential, asked.run))
    except FolkmootError as error:
        return refused(error)
    return JSONResponse({}, headers=NO_STORE)


async def _asked(request: Request, app: Application) -> Asked | Response:
    if not is_own_origin(request, app.settings.public_url):
        return not_ours()
    try:
        body = await body_of(request, MAX_BODY_BYTES)
        workshop, role = str(UUID(body["workshop"])), Role(str(body["role"]))
        run, is_again = RunId(str(UUID(body["run"]))), body.get("is_again") is True
        scenario = ScenarioId(str(UUID(body["scenario"]))) if body.get("scenario") else None
        shown = str(body["shown"]) if "shown" in body else None
    except (ValidationFailed, KeyError, ValueError, TypeError, AttributeError):
        return told("This was not understood. Reload the page, then try again.", 400)
    token_hash = hash_in(request.cookies, role, workshop)
    if token_hash is None:
        return told("This browser is not signed in to the workshop any more. Open your personal link.", 401)
    return Asked(Credential(WorkshopId(workshop), token_hash), run, scenario, shown, is_again)


async def _begin(app: Application, asked: Asked) -> str:
    """Gives why the text could not become the policy, so that the one before is tried; "" if it did."""
    if asked.scenario is None:
        raise ValidationFailed("Choose a scenario to try the policy on.")
    problem, model = await asyncio.gather(
        app.rooms.level_now(asked.credential),
        to_thread.run_sync(testing.model_to_ask, app.store, app.engine, asked.credential, asked.shown),
    )
    begin = partial(
        testing.try_current,
        app.store,
        app.engine,
        asked.credential,
        asked.run,
        scenario_id=asked.scenario,
        model=model,
        max_tokens=app.settings.max_tokens,
    )
    await to_thread.run_sync(begin)
    return problem


async def _lines(app: Application, asked: Asked, problem: str) -> AsyncIterator[bytes]:
    who = asked.credential.token_hash
    _followed[who] += 1
    try:
        yield _line({"run": asked.run, "problem": problem})
        sent = ""
        steps = follow(app.store, app.engine, asked.credential, asked.run, is_new=not asked.is_again)
        async with aclosing(steps):
            async for step in steps:
                line = {name: value for name, value in asdict(step).items() if value not in (None, "", sent)}
                if step.text.startswith(sent):
                    line["add"] = line.pop("text", sent)[len(sent) :]
                sent = step.text or sent
                yield _line(line)
    except FolkmootError as error:
        yield _line({"phase": "failed", "reason": str(error), "is_gone": True})
    finally:
        _followed[who] -= 1
        if _followed[who] <= 0:
            del _followed[who]


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"
