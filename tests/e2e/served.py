"""The real app in a process of its own, on a free port, with a home and a data folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 120
END_WITHIN_S = 60
NOT_OURS = ("FOLKMOOT_", "SUPABASE_", "STREAMLIT_")


class ServedApp:
    """`streamlit run Home.py`, started by `start`, ended by `end` as an operator would, or by `kill`."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        program: Sequence[str] = ("-m", "streamlit"),
    ) -> None:
        """`secrets` are texts of the environment that must reach no browser and no log."""
        self._program = program
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder / "app.log"
        self.secrets = secrets
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything the app has said so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def faults_in(self, log: str) -> list[str]:
        """Lines of a log that must not be there: a script that failed, a traceback, a secret."""
        signs = ("script_failed", "Uncaught app execution", "Traceback", *self.secrets)
        return [line for line in log.splitlines() if any(sign in line for sign in signs)]

    @property
    def pid(self) -> int | None:
        """The app's process, while it runs."""
        return self._process.pid if self._process else None

    def environment(self) -> dict[str, str]:
        """What the app sees: nothing of the operator's own settings, keys or home."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(NOT_OURS) and not name.endswith("_API_KEY") and name != "DATABASE_URL"
        }
        return {**kept, "HOME": str(self.home), "FOLKMOOT_DATA_DIR": str(self.data), **self._environment}

    def start(self) -> "ServedApp":
        """Start it and wait until it answers."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, *self._program, "run", "Home.py"),
                    *("--server.port", str(self.port), "--server.address", "127.0.0.1"),
                ],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._await_answer(self._process)
        except BaseException:  # whoever ends a test or a benchmark here leaves no server behind
            self.end()
            raise
        return self

    def start_if_it_ended(self) -> None:
        """For the next tests, where one ended it and failed before it was started again."""
        if self._process is None:
            self.start()

    def end(self) -> int:
        """End it as an operator would, and give its exit code."""
        return self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would: nothing gets a chance to save."""
        self._signal(signal.SIGKILL)

    def run_cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What a command of `python -m lib.cli` says and gives, on this app's data."""
        return subprocess.run(
            [sys.executable, "-m", "lib.cli", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while not self._answers():
            assert process.poll() is None, f"the app ended while it started:\n{self.log}"
            assert time.monotonic() < deadline, f"the app did not answer within {START_WITHIN_S} s:\n{self.log}"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _signal(self, number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the app did not end within {END_WITHIN_S} s of being told to") from None


def chromium() -> str:
    """The browser that the tests use: the one named in the environment, else the system's."""
    named = os.environ.get("FOLKMOOT_TEST_CHROMIUM")
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = named or next((path for name in names if (path := shutil.which(name))), None)
    assert found, "no Chromium: install it, or name one in FOLKMOOT_TEST_CHROMIUM"
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
