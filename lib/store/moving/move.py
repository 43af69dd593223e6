"""Moves a workshop from one database to another: it is there whole and the same, or still here."""

from dataclasses import dataclass
from typing import Final

from lib.domain.errors import Conflict, NotFound, StoreUnavailable
from lib.store.direct import OwnerConnection, StatementFailed
from lib.store.moving.measure import Measures, differences, measure, same
from lib.store.moving.rows import change, delete, dump, hold, load

LOCK: Final = 4_077_201_992
"""The advisory lock that a move holds on both sides; any number that nobody else uses."""
TRIES: Final = 5
DEADLOCK, LOCK_TIMEOUT, TAKEN = "40P01", "55P03", "23505"


@dataclass(frozen=True)
class Moved:
    """What was moved. `was_there` = an earlier move had copied it and ended before it could delete it here."""

    workshop_id: str
    title: str
    measures: Measures
    was_there: bool

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(measured.rows for measured in self.measures.values())


def move(source: OwnerConnection, target: OwnerConnection, workshop_id: str, *, keep: bool) -> Moved:
    """Copy a workshop, make sure that it arrived, then delete it in the source unless `keep`.

    Nobody can change it in the source meanwhile. Whatever fails, the source keeps it as it was; after a kill at the
    worst moment both have it, the same, and a second call ends what the first began.

    Raises:
        NotFound: no workshop has this id in the source.
        Conflict: the target has it already, or its join code, or is the same database.
        StoreUnavailable: a database went away, or refused something.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _move(source, target, workshop_id, keep=keep)
        except StatementFailed as failed:
            # The only others who hold rows of this workshop are people who are using it at this moment.
            if failed.sqlstate != DEADLOCK or attempt == TRIES:
                raise explained(failed) from failed
    raise AssertionError("unreachable")


def check_join_code(source_code: str, target: OwnerConnection) -> None:
    """Make sure that nobody in the target uses this join code.

    Raises:
        Conflict: with who uses it and the way out.
    """
    users = target.rows("select id::text, title from public.workshops where join_code = %s", source_code)
    if users:
        [(other, title)] = users
        raise Conflict(
            f"Its join code {source_code} is also that of workshop {other} “{title}” there. Make a new code in the "
            "console of one of them, then try again."
        )


def explained(failed: StatementFailed) -> StoreUnavailable | Conflict:
    """A sentence for what a database refused of the owner's work."""
    if failed.sqlstate == TAKEN:
        return Conflict(
            f"Something of this workshop is there already, under the same id ({failed}). Nothing was written."
        )
    if failed.sqlstate == LOCK_TIMEOUT:
        return StoreUnavailable(
            "Somebody keeps changing the workshop. Nothing was changed here; try again in a minute."
        )
    if failed.sqlstate == "42501":
        return StoreUnavailable(
            f"The account in the database's address may not do this ({failed}). Use the connection string of the "
            "account that owns the database; on Supabase that is `postgres`."
        )
    return StoreUnavailable(f"The database refused this ({failed.sqlstate}: {failed}). Nothing was changed.")


def _move(source: OwnerConnection, target: OwnerConnection, workshop_id: str, *, keep: bool) -> Moved:
    with change(source):
        if not _is_alone(source):
            raise Conflict("Another move is under way in the source. Wait for its end, then try again.")
        source.rows("set local lock_timeout = '30s'")
        if not hold(source, workshop_id):
            raise NotFound(f"No workshop has the id {workshop_id} in the source. Nothing was moved.")
        [(title, code)] = source.rows("select title, join_code from public.workshops where id = %s", workshop_id)
        here = measure(source, workshop_id)
        with change(target):
            if not _is_alone(target):
                raise Conflict(
                    "Source and target are the same database, or another move is under way in the target. Nothing was "
                    "moved."
                )
            there = measure(target, workshop_id)
            was_there = bool(there) and not keep and same(there, here)
            if there and not was_there:
                raise _in_the_way(workshop_id, title, there, here)
            if not there:
                check_join_code(code, target)
                load(target, workshop_id, dump(source, workshop_id), here)
        if not keep:
            delete(source, workshop_id)
    return Moved(workshop_id, title, here, was_there)


def _is_alone(connection: OwnerConnection) -> bool:
    [(is_locked,)] = connection.rows("select pg_try_advisory_xact_lock(%s)", LOCK)
    return bool(is_locked)


def _in_the_way(workshop_id: str, title: str, there: Measures, here: Measures) -> Conflict:
    known = f"Workshop {workshop_id} “{title}” is in the target already"
    if same(there, here):
        return Conflict(f"{known}, with the same rows. Nothing was copied.")
    return Conflict(
        f"{known}, and not with the same rows ({differences(there, here)}). Nothing was moved. Find out which of the "
        "two people are working in, delete the other one in its console, then move again."
    )
