"""“Try it now”: how much later than the model's own first word the first word comes, counted from a keystroke.

Run with `python -m tests.benchmarks.bench_try [provider|supabase|embedded|browser …]`. The real app on its own embedded
PostgreSQL; a keystroke goes over the document's socket, and once it is saved the text is tried. First with a provider
whose first word takes a known time, in a process of its own; then with the embedded model, whose time to the first word
is measured directly beside; then in a real browser, from the key's press to the first word in the page.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from lib.domain.people import Role
from lib.llm.catalogue import EMBEDDED_MODEL
from lib.llm.models import AllModels
from lib.llm.port import ChatRequest, ModelSettings, TextPiece
from lib.policy.prompt import messages
from lib.security import cookie_name
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.served import ServedApp, chromium
from tests.support.backends import backend_on
from tests.support.light_document import LightDocument
from tests.support.openai_stub import stub_in_a_process
from tests.support.workshop_builder import Built, Someone, new_id

TRIES = 40
TRIES_OF_EMBEDDED = 12
FIRST_WORD_S = 0.2
"""What the provider takes."""
TARGET_MS = 200.0
REST_S = 0.15
KINDS = ("provider", "supabase", "embedded", "browser")


def main() -> int:
    """Print the figures; 0 if all are within the target."""
    kinds = sys.argv[1:] or KINDS
    with ExitStack() as exits:
        temporary = tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True)
        folder = Path(exits.enter_context(temporary))
        folder.chmod(0o711)
        address = embedded.start(folder / "server")
        exits.callback(embedded.release, folder / "server")
        migrate(address)
        store = DirectStore(address)
        exits.callback(store.close)
        provider = exits.enter_context(stub_in_a_process(FIRST_WORD_S))
        stub = {"FOLKMOOT_MODEL": "openai/stub", "FOLKMOOT_API_BASE": provider, "OPENAI_API_KEY": "sk-bench"}
        own_ms = asyncio.run(_own_time(provider))
        met = []
        if "provider" in kinds or "browser" in kinds:
            app = _app(exits, folder / "a", {"DATABASE_URL": address, **stub})
            if "provider" in kinds:
                met.append(_report("a provider, direct", asyncio.run(_tries(store, app, TRIES)), own_ms))
            if "browser" in kinds:
                met.append(_report("a real browser, from the key's press", _in_browser(store, app), own_ms))
        if "supabase" in kinds:
            with backend_on("supabase", address) as backend, ExitStack() as inner:
                app = _app(inner, folder / "b", {**backend.environment, **stub})
                met.append(_report("a provider, Supabase", asyncio.run(_tries(store, app, TRIES)), own_ms))
        if "embedded" in kinds:
            met.append(_embedded(store, _app(exits, folder / "c", {"DATABASE_URL": address})))
    print(f"on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return int(not all(met))


def _app(exits: ExitStack, folder: Path, environment: dict[str, str]) -> ServedApp:
    app = ServedApp(folder, environment={"FOLKMOOT_MAX_TOKENS": "16", **environment}).start()
    exits.callback(app.end)
    return app


def _report(where: str, waits_ms: list[float], own_ms: float) -> bool:
    over = [wait - own_ms for wait in waits_ms]
    p50, p95 = statistics.median(over), statistics.quantiles(over, n=20)[18]
    print(
        f"{where}: first word {statistics.median(waits_ms):.0f} ms after the keystroke, the model's own {own_ms:.0f}; "
        f"over it p50 {p50:.0f} ms, p95 {p95:.0f} ms [target ≤ {TARGET_MS:.0f}]"
    )
    return p95 <= TARGET_MS


async def _own_time(provider: str) -> float:
    """What the provider itself takes to its first word."""
    asked = {"model": "stub", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    waits = []
    async with httpx.AsyncClient(timeout=30) as client:
        for _ in range(10):
            began = time.perf_counter()
            async with client.stream("POST", f"{provider}/chat/completions", json=asked) as answer:
                async for _chunk in answer.aiter_raw():
                    waits.append((time.perf_counter() - began) * 1000)
                    break
    return statistics.median(waits)


async def _tries(store: DirectStore, app: ServedApp, count: int) -> list[float]:
    """From a keystroke to the first word, each time; the first two are not counted: modules are loaded then."""
    built = Built(store, max_calls=1000)
    ana = built.join("Ana")
    cookie = (cookie_name(Role.PARTICIPANT, built.workshop), ana.token)
    waits_ms = []
    headers = {"Origin": app.url, "Cookie": "=".join(cookie)}
    async with (
        LightDocument(app.url, built.workshop, cookie) as page,
        httpx.AsyncClient(base_url=app.url, headers=headers, timeout=120) as client,
    ):
        for number in range(count + 2):
            await asyncio.sleep(REST_S)
            page.typist.edit(len(page.typist.text), 0, "x")
            began = time.perf_counter()
            await page.send()
            await page.until(lambda typist: typist.is_saved)
            saved = time.perf_counter()
            first = await _first_word(client, built, began, {"saved": saved})
            if number > 1:
                waits_ms.append(first)
    return waits_ms


async def _first_word(client: httpx.AsyncClient, built: Built, began: float, marks: dict[str, float]) -> float:
    asked = {"workshop": built.workshop, "role": "participant", "scenario": built.scenarios[0], "run": new_id()}
    first = 0.0
    async with client.stream("POST", "/try-now", json=asked) as answer:
        assert answer.status_code == 200, await answer.aread()
        marks["answer"] = time.perf_counter()
        async for text in answer.aiter_lines():
            line: dict[str, Any] = json.loads(text)
            if line.get("phase"):
                marks.setdefault(line["phase"], time.perf_counter())
            if line.get("add") and not first:
                first = (time.perf_counter() - began) * 1000
    if os.environ.get("BENCH_MARKS"):
        print({name: round((at - began) * 1000) for name, at in marks.items()}, round(first))
    return first


def _embedded(store: DirectStore, app: ServedApp) -> bool:
    """Through the app, and asked directly with the same messages, one after the other so that they share nothing."""
    built_ms = asyncio.run(_tries(store, app, TRIES_OF_EMBEDDED))
    app.end()
    own = asyncio.run(_embedded_directly())
    return _report("the embedded model", built_ms, statistics.median(own))


async def _embedded_directly() -> list[float]:
    model = AllModels()
    policy = "# Manner\n\n- Ask before you answer.\n- Name a source.\n"
    settings = ModelSettings(EMBEDDED_MODEL)
    waits = []
    try:
        for number in range(TRIES_OF_EMBEDDED + 2):
            sent = messages(policy + "x" * (number + 1), [{"role": "user", "content": "My landlord keeps my deposit."}])
            began = time.perf_counter()
            async for event in model.stream(ChatRequest(settings, tuple(sent), max_tokens=16)):
                if isinstance(event, TextPiece):
                    waits.append((time.perf_counter() - began) * 1000)
                    began = float("inf")
    finally:
        await model.close()
    return [wait for wait in waits if wait > 0][2:]


def _in_browser(store: DirectStore, app: ServedApp) -> list[float]:
    """From the press of a key in the editor, and Ctrl+Enter at once, to the first word of the answer in the page."""
    from playwright.sync_api import sync_playwright

    built = Built(store, max_calls=1000)
    ana: Someone = built.join("Ana")
    waits = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--headless", "--no-sandbox"])
        context = browser.new_context()
        cookie = {"name": cookie_name(Role.PARTICIPANT, built.workshop), "value": ana.token, "url": app.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{app.url}/draft?w={built.workshop}")
        page.get_by_role("radio", name="Write together").click()
        page.locator(".fm-status").get_by_text("Saved", exact=True).wait_for()
        page.get_by_role("region", name="Try it now").wait_for()
        page.wait_for_timeout(3000)
        for _ in range(TRIES // 2 + 2):
            waits.append(float(page.evaluate(_PRESS)))
        browser.close()
    return waits[2:]


# The editor's own key handling, from inside of the page, so that nothing of the test's is in the figure.
_PRESS = """async () => {
  const find = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.classList?.contains("try")) return one
      const found = one.shadowRoot && find(one.shadowRoot)
      if (found) return found
    }
  }
  const region = find(document)
  const words = region.querySelector(".answer > .words")
  const state = region.querySelector(".state")
  const { editor } = document.querySelector(".fm-text").env
  for (const one of [words, state]) one.textContent = "" // of the try before
  editor.focus()
  const began = performance.now()
  editor.insert("x")
  editor.execCommand("tryNow")
  const first = new Promise((done) => {
    const watcher = new MutationObserver(() => {
      if (!words.textContent) return
      watcher.disconnect()
      done(performance.now() - began)
    })
    watcher.observe(region, { subtree: true, childList: true, characterData: true })
  })
  const took = await first
  while (!state.textContent.startsWith("Answered")) await new Promise((done) => setTimeout(done, 50))
  await new Promise((done) => setTimeout(done, 1000)) // Another press sooner would be one that is held down.
  return took
}"""


if __name__ == "__main__":
    sys.exit(main())
