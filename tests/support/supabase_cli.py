"""The Supabase CLI on a database of the tests: the project folder copied aside, nothing sent anywhere."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from tests.support.supabase_lite import NODE_PACKAGES, node

SUPABASE: Final = Path(__file__).resolve().parents[2] / "supabase"
TIMEOUT_S: Final = 120


class SupabaseCli:
    """`supabase …` in `folder`, where it finds `config.toml` and `migrations` as they are in the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.migrations = folder / "supabase" / "migrations"
        shutil.copytree(SUPABASE, folder / "supabase", ignore=shutil.ignore_patterns(".temp"))

    def keep_migrations(self, count: int) -> None:
        """Leave the first `count` migrations only, as an older Folkmoot had them."""
        for file in sorted(self.migrations.glob("*.sql"))[count:]:
            file.unlink()

    def run(self, *words: str, address: str) -> str:
        """What a command says on a database, both outputs together; fails with it when the command fails."""
        done = self.attempt(*words, address=address)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    def attempt(self, *words: str, address: str) -> subprocess.CompletedProcess[str]:
        """A command that may fail."""
        program = NODE_PACKAGES / "supabase" / "dist" / "supabase.js"
        assert program.exists(), "tests/node/node_modules is missing: `bash tests/run tests/unit` installs it"
        return subprocess.run(
            [node(), str(program), *words, "--remote", _as_url(address), "--yes", "--workdir", str(self.folder)],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SUPABASE_", "PG"))}
        quiet = {"SUPABASE_TELEMETRY_DISABLED": "1", "DO_NOT_TRACK": "1", "SUPABASE_NO_UPDATE_NOTIFIER": "1"}
        return {**kept, **quiet, "HOME": str(self.folder), "SUPABASE_NO_KEYRING": "1"}


def _as_url(address: str) -> str:
    """The address with a host, which the CLI insists on; a socket's folder goes before it, from the query."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    login = parts.netloc.rpartition("@")[0]
    host = parts.netloc.rpartition("@")[2] or f"localhost:{query.get('port', '5432')}"
    socket_folder = f"&host={quote(query['host'], safe='')}" if "host" in query else ""
    return f"postgresql://{login}@{host}{parts.path}?sslmode=disable{socket_folder}"
