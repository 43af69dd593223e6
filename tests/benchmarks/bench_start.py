"""From nothing to the first usable page: how long the installation takes, how big it is, how fast the app stands.

Run with `python -m tests.benchmarks.bench_start`; `--installed` leaves the installation out and measures this one.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import FLAGS
from tests.e2e.served import ROOT, ServedApp, chromium

STARTS = 3
TARGET_S = 5.0


def main(arguments: list[str]) -> int:
    """Print the figures; 0 if the median first start is within the target."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        if "--installed" not in arguments:
            measure_installation(folder / "environment")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            first = [first_page_s(ServedApp(_new(folder / f"app{n}")), browser) for n in range(STARTS)]
            again = [first_page_s(ServedApp(_new(folder / "app0")), browser) for _ in range(STARTS)]
            browser.close()
    print(f"first start, with making the database: {_line(first)} (target: median {TARGET_S} s)")
    print(f"later starts: {_line(again)}")
    return int(sorted(first)[STARTS // 2] > TARGET_S)


def measure_installation(environment: Path) -> None:
    """Install into a new environment the way the README says, and print time and size."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    bare_mb = _size_mb(environment)
    started = time.perf_counter()
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", "requirements.txt"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    elapsed_s = time.perf_counter() - started
    print(f"installation: {elapsed_s:.0f} s, {_size_mb(environment) - bare_mb:.0f} MB")


def first_page_s(app: ServedApp, browser: Browser) -> float:
    """Seconds from the command to a lobby whose first field takes text."""
    started = time.perf_counter()
    app.start()
    page = browser.new_page()
    try:
        page.goto(app.url)
        page.get_by_role("textbox").first.wait_for(timeout=60_000)
        return time.perf_counter() - started
    finally:
        page.close()
        app.end()


def _new(folder: Path) -> Path:
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


def _line(seconds: list[float]) -> str:
    return f"median {sorted(seconds)[len(seconds) // 2]:.1f} s, from {min(seconds):.1f} to {max(seconds):.1f} s"


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink()) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
