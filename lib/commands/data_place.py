"""Where the rows of workshops are read from and written to: a database, named on the command line, as its owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lib.commands import configured
from lib.domain.errors import StoreUnavailable, ValidationFailed
from lib.settings import default_data_dir
from lib.store import embedded
from lib.store.direct import OwnerConnection, owner_connection
from lib.store.migrations import known_migrations, migrate
from lib.store.moving.rows import schema_version

CONFIGURED: Final = "configured"
EMBEDDED: Final = "embedded"
HOW_TO_NAME: Final = (
    "`configured` (what the settings say), `embedded` (the one in the data folder), env:NAME (the address stands in "
    "that variable, or under that name in secrets.toml), or postgresql://NAME:PASSWORD@HOST:PORT/DATABASE. An address "
    "given here shows its password in the list of processes and in the shell's history; env:NAME does not."
)


def address_of(place: str) -> str:
    """The address under which the owner of a place connects. The embedded database is started for it.

    Raises:
        ValidationFailed: it names no database.
        StoreUnavailable: the embedded database cannot be started.
    """
    if place == EMBEDDED:
        return embedded.start(Path(configured.values().get("FOLKMOOT_DATA_DIR") or default_data_dir()))
    if place == CONFIGURED:
        settings = configured.settings()
        if settings.owner_url is None and not settings.is_embedded:
            raise ValidationFailed(
                "Rows are moved, backed up and restored through the connection string of the Supabase project's "
                "database. Set SUPABASE_DB_URL to it (the button Connect in the project's dashboard shows it)."
            )
        return settings.owner_url or embedded.start(settings.data_dir)
    name = place.removeprefix("env:")
    address = configured.values().get(name, "").strip() if name != place else place
    if not address:
        raise ValidationFailed(f"{name} is not set. Set it to postgresql://NAME:PASSWORD@HOST:PORT/DATABASE.")
    if not address.startswith(("postgresql://", "postgres://")):
        shown = f"What {name} holds" if name != place else "This"
        raise ValidationFailed(f"{shown} is no database. Give {HOW_TO_NAME}")
    return address


@contextmanager
def place_to_read(place: str) -> Iterator[OwnerConnection]:
    """A connection to a place as it is. See `address_of`."""
    with owner_connection(address_of(place)) as connection:
        yield connection


@contextmanager
def place_to_write(place: str) -> Iterator[OwnerConnection]:
    """A connection to a place that was brought to this code's schema. See `address_of`."""
    address = address_of(place)
    migrate(address)
    with owner_connection(address) as connection:
        yield connection


def check_schema(connection: OwnerConnection) -> None:
    """Make sure that a place has this code's schema, without changing it.

    Raises:
        StoreUnavailable: with what to do.
    """
    found, needed = schema_version(connection), known_migrations()[-1].version
    if found is not None and found > needed:
        raise StoreUnavailable(f"The source was last used by a newer Folkmoot (schema {found}). Update this one first.")
    if found != needed:
        raise StoreUnavailable(
            f"The source has schema {found or 'none'}, and this Folkmoot {needed}. Run `python -m lib.cli migrate` on "
            "it first (--database-url names another database than the configured one)."
        )
