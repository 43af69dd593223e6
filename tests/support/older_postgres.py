"""PostgreSQL 15, 16 and 17 from npm (tests/node), for what must run on a server that is older than the embedded one."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from lib.store import postgres_binaries
from tests.support.supabase_lite import NODE_FOLDER, NODE_PACKAGES

MAJOR_VERSIONS: Final = (15, 16, 17)
TIMEOUT_S: Final = 60


class OlderPostgres:
    """A server of one major version in `folder`, which everybody can enter; its owner is `postgres`."""

    def __init__(self, major: int, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        # Copied: as root the server runs as an account that may not enter the checkout.
        self._programs = shutil.copytree(_native(major), folder / "programs", symlinks=True)
        for link in json.loads((self._programs / "pg-symlinks.json").read_text()):
            # What the package's install script would do, which `npm --ignore-scripts` leaves out.
            target = self._programs / Path(link["target"]).relative_to("native")
            target.unlink(missing_ok=True)
            target.symlink_to(Path(link["source"]).name)
        self._as_server: dict[str, Any] = {}
        if postgres_binaries.runs_as_root():
            postgres_binaries.check()
            account = postgres_binaries.SERVER_ACCOUNT
            self._as_server = {"user": account, "group": account}
            shutil.chown(folder, account, account)

    def start(self) -> str:
        """The owner's address."""
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        options = f"-h '' -k '{self._folder}' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}", f"--options={options}")
        return f"postgresql://postgres:unused@/postgres?host={self._folder}&port=5432"

    def stop(self) -> None:
        """End it."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait")

    def _run(self, program: str, *arguments: str) -> None:
        with (self._folder / "said").open("ab") as said:
            subprocess.run(
                [self._programs / "bin" / program, "--pgdata", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LD_LIBRARY_PATH": str(self._programs / "lib")},
                timeout=TIMEOUT_S,
                check=True,
                **self._as_server,
            )


def _native(major: int) -> Path:
    """The package's folder with the programs of this machine's kind."""
    for package in sorted(NODE_PACKAGES.glob("**/@embedded-postgres/*/package.json")):
        if json.loads(package.read_text())["version"].startswith(f"{major}."):
            return package.parent / "native"
    raise FileNotFoundError(
        f"no PostgreSQL {major} in {NODE_FOLDER}: run `bash tests/run tests/unit`, which installs it"
    )
