"""The app is killed in mid-workshop, twenty times: everything that had shown as saved is there."""

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Error, Page

from lib.security import hash_token
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.conftest import PHONE
from tests.e2e.person import IDLE
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, Someone, hash_of, new_id

KILLS = 20
SEED = 20260302
WORDS = "ask before answer which country date risk source never always name court letter deadline".split()

# Runs in the page: notes every text that the page calls saved, at the moment it does so.
NOTE_WHAT_IS_SAVED = """
() => {
  window.savedTexts = []
  const root = [...document.querySelectorAll("div")].map((e) => e.shadowRoot).find((r) => r?.querySelector("textarea"))
  const [input, state] = [root.querySelector("textarea"), root.querySelector(".state")]
  const note = () => { if (state.textContent.startsWith("Saved.")) window.savedTexts.push(input.value) }
  new MutationObserver(note).observe(state, { childList: true, characterData: true, subtree: true })
}
"""


@dataclass
class Witness:
    """What the pages have shown as saved, over all lives of the app."""

    draft: str = ""
    """The last unsent text that was called saved."""
    typed_since: list[str] = field(default_factory=list)
    """The texts that were begun after that one, each in an emptied field."""
    clauses: set[str] = field(default_factory=set)
    texts: int = 0


@pytest.mark.long
def test_twenty_kills_lose_nothing_that_showed_as_saved(open_folder: Path, browser: Browser) -> None:
    chance = random.Random(SEED)
    app = ServedApp(open_folder / f"kill-{uuid4().hex[:6]}")
    app.folder.chmod(0o711)
    try:
        app.start()
        address = embedded.start(app.data)
        migrate(address)
        store = DirectStore(address)
        built = Built(store)
        token = new_id().replace("-", "")[:22]
        ana = _ana(built, token)
        store.close()
        witness = Witness()
        for number in range(KILLS):
            _work_until_killed(app, browser, built, token, witness, chance)
            if number % 4 == 3:
                _kill_the_database(app)
            _check(app, ana, witness)
            app.start()
    finally:
        app.end()
        embedded.release(app.data)
    assert len(witness.clauses) > KILLS // 3, "the kills came before anybody could work"


def _ana(built: Built, token: str) -> Someone:
    person = new_id()
    built.store.call("join_workshop", join_code=built.code, person=person, name="Ana", token_hash=hash_token(token))
    assert hash_of(token) == hash_token(token)
    return Someone(built.store, built.workshop, token, person)


def _work_until_killed(
    app: ServedApp,
    browser: Browser,
    built: Built,
    token: str,
    witness: Witness,
    chance: random.Random,
) -> None:
    """Type and add clauses, again and again, in a browser that remembers nothing of earlier lives."""
    context = browser.new_context(viewport=PHONE)
    context.add_cookies([{"name": f"folkmoot_participant_{built.workshop}", "value": token, "url": app.url}])
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{app.url}/draft?w={built.workshop}&view=clauses")
    page.wait_for_selector(IDLE)
    field_ = page.get_by_label("Your clause", exact=True)
    field_.wait_for()
    page.evaluate(NOTE_WHAT_IS_SAVED)
    killer = threading.Timer(chance.uniform(1.0, 9.0), app.kill)
    killer.start()
    context.set_default_timeout(3_000)
    try:
        while killer.is_alive():
            witness.texts += 1
            text = f"{witness.texts:04}: " + " ".join(chance.choices(WORDS, k=8))
            witness.typed_since.append(text)
            field_.fill("")
            field_.press_sequentially(text, delay=15)
            _note_saved(page, witness)
            if chance.random() < 0.6:
                page.get_by_role("button", name="Add to policy").click()
                page.locator("article .wording", has_text=text).first.wait_for()
                witness.clauses.add(text)
    except (Error, AssertionError):
        pass  # The app is gone; what was shown before that counts.
    killer.join()
    with contextlib.suppress(Error):
        _note_saved(page, witness)
    context.close()


def _note_saved(page: Page, witness: Witness) -> None:
    saved = [text for text in page.evaluate("() => window.savedTexts.splice(0)") if text]
    if saved:
        witness.draft = saved[-1]
        witness.typed_since = [text for text in witness.typed_since if text[:4] > witness.draft[:4]]


def _kill_the_database(app: ServedApp) -> None:
    """The machine goes down with everything: the server is killed too, and recovers from its log."""
    pid = int((app.data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    while embedded.is_running(app.data):
        time.sleep(0.05)


def _check(app: ServedApp, ana: Someone, witness: Witness) -> None:
    store = DirectStore(embedded.start(app.data))
    asker = Someone(store, ana.workshop, ana.token, ana.person)
    policy = asker.call("read_policy")["policy"]
    wordings = {clause["wording"] for clause in policy["clauses"]}
    assert witness.clauses <= wordings
    drafts = asker.call("read_drafts")
    kept = drafts.get("clause:new", {"text": ""})["text"]
    # What is kept may be newer than what the page had time to call saved, never older.
    if kept:
        is_begun_anew = any(text.startswith(kept) for text in witness.typed_since)
        assert kept.startswith(witness.draft) or is_begun_anew, (kept, witness)
    else:
        assert witness.typed_since or witness.draft in wordings or not witness.draft, witness.draft
    store.close()
