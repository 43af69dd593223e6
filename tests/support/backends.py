"""Where the workshops of a test live, and what an app needs to know of it: one PostgreSQL, on either transport."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.supabase_lite import SupabaseLite

TRANSPORTS = ("direct", "supabase")


@dataclass(frozen=True)
class Backend:
    """One database with the schema, as apps reach it. `lite` stands before it where they do so through Supabase."""

    address: str
    """The owner's address of the PostgreSQL itself."""
    environment: dict[str, str]
    secrets: tuple[str, ...]
    """What of the environment must reach no browser and no log."""
    lite: SupabaseLite | None = None


@contextmanager
def backend_on(transport: str, address: str) -> Iterator[Backend]:
    """The transport of this name on the database at the address."""
    if transport == "direct":
        yield Backend(address, {"DATABASE_URL": address}, tuple(filter(None, [urlsplit(address).password])))
        return
    with SupabaseLite(address) as lite:
        yield Backend(address, through_supabase(lite.url), (lite.secret_key, f"127.0.0.1:{lite.port}"), lite)


def through_supabase(url: str) -> dict[str, str]:
    """The settings of an app whose project is at this address."""
    return {"SUPABASE_URL": url, "SUPABASE_SECRET_KEY": SupabaseLite.secret_key}
