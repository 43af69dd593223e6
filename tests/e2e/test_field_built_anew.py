"""A field that Streamlit takes away and builds anew, as it does at any moment, loses no press."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

COMPONENTS = Path(__file__).resolve().parents[2] / "components"
SCRIPT = "".join((COMPONENTS / f"{one}.js").read_text("utf-8") for one in ("kept_here", "draft_asks", "draft_field"))
BUILDS_TWICE = """async ([script, shown_later, key]) => {
  const { default: draws } = await import(`data:text/javascript,${encodeURIComponent(script)}`)
  const handed = []
  const data = {
    workshop: "w", person: "p", role: "participant", field: "clause:new", label: "Your clause", who_sees: "",
    placeholder: "", initial: "Ask first.", max_chars: 100, allow_empty: false, single_line: true,
    actions: [["add", "Add to policy"]],
  }
  const parentElement = document.body
  const setTriggerValue = (name, { action, text }) => handed.push([name, action, text])
  const draw = (more) => draws({ data: { ...data, ...more }, parentElement, setTriggerValue, setStateValue() {} })
  const takeAway = draw()
  takeAway()
  if (key) document.querySelector("input").dispatchEvent(new KeyboardEvent("keydown", { key }))
  else document.querySelector("button").click()
  draw({ initial: shown_later })()
  draw()()
  return handed
}"""


@pytest.mark.parametrize("key", [None, "Enter"])
@pytest.mark.parametrize(
    ("shown_later", "handed"),
    [("Ask first.", [["submitted", "add", "Ask first."]]), ("Another wording.", [])],
    ids=["the same text", "another text"],
)
def test_a_press_as_a_field_is_taken_away_counts_in_the_one_that_takes_its_place(
    browser: Browser, key: str | None, shown_later: str, handed: list[list[str]]
) -> None:
    page = browser.new_page()
    page.set_content("<div class=field></div>")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    assert page.evaluate(BUILDS_TWICE, [SCRIPT, shown_later, key]) == handed
    assert faults == []
    page.close()
