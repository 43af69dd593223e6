"""Before anybody is anybody: a kill of the whole browser loses at most the last two seconds of what was typed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.e2e.conftest import FLAGS, Invite
from tests.e2e.person import IDLE, Person
from tests.e2e.served import ServedApp, chromium

KILLED_AFTER_MS = 2_500
GONE_WITHIN_S = 30
TEXTS_ON_DISK = """() => new Promise((resolve, reject) => {
    const request = indexedDB.open("folkmoot", 1)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
        const keys = request.result.transaction("texts").objectStore("texts").getAllKeys()
        keys.onsuccess = () => resolve(keys.result)
    }
})"""
WITHOUT_INDEXED_DB = "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('none here') } })"

OpenBrowser = Callable[[], BrowserContext]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def open_browser(browser: Browser, profile: Path) -> Iterator[OpenBrowser]:
    """A browser of its own, whose profile outlives it."""
    opened: list[BrowserContext] = []

    def open_one() -> BrowserContext:
        context = browser.browser_type.launch_persistent_context(profile, executable_path=chromium(), args=FLAGS)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        with suppress(Error):
            context.close()


def visit(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(IDLE)
    return page


def kill_browser(page: Page, profile: Path, texts: int) -> None:
    """End every process of the browser with this profile as a crash of the machine's memory would.

    Two seconds after the last keystroke all that was typed is kept, on a busy machine a little later.
    """
    page.wait_for_timeout(KILLED_AFTER_MS)
    expect(page.get_by_text("Kept in this browser.")).to_have_count(texts)
    pids = processes_of(profile)
    assert pids, "no browser runs on this profile"
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + GONE_WITHIN_S
    while processes_of(profile):
        assert time.monotonic() < deadline, "the browser did not go"
        time.sleep(0.05)


def processes_of(profile: Path) -> list[int]:
    """The browser on this profile, and all that it started."""
    parents, ours = {}, set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(parent)
            if f"--user-data-dir={profile}".encode() in (folder / "cmdline").read_bytes():
                ours.add(int(folder.name))
    while found := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= found
    return sorted(ours & set(parents))


@pytest.fixture
def join_link(invite: Invite) -> str:
    facilitator = invite("Facilitator", looks_closely=False)
    facilitator.open("/")
    facilitator.press("Create the workshop")
    facilitator.sees("is ready")
    return facilitator.page.locator("code").filter(has_text="/join/").first.inner_text()


@pytest.mark.long  # the title of a new workshop is kept the same way
def test_a_name_typed_before_joining_outlives_a_kill_of_the_browser(
    join_link: str, open_browser: OpenBrowser, profile: Path
) -> None:
    page = visit(open_browser(), join_link)
    page.get_by_label("Your name").press_sequentially("Ana Lima", delay=30)
    kill_browser(page, profile, texts=1)
    page = visit(open_browser(), join_link)
    expect(page.get_by_label("Your name")).to_have_value("Ana Lima")
    # What came back is as good as typed: it is handed over, and then forgotten.
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url("**/draft?w=*")
    expect(page.get_by_text("Ana Lima").first).to_be_visible()
    assert page.evaluate(TEXTS_ON_DISK) == []
    assert [name for name in page.evaluate("() => Object.keys(localStorage)") if "lobby" in name] == []


def test_title_and_brief_of_a_new_workshop_outlive_a_kill_of_the_browser_and_are_what_is_created(
    app: ServedApp, open_browser: OpenBrowser, profile: Path
) -> None:
    address = f"{app.url}/?begin=blank"
    page = visit(open_browser(), address)
    page.get_by_label("Title", exact=True).press_sequentially("What the clinic may say", delay=20)
    page.get_by_label("Brief").press_sequentially("For the night shift.", delay=20)
    kill_browser(page, profile, texts=2)
    page = visit(open_browser(), address)
    expect(page.get_by_label("Title", exact=True)).to_have_value("What the clinic may say")
    expect(page.get_by_label("Brief")).to_have_value("For the night shift.")
    page.get_by_role("button", name="Create the workshop").click()
    expect(page.get_by_text("“What the clinic may say” is ready")).to_be_visible()
    expect(page.get_by_text("This browser is the facilitator's.")).to_be_visible()
    assert page.evaluate(TEXTS_ON_DISK) == []


def test_a_browser_without_indexed_db_keeps_the_name_over_a_reload_and_joins(join_link: str, invite: Invite) -> None:
    ana: Person = invite("Ana", looks_closely=False)
    ana.page.add_init_script(WITHOUT_INDEXED_DB)
    ana.open(join_link)
    ana.field("Your name").press_sequentially("Ana")
    ana.sees("Kept in this browser.")
    ana.page.reload()
    ana.settle()
    expect(ana.field("Your name")).to_have_value("Ana")
    ana.press("Join")
    ana.page.wait_for_url("**/draft?w=*")
