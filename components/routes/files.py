"""GET /files/{name}: what a person takes away, made when it is asked for, as its asker may see it then.

Not by `st.download_button`: Streamlit 1.67 forgets its file as soon as two scripts or fragments, whoever's, ran between
the press and the browser's request (`remove_orphaned_files` in runtime/media_file_manager.py). Then it answers 404.
"""

import html
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from anyio import fail_after, to_thread
from starlette.requests import Request
from starlette.responses import Response

from components.routes.answers import NO_STORE, refused, told
from components.routes.plain_page import ENTER_SCRIPT, plain_page
from lib.bootstrap import application
from lib.domain.errors import FolkmootError, NotFound, SignedOut
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.exports.workshop_json import UnsafeExport
from lib.security import hash_in
from lib.services import exporting
from lib.store.port import Store

ANSWER_WITHIN_S: Final = 10.0
"""Somebody waits beside the button; a store that hangs may try for longer than that."""
HEADERS: Final = {**NO_STORE, "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}

log = logging.getLogger("folkmoot.files")


@dataclass(frozen=True)
class Kind:
    """One kind of file: how it is made, and whether there is one for each version of the policy."""

    media_type: str
    make: Callable[[Store, Credential, int | None], str]
    has_versions: bool = False


KINDS: Final = {
    exporting.POLICY_FILE: Kind("text/markdown; charset=utf-8", exporting.policy_markdown, has_versions=True),
    exporting.PROMPT_FILE: Kind("text/plain; charset=utf-8", exporting.policy_as_prompt, has_versions=True),
    exporting.VOTES_FILE: Kind("text/csv; charset=utf-8", lambda store, who, _: exporting.votes_table(store, who)),
    exporting.DECISIONS_FILE: Kind(
        "text/markdown; charset=utf-8", lambda store, who, _: exporting.decisions_text(store, who)
    ),
    exporting.WORKSHOP_FILE: Kind("application/json", lambda store, who, _: exporting.workshop_as_json(store, who)),
}


@dataclass(frozen=True)
class Asked:
    """A file that somebody asked for, and in what they are known by."""

    name: str
    workshop: WorkshopId
    role: Role
    version: int | None

    @property
    def file_name(self) -> str:
        """The name that the file gets on the asker's computer, such as policy_v2.md."""
        if not KINDS[self.name].has_versions:
            return self.name
        stem, dot, suffix = self.name.rpartition(".")
        return f"{stem}_{f'v{self.version}' if self.version else 'now'}{dot}{suffix}"


async def take_away(request: Request) -> Response:
    """The file as an attachment, or a sentence: in JSON for our element, as a page for whoever opens the address."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return _refusal(request, "Another site asked for this file. Take it from the page of your workshop.", 403)
    try:
        asked = _asked(request)
        token_hash = hash_in(request.cookies, asked.role, asked.workshop)
        if token_hash is None:
            raise SignedOut("This browser is not signed in to the workshop any more. Open your personal link.")
        with fail_after(ANSWER_WITHIN_S):
            content = await to_thread.run_sync(
                _make, asked, Credential(asked.workshop, token_hash), abandon_on_cancel=True
            )
    except FolkmootError as error:
        return _refusal(request, str(error), refused(error).status_code)
    except TimeoutError:
        return _refusal(request, "The database did not give the file in time. Try again in a few seconds.", 503)
    except UnsafeExport:
        log.exception("event=unsafe_export file=%s", asked.name)
        return _refusal(
            request,
            "This file was held back, since it could hold something that is nobody’s to take. Tell whoever runs this "
            "server; its log says where.",
            500,
        )
    attachment = {"Content-Disposition": f'attachment; filename="{asked.file_name}"'}
    return Response(content, media_type=KINDS[asked.name].media_type, headers={**HEADERS, **attachment})


def _asked(request: Request) -> Asked:
    """What the address asks for.

    Raises:
        NotFound: there is no such file, workshop, role or version.
    """
    name, query = request.path_params["name"], request.query_params
    if name not in KINDS:
        raise NotFound(f"There is no file of this name. There are {', '.join(KINDS)}.")
    try:
        workshop, role = str(UUID(query.get("w", ""))), Role(query.get("role", ""))
    except ValueError:
        raise NotFound(
            "This address names no workshop and role. Take the file from the page of your workshop."
        ) from None
    version = query.get("version", "") if KINDS[name].has_versions else ""
    if version and not re.fullmatch(r"[1-9][0-9]{0,8}", version):
        raise NotFound("There is no such version. Choose one from the list of versions.")
    return Asked(name, WorkshopId(workshop), role, int(version) if version else None)


def _make(asked: Asked, credential: Credential) -> bytes:
    return KINDS[asked.name].make(application().store, credential, asked.version).encode()


def _refusal(request: Request, message: str, status: int) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return told(message, status)
    workshop = request.query_params.get("w", "")
    try:
        back = f"../review?w={UUID(workshop)}"
    except ValueError:
        back = "../"
    body = (
        f"<h1>This file could not be taken</h1><p>{html.escape(message)}</p>"
        f'<p><a href="{back}">Back to the workshop</a></p>'
    )
    return plain_page(body, ENTER_SCRIPT, status)
