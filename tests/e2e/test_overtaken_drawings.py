"""A drawing that another one overtakes takes nothing away: Streamlit calls it over, and somebody is typing in it.

How Streamlit comes to that stands in `components/when_gone.js`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from components.scripts import script
from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.room import Room
from tests.e2e.served import ServedApp
from tests.e2e.test_slow_server import LOOK_AT_ALL, HeldBack

COMPONENTS = Path(__file__).resolve().parents[2] / "components"
FIELD = """async () => {
  const { default: draws } = await import("/field.js")
  const place = document.querySelector("main")
  const data = {
    workshop: "w", person: "p", role: "participant", field: "clause:new", label: "Your clause", who_sees: "",
    placeholder: "", initial: "", max_chars: 100, allow_empty: false, single_line: true,
    actions: [["add", "Add to policy"]],
  }
  window.handed = []
  window.left = 0
  addEventListener("folkmoot:draft-left", () => window.left++)
  const setTriggerValue = (name, { action, text }) => window.handed.push([action, text])
  const setStateValue = () => {}
  window.draw = (more) => draws({ data: { ...data, ...more }, parentElement: place, setTriggerValue, setStateValue })
  window.ends = [window.draw()]
}"""


HTML = "text/html"
BURSTS, CHANGES, DRAWN_MS = 12, 3, 700


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    field = script("when_gone", "kept_here", "draft_asks", "draft_field")
    opened.route("**/*", lambda route: route.fulfill(body="<main><div class=field></div></main>", content_type=HTML))
    opened.route("**/field.js", lambda route: route.fulfill(body=field, content_type="text/javascript"))
    opened.goto("http://127.0.0.1/")
    opened.evaluate(FIELD)
    yield opened
    assert faults == []
    opened.close()


@pytest.mark.parametrize(
    "overtaken",
    ["ends[0](), ends.push(draw({ label: 'New' }))", "ends.push(draw({ label: 'New' })), ends[0]()"],
    ids=["over before the next one", "over after it"],
)
def test_who_types_in_a_field_goes_on_and_hands_over_where_a_drawing_of_it_is_overtaken(
    page: Page, overtaken: str
) -> None:
    field = page.locator("input")
    field.press_sequentially("Say where")
    page.evaluate(f"window.typed = document.querySelector('input'), {overtaken}")
    expect(field).to_be_focused()
    page.keyboard.type(" it applies.")
    expect(page.get_by_label("New")).to_have_value("Say where it applies.")
    assert page.evaluate("typed === document.querySelector('input')"), "it was built anew"
    page.get_by_role("button", name="Add to policy").click()
    assert page.evaluate("handed") == [["add", "Say where it applies."]]
    assert page.evaluate("left") == 0


def test_a_field_that_goes_from_the_page_is_over(page: Page) -> None:
    page.locator("input").press_sequentially("Say where")
    page.evaluate("document.querySelector('main').remove(), ends[0]()")
    assert page.evaluate("left") == 1


def test_what_every_element_gives_back_is_heeded_only_once_it_is_gone_from_the_page() -> None:
    scripts = {one.stem: one.read_text("utf-8") for one in COMPONENTS.glob("*.js")}
    draws = {name: re.search(r"^export default function.*?^}", text, re.M | re.S) for name, text in scripts.items()}
    gives_back = {name: re.findall(r"^  return (.*)", drawing[0], re.M) for name, drawing in draws.items() if drawing}
    assert gives_back["draft_field"], "the scripts are found"
    for name, given in gives_back.items():
        assert all(one.startswith("whenGone(") for one in given), name


@pytest.mark.long  # by chance, about each sixth time, Streamlit says that a drawing is over
def test_who_types_beside_the_live_text_goes_on_though_much_of_it_is_heard_at_once(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    room = Room(*served, invite_to)
    ana = room.participant("Ana", "draft")
    told = HeldBack(ana)
    ana.page.locator(".fm-place").filter(has_text="C1").click()
    ana.page.get_by_text(re.compile("^Only when")).first.click()
    field = ana.field(re.compile("^Only when…$"))
    field.press_sequentially("they ask")
    ana.settle()
    typed = "they ask"
    for burst in range(BURSTS):
        told.is_holding = True
        for change in range(CHANGES):
            policy = room.built.facilitator.call("read_policy")["policy"]
            first, *rest = policy["clauses"]
            clauses = [{**first, "wording": f"Wording {burst}.{change}"}, *rest]
            room.built.commit(room.built.facilitator, clauses, policy["revision"])
            assert ana.page.evaluate(LOOK_AT_ALL)
            ana.page.keyboard.type("x")
            typed += "x"
            ana.page.wait_for_timeout(DRAWN_MS)
        told.end()
        expect(ana.page.get_by_text(f"Wording {burst}.{CHANGES - 1}").first).to_be_visible()
        ana.settle()
        expect(field).to_be_focused()
        expect(field).to_have_value(typed)
