"""Work that is done for each of several things, again and again, whatever goes wrong with one of them."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from lib.domain.errors import FolkmootError
from lib.live.saving import AGAIN_AFTER_S

log = logging.getLogger("folkmoot.document")


class Each:
    """Does one thing for each room: what one of them cannot do keeps none of the others waiting."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._first = self._first or error
        return True

    def fail(self) -> None:
        """Raise the first of what went wrong, once all had their turn."""
        if self._first is not None:
            raise self._first


async def once(work: Callable[[], Any]) -> None:
    """Do it; what fails is logged, and a while passes before it can be tried again."""
    try:
        await work()
    except FolkmootError as error:
        log.warning("event=document_waits reason=%s", type(error).__name__)
        await asyncio.sleep(AGAIN_AFTER_S[-1])
    except Exception:
        log.exception("event=document_task_failed")
        await asyncio.sleep(AGAIN_AFTER_S[-1])


async def ever(work: Callable[[], Any]) -> None:
    """Do it again and again."""
    while True:
        await once(work)
