"""The doctor's look through the owner's connection: does it lead to the same database, and may the server use it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lib.commands.finding import Finding, all_checked
from lib.domain.errors import StoreUnavailable
from lib.settings import Settings
from lib.store.direct import OwnerConnection, StatementFailed, owner_connection
from lib.store.migrations import known_migrations, pending
from lib.store.moving.rows import schema_version

NAME: Final = "SUPABASE_DB_URL"
COPY_IT: Final = (
    "Copy the connection string of the session pooler (port 5432) from Connect in the project's dashboard, with the "
    "database's password in it"
)
UNGRANTED: Final = """
select proname::text from pg_proc
where pronamespace = 'public'::regnamespace and proname = any(%s)
  and not has_function_privilege('service_role', oid, 'execute')
order by 1
"""


@dataclass(frozen=True)
class Seen:
    """The database as its owner sees it. `workshops` is None without a schema."""

    version: str | None
    workshops: int | None
    waiting: int


def examine_owner(settings: Settings, version: str | None, workshops: int | None) -> Iterator[Finding]:
    """What is found of SUPABASE_DB_URL, compared with what the project's API said of itself (None = nothing)."""
    address = settings.supabase_db_url
    if address is None:
        yield Finding(
            NAME,
            "not set: the schema is brought up to date by hand, and `migrate`, `backup`, `restore`, `move` and "
            "`forget` cannot be used",
        )
        return
    if problem := _wrong_string(address, settings.supabase_url or ""):
        yield Finding(NAME, problem, is_fault=True)
        return
    yield from all_checked(NAME, lambda: _compared(address, version, workshops))


def _wrong_string(address: str, project_url: str) -> str | None:
    """Why this cannot be the connection string of the project, or None. The string is not repeated."""
    if re.search(r"\[[A-Z -]*PASSWORD\]", address, re.IGNORECASE):
        return f"the placeholder for the password is still in it. {COPY_IT}."
    try:
        parts = urlsplit(address)
        host, name = parts.hostname or "", parts.username or ""
    except ValueError:
        return f"it is not well formed; a password with special characters must be percent-encoded. {COPY_IT}."
    wanted = re.fullmatch(r"([a-z0-9]+)\.supabase\.co", urlsplit(project_url).hostname or "")
    found = re.fullmatch(r"db\.([a-z0-9]+)\.supabase\.co", host) or re.fullmatch(r"\w+\.([a-z0-9]+)", name)
    if wanted and found and wanted[1] != found[1]:
        return f"it belongs to another project than SUPABASE_URL. {COPY_IT}."
    return None


def _compared(address: str, version: str | None, workshops: int | None) -> Iterator[Finding]:
    try:
        with owner_connection(address) as connection:
            seen = _seen(connection)
    except StoreUnavailable as error:
        if "cannot be reached" not in str(error):
            raise
        raise StoreUnavailable(_unreachable(str(error), address)) from None
    except StatementFailed:
        raise StoreUnavailable(f"its account does not own Folkmoot's tables. {COPY_IT}.") from None
    if (seen.version, seen.workshops) != (version, workshops) and not (version is None and seen.waiting):
        yield Finding(NAME, _differs(seen, version, workshops), is_fault=True)
        return
    yield Finding(NAME, "leads to the same database" if version else "leads to a database that the app can prepare")
    if not seen.waiting:
        yield from ungranted(address)


def _seen(connection: OwnerConnection) -> Seen:
    waiting = len(pending(connection, known_migrations()))
    [(table,)] = connection.rows("select to_regclass('public.workshops')::text")
    count = connection.rows("select count(*) from public.workshops")[0][0] if table else None
    return Seen(schema_version(connection), count, waiting)


def _differs(seen: Seen, version: str | None, workshops: int | None) -> str:
    if version is None:
        return (
            "the schema is there, but the project's API does not offer it. If both lead to the same project, run "
            "`notify pgrst, 'reload schema';` in the dashboard's SQL editor and ask again in a minute; else "
            f"{COPY_IT[0].lower()}{COPY_IT[1:]}."
        )
    return (
        f"it seems to lead to another database than SUPABASE_URL: here schema {seen.version or 'none'} with "
        f"{seen.workshops or 0} workshops, there {version} with {workshops}. {COPY_IT}; if somebody created or deleted "
        "a workshop just now, ask again."
    )


def _unreachable(said: str, address: str) -> str:
    host, port = "", None
    with suppress(ValueError):
        host, port = urlsplit(address).hostname or "", urlsplit(address).port
    said = said.replace("The database", "Through it the database").partition(" `python")[0]
    said += " The app needs it to start, or needs it not to be set."
    if re.fullmatch(r"db\.[a-z0-9]+\.supabase\.co", host):
        return f"{said} This is the direct address, which many networks (IPv4) cannot reach. {COPY_IT}."
    if host.endswith(".pooler.supabase.com") and port != 6543:
        return f"{said} The pooler knows a project by region and by a name such as postgres.abcdefgh. {COPY_IT}."
    return f"{said} {COPY_IT}."


def _our_functions() -> list[str]:
    """Every function that a migration makes for the server; others may live in the same project."""
    return sorted({name for m in known_migrations() for name in re.findall(r"function public\.(\w+)\(", m.sql)})


def ungranted(address: str) -> Iterator[Finding]:
    """A fault if the server's role may not execute some of Folkmoot's functions; nothing if all is well.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with owner_connection(address) as connection:
        if pending(connection, known_migrations()):
            return
        names = [name for (name,) in connection.rows(UNGRANTED, _our_functions())]
    if names:
        file = next(f"{m.version}_{m.name}.sql" for m in known_migrations() if m.name == "grants")
        shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        yield Finding(
            "Grants",
            f"service_role may not execute {len(names)} of Folkmoot's functions ({shown}). Run the text of "
            f"supabase/migrations/{file} once more as the owner of the database (`migrate` skips it: it counts as "
            "applied).",
            is_fault=True,
        )
