"""Working a page by its keys alone, as somebody does who has no mouse."""

import re
import time

from tests.e2e.person import SLOW_MS, Person

MOST_TABS = 200
"""Twice around any page. What a press brings may come later than that: it is looked for as long as anything else."""
DEEPEST = """
  let one = document.activeElement
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
"""
FOCUSED = f"""() => {{ {DEEPEST}
  if (!one.matches("button, a, input, textarea, summary, [role=tab]")) return ""
  return [one.getAttribute("aria-label"), one.labels?.[0]?.innerText, one.innerText].filter(Boolean).join(" ")
}}"""
"""What the control that has the focus is called."""
SHOWS_IT = f"""() => {{ {DEEPEST}
  const drawsRing = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"
  for (let up = 0; one && up < 4; up += 1, one = one.parentElement) {{
    const near = up === 1 ? [one, ...one.children] : [one]  // a radio's ring is drawn by what stands beside it
    if (near.some((each) => drawsRing(getComputedStyle(each)))) return true
    if (one.matches("[data-baseweb], [data-testid^=stSelectbox] *") && one.matches(":focus-within")) return true
  }}
  return false
}}"""
"""Whether one sees where the focus is."""


def tab_to(person: Person, name: str) -> None:
    """Go on by the Tab key until a control of this name has the focus, and see that it has."""
    met: list[str] = []
    deadline = time.monotonic() + SLOW_MS / 1000
    while len(met) < MOST_TABS or time.monotonic() < deadline:
        person.page.keyboard.press("Tab")
        met.append(person.page.evaluate(FOCUSED))
        if re.search(name, met[-1]):
            person.page.wait_for_function(SHOWS_IT)
            return
    raise AssertionError(f"Tab never comes to {name}, only to {met[-MOST_TABS:]}")


def by_key(person: Person, name: str, key: str = "Enter") -> None:
    """Press the control of this name by a key, wherever the focus was."""
    tab_to(person, name)
    person.page.keyboard.press(key)
    person.settle()


def has_focus(person: Person, name: str) -> None:
    person.page.wait_for_function(f"name => new RegExp(name).test(({FOCUSED})())", arg=name)


def to_tab_by_key(person: Person, now: str, wanted: str, arrow: str = "ArrowRight") -> None:
    """From the tab that is open to another one, by an arrow."""
    tab_to(person, f"^{now}$")
    for _ in range(MOST_TABS):
        person.page.keyboard.press(arrow)
        if re.search(f"^{wanted}$", person.page.evaluate(FOCUSED)):
            person.settle()
            return
    raise AssertionError(f"{arrow} never comes to {wanted}")
