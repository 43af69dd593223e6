"""The two acts that only a browser can do: take a pass into its cookies, and throw one away."""

from collections.abc import Sequence

import streamlit as st

from components.scripts import script
from lib.domain.people import Role

_CSS = """
.box { font-family: var(--st-font); font-size: var(--st-base-font-size); color: var(--st-text-color); }
[hidden] { display: none !important; }
p { margin: 0 0 0.5rem 0; }
button, a.button {
  display: inline-block; box-sizing: border-box; min-height: 2.75rem; padding: 0.6rem 1rem; font: inherit;
  border-radius: var(--st-button-radius); border: 1px solid var(--st-border-color);
  background: transparent; color: inherit; cursor: pointer; text-decoration: none;
}
a.button { background: var(--st-primary-color); border-color: var(--st-primary-color);
  color: #fff; font-weight: 600; }
button:focus-visible, a:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""

_ENTER_JS = """
// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const DONE = new Set()

export default function (component) {
  const { data, parentElement } = component
  const says = parentElement.querySelector("p")
  const link = parentElement.querySelector("a")
  const again = parentElement.querySelector("button")
  link.textContent = data.label

  async function enter() {
    again.hidden = true
    try {
      const answer = await fetch(new URL(`${ROOT}/enter`, location.origin), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        credentials: "same-origin",
        body: JSON.stringify({ token: data.token }),
      })
      const { location: target, message } = await answer.json()
      if (!answer.ok) throw new Error(message)
      if (data.forgets) await forgetTexts(data.forgets) // what was typed for this is done with
      if (data.goes_on) return window.location.replace(ROOT + target)
      says.textContent = data.done
      link.href = ROOT + (data.target || target)
      link.hidden = false
    } catch (error) {
      DONE.delete(data.token)
      says.textContent = `This browser could not be signed in. ${error.message}`
      again.hidden = false
    }
  }

  again.onclick = enter
  if (!DONE.has(data.token)) {
    DONE.add(data.token)
    enter()
  }
}
"""

_LEAVE_JS = """
// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""

export default function (component) {
  const { data, parentElement } = component
  const says = parentElement.querySelector("p")
  const button = parentElement.querySelector("button")
  button.textContent = data.label
  button.onclick = leave
  if (data.at_once && !parentElement.leftAtOnce) {
    parentElement.leftAtOnce = true
    leave()
  }

  async function leave() {
    try {
      const answer = await fetch(new URL(`${ROOT}/leave`, location.origin), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        credentials: "same-origin",
        body: JSON.stringify({ workshop: data.workshop, role: data.role }),
      })
      if (!answer.ok) throw new Error((await answer.json()).message)
      await Promise.all(data.forgets.map(forgetTexts)) // for good
      window.location.replace(`${ROOT}/`)
    } catch (error) {
      says.textContent = `This did not work: ${error.message}`
    }
  }
}
"""

_ENTER = st.components.v2.component(
    "folkmoot_enter",
    html="""<div class="box"><p role="status">Signing this browser in…</p>
<a class="button" hidden></a><button type="button" hidden>Try again</button></div>""",
    css=_CSS,
    js=script("kept_here") + _ENTER_JS,
)
_LEAVE = st.components.v2.component(
    "folkmoot_leave",
    html="""<div class="box"><p role="status"></p>
<button type="button"></button></div>""",
    css=_CSS,
    js=script("kept_here") + _LEAVE_JS,
)


def enter_browser(
    token: str,
    *,
    goes_on: bool = True,
    label: str = "Go on",
    done: str = "This browser is signed in.",
    target: str = "",
    forgets: str = "",
    key: str = "enter",
) -> None:
    """Take a token into this browser's cookies, then go to its page, or show a link to it.

    `forgets` is the beginning of the names under which the browser keeps texts that are done with.
    """
    data = {"token": token, "goes_on": goes_on, "label": label, "done": done, "target": target, "forgets": forgets}
    _ENTER(key=key, data=data)


def forget_browser(
    workshop_id: str,
    role: Role,
    *,
    label: str = "Not me",
    at_once: bool = False,
    forgets: Sequence[str] = (),
    key: str = "not_me",
) -> None:
    """A button that makes this browser forget one pass and goes to the lobby; with `at_once` without a press.

    `forgets` are the beginnings of the names under which the browser keeps texts that go for good.
    """
    data = {"workshop": workshop_id, "role": role.value, "label": label, "at_once": at_once, "forgets": [*forgets]}
    _LEAVE(key=key, data=data)
