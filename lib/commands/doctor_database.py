"""The doctor's look at the database: is it there, does its schema fit, how fast is it, what time does it have."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from lib.bootstrap import make_store
from lib.commands.doctor_owner import examine_owner, ungranted
from lib.commands.finding import Finding, all_checked
from lib.domain.errors import StoreUnavailable
from lib.settings import Settings
from lib.store.decode import decode
from lib.store.direct import StatementFailed
from lib.store.migrations import check_version, known_migrations
from lib.store.port import Store

KINDS: Final = {
    "embedded": "embedded PostgreSQL",
    "given": "PostgreSQL of DATABASE_URL",
    "supabase": "Supabase project, PostgreSQL",
}
LOOKS: Final = 3
SLOW_S: Final = 1.0
SKEW_S: Final = 30.0
"""How far the clocks may be apart before timers and the age of links are visibly wrong."""
NO_SCHEMA: Final = "the project has no schema of Folkmoot yet (or its API has not noticed it)"
RUN_BY_HAND: Final = (
    "Folkmoot's functions are there, but nothing says which migrations made them: the files were run by hand. Mark "
    "them with `supabase migration repair --status applied VERSION…`, or begin with an empty project."
)
TOO_SLOW: Final = (
    ". More than a second makes every page wait: run the app near the database (same region), or look for load on "
    "either."
)


@dataclass(frozen=True)
class Health:
    """What `read_health` gives."""

    schema_version: str | None
    server_version: str
    now: datetime
    workshops: int


@dataclass(frozen=True)
class Look:
    """One answer of the database, when it was asked for, and how long it took."""

    health: Health
    asked: datetime
    took_s: float


def examine_database(settings: Settings) -> Iterator[Finding]:
    """What is found of the configured database, one after the other."""
    if settings.supabase_url and settings.supabase_key:
        yield from _supabase(settings, settings.supabase_url, settings.supabase_key)
        return
    store = make_store(settings)
    try:
        yield from all_checked("Database", lambda: _measured(settings, store))
        if settings.database_url:
            with suppress(StoreUnavailable, StatementFailed):  # said already, of the database itself
                yield from ungranted(settings.database_url)
    finally:
        store.close()


def _supabase(settings: Settings, url: str, key: str) -> Iterator[Finding]:
    """A project is looked at without changing it: the app alone brings its schema up to date."""
    from lib.store import supabase_probe
    from lib.store.supabase_rest import SupabaseStore

    grants_file = next(f"{m.version}_{m.name}.sql" for m in known_migrations() if m.name == "grants")
    health: Health | None = None

    def project() -> Iterator[Finding]:
        nonlocal health
        answer = supabase_probe.read_health(url, key, grants_file=grants_file)
        health = decode(Health, answer) if answer is not None else None
        yield from _schema(health, may_migrate=settings.supabase_db_url is not None)
        if health is not None and health.schema_version == known_migrations()[-1].version:
            store = SupabaseStore(url, key)
            try:
                yield from _measured(settings, store)
            finally:
                store.close()

    yield from all_checked("Database", project)
    yield from examine_owner(settings, health.schema_version if health else None, health.workshops if health else None)


def _schema(health: Health | None, *, may_migrate: bool) -> Iterator[Finding]:
    """What is wrong with the schema of a project, which this process does not change; nothing if it fits.

    Raises:
        StoreUnavailable: it was last used by a newer Folkmoot.
    """
    found, newest = health.schema_version if health else None, known_migrations()[-1].version
    if found == newest:
        return
    if found is not None and found > newest:
        check_version(found)
    if health is not None and found is None:
        yield Finding("Database", RUN_BY_HAND, is_fault=True)
        return
    what = f"the project's schema is {found}, this code's {newest}" if found else NO_SCHEMA
    if may_migrate:
        way_out = (
            "The app brings it up to date when it starts, through SUPABASE_DB_URL; `python -m lib.cli migrate` does "
            "it now."
        )
    else:
        way_out = (
            "Set SUPABASE_DB_URL and run `python -m lib.cli migrate`, or run `supabase db push`, or run in the "
            f"dashboard's SQL editor what `python -m lib.cli migrate --print{f' --after {found}' if found else ''}` "
            "prints (docs/deploy.md)."
        )
    yield Finding("Database", f"{what}. {way_out}", is_fault=not may_migrate, is_warning=may_migrate)


def _measured(settings: Settings, store: Store) -> Iterator[Finding]:
    """Kind, version, size, speed and clock of a database that answers."""
    store.call("read_health")  # opens it, which may take seconds
    looks = [_look(store) for _ in range(LOOKS)]
    health = looks[-1].health
    check_version(health.schema_version)
    took_s = median(look.took_s for look in looks)
    answers = f"answers in {took_s * 1000:.1f} ms" if took_s <= SLOW_S else f"takes {took_s:.1f} s to answer"
    yield Finding(
        "Database",
        f"{KINDS[settings.database_kind]} {health.server_version}, schema {health.schema_version}, "
        f"{health.workshops} workshop{'' if health.workshops == 1 else 's'}, {answers}"
        + (TOO_SLOW if took_s > SLOW_S else ""),
        is_warning=took_s > SLOW_S,
    )
    yield _clock(min(looks, key=lambda look: look.took_s))


def _look(store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Look:
    asked, started = now(), time.perf_counter()
    answer = store.call("read_health")
    took_s = time.perf_counter() - started
    if not isinstance(answer, dict):
        raise StoreUnavailable("What answers is no database of Folkmoot. Check the address in the settings.")
    return Look(decode(Health, answer), asked, took_s)


def _clock(look: Look) -> Finding:
    """Whether this computer and the database agree on the time, as exactly as one round trip can tell."""
    unsure_s = look.took_s / 2
    ahead_s = (look.asked + timedelta(seconds=unsure_s) - look.health.now).total_seconds()
    if abs(ahead_s) - unsure_s <= SKEW_S:
        return Finding("Clock", f"agrees with the database's within {max(abs(ahead_s), unsure_s):.1f} s")
    side = "ahead of" if ahead_s > 0 else "behind"
    return Finding(
        "Clock",
        f"this computer's is {abs(ahead_s):,.0f} s {side} the database's. Timers and links depend on both: switch on "
        "the synchronisation of the time (NTP) on this computer.",
        is_warning=True,
    )
