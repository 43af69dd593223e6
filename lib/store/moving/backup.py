"""Backing workshops up into a file, and restoring them: the whole file or nothing of it."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from lib.domain.errors import Conflict, NotFound, ValidationFailed
from lib.store.direct import OwnerConnection, StatementFailed
from lib.store.moving.backup_file import Backup, Kept, header_line, new_file, row_line, rows_of
from lib.store.moving.measure import measure
from lib.store.moving.move import check_join_code, explained
from lib.store.moving.rows import Row, change, dump, load, schema_version, snapshot, titles


def write_backup(connection: OwnerConnection, workshop_ids: Iterable[str], out: Path, now: datetime) -> Backup:
    """Write workshops (none named = all) to a new file, as they are at one moment, while people go on working.

    Raises:
        ValidationFailed: the file exists, or there is nothing to back up.
        NotFound: no workshop has one of these ids.
    """
    if out.exists():
        raise ValidationFailed(f"{out} exists. Nothing was written; give --out a new name.")
    try:
        with snapshot(connection):
            known = titles(connection)
            wanted = list(dict.fromkeys(workshop_ids)) or list(known)
            if missing := [workshop_id for workshop_id in wanted if workshop_id not in known]:
                raise NotFound(f"No workshop has the id {' or '.join(missing)}. Nothing was written.")
            if not wanted:
                raise ValidationFailed("This database holds no workshop. `doctor` tells which database is in use.")
            kept = tuple(Kept(one, known[one], measure(connection, one)) for one in wanted)
            backup = Backup(schema_version(connection) or "", now.isoformat(), kept)
            with new_file(out) as file:
                file.write(header_line(backup))
                for one in wanted:
                    file.writelines(row_line(one, row) for row in dump(connection, one))
    except StatementFailed as failed:
        raise explained(failed) from failed
    return backup


def restore_backup(connection: OwnerConnection, path: Path, backup: Backup, workshop_ids: Iterable[str]) -> list[Kept]:
    """Put workshops of a backup (none named = all) into a database: all of them, or none.

    Raises:
        ValidationFailed: the backup is of another schema, or a row of it cannot be taken.
        NotFound: the backup has no workshop of one of these ids.
        Conflict: the database has one of them already.
    """
    wanted = list(dict.fromkeys(workshop_ids)) or [kept.workshop_id for kept in backup.workshops]
    by_id = {kept.workshop_id: kept for kept in backup.workshops}
    if missing := [workshop_id for workshop_id in wanted if workshop_id not in by_id]:
        raise NotFound(f"{path} holds no workshop {' or '.join(missing)}. Nothing was restored.")
    _check_schema(path, backup, schema_version(connection))
    try:
        with change(connection):
            if taken := [said for one in wanted if (said := _in_the_way(connection, one))]:
                raise Conflict(
                    f"{' '.join(taken)} Nothing was restored. Name the workshops that you want, without these."
                )
            for workshop_id in wanted:
                kept = by_id[workshop_id]
                load(connection, workshop_id, _checked(connection, rows_of(path, kept)), kept.measures)
    except StatementFailed as failed:
        raise explained(failed) from failed
    return [by_id[workshop_id] for workshop_id in wanted]


def _in_the_way(connection: OwnerConnection, workshop_id: str) -> str | None:
    there = connection.rows("select title from public.workshops where id = %s", workshop_id)
    return f"Workshop {workshop_id} “{there[0][0]}” is there already." if there else None


def _checked(connection: OwnerConnection, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        if row.table == "workshops":
            check_join_code(str(json.loads(row.text).get("join_code")), connection)
        yield row


def _check_schema(path: Path, backup: Backup, found: str | None) -> None:
    if backup.schema_version == found:
        return
    if backup.schema_version > (found or ""):
        way_out = "Update Folkmoot, run `python -m lib.cli migrate`, then restore."
    else:
        way_out = (
            "Restore it into a new database with the Folkmoot that made it, then let this one use that database: it "
            "brings it up to date (`python -m lib.cli migrate`). `python -m lib.cli move` takes them from there."
        )
    raise ValidationFailed(
        f"{path} was made from schema {backup.schema_version}, and this database has {found or 'none'}. {way_out}"
    )
