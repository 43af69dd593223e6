"""A person at a browser of their own, who notices whatever is wrong with a page."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.e2e.findings import is_known, serious_findings
from tests.e2e.heard import Frame, told

SLOW_MS = 40_000
OF_A_LOST_LINE = (
    *("ERR_CONNECTION", "ERR_INTERNET_DISCONNECTED", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED"),
    *("WebSocket", "_stcore/health", "is not responding"),
)
"""What a browser, and Streamlit in it, note by themselves while no server can be reached."""
OF_A_SIGN_OUT = ("/document?", "/standing?", "(Unauthorized)")
"""And when the live document and what else is open is refused to whoever is signed in no more."""
LOOKS = 4
"""So often a page is looked over: what is wrong with it is wrong each time."""
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"], form#join'
"""A page of Streamlit that is drawn, or the page of a join link, which is none."""
IS_OPEN = """() => [...document.querySelectorAll("[data-testid=stExpander] details")].every(
  (one) => one.getAnimations().every(({ playState }) => playState !== "running")
)"""
"""Nothing that was folded is still growing: until then its button may move away between the two halves of a click."""

IS_TOO_WIDE = """() => {
  const page = document.querySelector("[data-testid=stMain]")
  return page !== null && page.scrollWidth > page.clientWidth
}"""


@dataclass
class Person:
    """One browser context with one page. `complaints` gathers what no page may do."""

    name: str
    context: BrowserContext
    page: Page
    url: str
    artifacts: Path
    looks_closely: bool = True
    """False for one more of several who see the same: a close look costs seconds."""
    complaints: list[str] = field(default_factory=list)
    must_not_receive: set[str] = field(default_factory=set)
    """Texts that nothing which the server sends to the page may hold, shown or not."""
    must_never_receive: tuple[str, ...] = ()
    """The same for all of the time, in pages and files too: the server's own keys and addresses."""
    has_left: bool = False
    _forgiven: tuple[str | re.Pattern[str], ...] = ()
    _heard: deque[Frame] = field(default_factory=lambda: deque(maxlen=400))

    def __post_init__(self) -> None:
        self.context.set_default_timeout(SLOW_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._note("console", f"uncaught: {error}"))
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._receive))
        self.page.on("crash", lambda _: self._note("console", "the page crashed"))

    def forgive(self, *reasons: str | re.Pattern[str]) -> None:
        """Take no note of what a test brought about on purpose: complaints with one of these in them. All others stay.

        It holds until the person leaves: what was sent before is answered when the server comes to it.
        """
        self._forgiven += reasons
        self.complaints = [one for one in self.complaints if not self._is_forgiven(one)]

    def open(self, path: str = "/") -> None:
        """Open an address of the app, or a whole link, and wait until the page stands."""
        self.page.goto(path if path.startswith("http") else self.url + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has been drawn and is not being redrawn."""
        self.page.wait_for_selector(IDLE)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        self.page.wait_for_function(IS_OPEN)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until a text shows."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=SLOW_MS)

    def sees_not(self, text: str | re.Pattern[str]) -> None:
        """The text shows nowhere."""
        expect(self.page.get_by_text(text).filter(visible=True)).to_have_count(0)

    def field(self, label: str | re.Pattern[str]) -> Locator:
        """The field of this label."""
        return self.page.get_by_label(label, exact=isinstance(label, str)).first

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """The button of this name."""
        return self.page.get_by_role("button", name=name).first

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button, and wait for what it does."""
        self.button(name).click()
        self.settle()

    def go(self, name: str | re.Pattern[str]) -> None:
        """Follow a link of the page or of its menu, and wait for the page behind it."""
        self.page.get_by_role("link", name=name).first.click()
        self.settle()

    def look(self, where: str) -> None:
        """Look the page over: no exception box, no scrolling sideways, nothing serious for assistive technology."""
        self.settle()
        boxes = self.page.get_by_test_id("stException")
        for box in boxes.all():
            self._note("exception", f"{where}: {box.inner_text()[:500]}")
        if self.page.locator("[class*='st-key-unexpected_error']").count():
            self._note("exception", f"{where}: the page says that something unexpected happened")
        if self.page.evaluate(IS_TOO_WIDE):
            self._note("layout", f"{where}: the page is wider than the window")
        for finding in self._serious():
            self._note("axe", f"{where}: {finding}")
        self.look_for_leaks(where)
        self.picture(where)

    def _serious(self) -> list[str]:
        for _ in range(LOOKS):  # what fades while it is drawn anew has little contrast for a moment
            found = self._violations()
            if not found:
                break
            self.page.wait_for_timeout(1_000)
            self.settle()
        return found

    def _violations(self) -> list[str]:
        return serious_findings(Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"])

    def look_for_leaks(self, where: str) -> None:
        """The page as it stands in the browser holds nothing of what must never be received."""
        self._search(self.page.content(), where)

    def download(self, link: str) -> str:
        """The text of the file that a link gives, looked through as well; the page stays where it is."""
        address = self.page.url
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=link, exact=True).click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        self.sees(f"“{link}” is downloaded as {waiting.value.suggested_filename}.")
        assert self.page.url == address
        self._search(text, link)
        return text

    def fetch(self, path: str) -> str:
        """What the app answers to this browser at an address, with its headers, looked through as well."""
        answer = self.context.request.get(self.url + path)
        text = f"{answer.status} {answer.headers} {answer.text()}"
        self._search(text, path)
        return text

    def leave(self) -> None:
        """Close the browser, such as before its server is killed."""
        self.look_for_leaks("at the end")
        self.picture("at the end")
        self.has_left = True
        self.context.close()

    def picture(self, where: str) -> None:
        """Keep a picture of the page, for whoever reads a failure."""
        self.artifacts.mkdir(parents=True, exist_ok=True)
        width = (self.page.viewport_size or {"width": 0})["width"]
        self.page.screenshot(path=self.artifacts / f"{self.name}-{where}-{width}.png".replace(" ", "_"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            self._note("console", f"{message.text} {place}")

    def _receive(self, payload: str | bytes) -> None:
        received = payload.encode() if isinstance(payload, str) else payload
        self._heard.append((time.monotonic(), received))
        for text in (*self.must_not_receive, *self.must_never_receive):
            if text.encode() in received:
                self._note("leak", f"the page received “{text}”")

    def _search(self, text: str, where: str) -> None:
        for secret in self.must_never_receive:
            if secret in text:
                self._note("leak", f"{where} holds “{secret}”")

    def _note(self, kind: str, text: str) -> None:
        if not is_known(kind, text) and not self._is_forgiven(text):
            heard = f"\n{told(self._heard)}" if "delta path" in text else ""
            self.complaints.append(f"{self.name}, {kind}: {text}{heard}")

    def _is_forgiven(self, complaint: str) -> bool:
        return any(one in complaint if isinstance(one, str) else one.search(complaint) for one in self._forgiven)
