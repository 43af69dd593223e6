"""The embedded PostgreSQL: private, found again after a kill, stopped by the last who leaves, plain about trouble."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from lib.domain.errors import StoreUnavailable
from lib.store import embedded, postgres_binaries
from lib.store.direct import owner_connection
from lib.store.postgres_binaries import runs_as_root

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys, time
from pathlib import Path
from lib.store import embedded
from lib.store.direct import owner_connection
with owner_connection(embedded.start(Path(sys.argv[1]))) as owner:
    owner.rows("select pg_advisory_lock(1)")  # two at once may both find no table and then both make one
    owner.rows("create table if not exists kept (n int)")
    owner.rows("insert into kept values (1)")
print("ready", flush=True)
sys.stdin.readline()
"""


class App:
    """Another process that uses the embedded database until told to end."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )

    def wait_until_ready(self) -> "App":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def end(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    name = open_folder / f"embedded {uuid4().hex[:6]}"  # a space, as in macOS's “Application Support”
    yield name
    embedded.release(name)
    embedded.stop(name)


def kept(folder: Path) -> int:
    with owner_connection(embedded.start(folder)) as owner:
        return len(owner.rows("select n from kept"))


def test_the_password_is_asked_for_and_readable_by_nobody_else(folder: Path) -> None:
    address = embedded.start(folder)
    password = folder / "postgres.password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700
    with pytest.raises(StoreUnavailable, match="refuses"), owner_connection(address.replace("postgres:", "postgres:x")):
        pass
    rules = (folder / "postgres" / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in rules if line and not line.startswith("#")} == {"scram-sha-256"}


def test_nothing_listens_on_the_network(folder: Path) -> None:
    with owner_connection(embedded.start(folder)) as owner:
        assert owner.rows("show listen_addresses") == [("",)]


def test_starting_twice_gives_the_same_server(folder: Path) -> None:
    assert embedded.start(folder) == embedded.start(folder)


def test_a_clean_end_stops_the_server(folder: Path) -> None:
    App(folder).wait_until_ready().end()
    assert not embedded.is_running(folder)


def test_the_last_process_to_leave_stops_the_server(folder: Path) -> None:
    first, second = App(folder), App(folder)
    first.wait_until_ready()
    second.wait_until_ready()
    first.end()
    assert embedded.is_running(folder)
    second.end()
    assert not embedded.is_running(folder)
    assert kept(folder) == 2


def test_a_killed_app_leaves_a_server_that_the_next_finds_and_stops(folder: Path) -> None:
    App(folder).wait_until_ready().kill()
    assert embedded.is_running(folder)
    App(folder).wait_until_ready().end()
    assert not embedded.is_running(folder)
    assert kept(folder) == 2


def test_a_killed_server_comes_back_with_everything(folder: Path) -> None:
    App(folder).wait_until_ready().end()
    embedded.start(folder)
    pid = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while embedded.is_running(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert kept(folder) == 1


def test_a_pid_that_another_program_took_over_is_no_server(folder: Path) -> None:
    App(folder).wait_until_ready().end()
    (folder / "postgres" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{folder / 'postgres'}\n0\n5432\n{folder}\n\n1 1\nready\n"
    )
    (folder / "postgres.processes.json").write_text(json.dumps([[os.getpid() + 1, 1.0]]))
    assert not embedded.is_running(folder)
    assert kept(folder) == 1


def test_a_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    folder.chmod(0o711)
    embedded.start(folder)
    assert embedded.is_running(folder)


def test_stop_ends_the_server_and_says_whether_there_was_one(folder: Path) -> None:
    assert not embedded.stop(folder)
    embedded.start(folder)
    assert embedded.stop(folder)
    assert not embedded.stop(folder)


def test_data_of_another_major_version_is_refused_and_kept(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(StoreUnavailable, match=r"made by PostgreSQL 16.*FOLKMOOT_DATA_DIR"):
        embedded.start(folder)
    version.write_text("18\n")


def test_a_lost_password_file_is_named(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    secret = folder / "postgres.password"
    aside = secret.rename(folder / "aside")
    with pytest.raises(StoreUnavailable, match=r"postgres\.password.*missing"):
        embedded.start(folder)
    aside.rename(secret)


def test_a_place_that_is_no_folder_is_named(open_folder: Path) -> None:
    file = open_folder / "a-file"
    file.write_text("")
    with pytest.raises(StoreUnavailable, match=r"a-file.*FOLKMOOT_DATA_DIR"):
        embedded.start(file / "inside")


def test_a_disk_without_room_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str, timeout_s: float) -> str:
        raise subprocess.CalledProcessError(1, "initdb", "", "could not write: No space left on device")

    monkeypatch.setattr("lib.store.postgres_binaries.run", run)
    with pytest.raises(StoreUnavailable, match="no room left"):
        embedded.start(folder)


def test_a_data_folder_open_to_others_is_refused_with_the_way_out(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    (folder / "postgres").chmod(0o755)
    with pytest.raises(StoreUnavailable, match="permissions"):
        embedded.start(folder)
    (folder / "postgres").chmod(0o700)


def test_of_several_starts_at_once_one_alone_makes_the_servers_account(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[str] = []
    most: list[int] = []

    def make(name: str) -> None:
        inside.append(name)
        time.sleep(0.02)
        most.append(len(inside))
        inside.pop()

    monkeypatch.setattr(postgres_binaries, "runs_as_root", lambda: True)
    monkeypatch.setattr(postgres_binaries.package, "ensure_user_exists", make)
    with ThreadPoolExecutor(8) as starts:
        for one in [starts.submit(postgres_binaries.check) for _ in range(8)]:
            one.result()
    assert most == [1] * 8


def test_a_very_long_folder_gets_its_socket_elsewhere(open_folder: Path) -> None:
    folder = open_folder / ("long" * 25)
    try:
        with owner_connection(embedded.start(folder)) as owner:
            assert owner.rows("select 1") == [(1,)]
    finally:
        embedded.release(folder)


@pytest.mark.skipif(not runs_as_root(), reason="only root runs PostgreSQL as another account")
def test_root_is_told_when_the_servers_account_cannot_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(StoreUnavailable, match="runs as root"):
        embedded.start(tmp_path / "inside")
