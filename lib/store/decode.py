"""Turns the JSON of the database into the values of the domain."""

import logging
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from lib.domain.errors import StoreUnavailable

T = TypeVar("T")

log = logging.getLogger("folkmoot.store")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def decode(kind: type[T], value: Any) -> T:
    """The frozen dataclass (or tuple of them) that a function's JSON stands for.

    Raises:
        StoreUnavailable: the row is not what this version of the code expects. The log names the fields, never
            their contents.
    """
    try:
        return cast(T, _adapter(cast(Hashable, kind)).validate_python(value))
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in problem["loc"]) for problem in error.errors()})
        name = getattr(kind, "__name__", str(kind))
        log.error("event=undecodable type=%s fields=%s", name, ",".join(fields))
        raise StoreUnavailable(
            f"The database answered in a form that this version of Folkmoot does not know ({name}: "
            f"{', '.join(fields)}). Restart the app, so that code and database are of the same version."
        ) from None
