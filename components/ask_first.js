// A question that lies over the page: the keyboard goes into it when it opens and stays in it, and every answer closes
// it. Streamlit 1.67 puts a popover at the end of the page and leaves the focus behind, where Tab never finds it.

const FOCUSABLE = "button:not([disabled]), a[href], input, textarea"

function inside(root) {
  return [...root.querySelectorAll("*")].flatMap((one) => [
    ...(one.matches(FOCUSABLE) && one.offsetParent !== null ? [one] : []),
    ...(one.shadowRoot ? inside(one.shadowRoot) : []),
  ])
}

function focused(root = document) {
  const one = root.activeElement
  return one?.shadowRoot?.activeElement ? focused(one.shadowRoot) : one
}

// As Streamlit closes it by itself: it puts the focus back onto the button that had opened it.
function close() {
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }))
}

function stay(event, body) {
  if (event.key !== "Tab") return
  const all = inside(body)
  const [first, last] = [all[0], all.at(-1)]
  const at = focused()
  const isAtEnd = event.shiftKey ? at === first || at === body : at === last
  if (!isAtEnd && (at === body || all.includes(at))) return
  event.preventDefault()
  ;(event.shiftKey ? last : first)?.focus()
}

export default function (component) {
  const { data, parentElement } = component
  const leave = parentElement.querySelector("button")
  leave.textContent = data.label
  leave.onclick = close
  const body = (leave.getRootNode().host ?? leave).closest("[data-testid='stPopoverBody']")
  if (!body || body.isAsking) return
  body.isAsking = true
  body.tabIndex = -1
  body.style.outline = "none"
  body.addEventListener("keydown", (event) => stay(event, body))
  // After Streamlit has heard of the press itself.
  body.addEventListener("click", ({ target }) => { if (target.closest("[data-testid='stButton'] button")) setTimeout(close) })
  // Onto the question and not onto an answer: a key that is held must not give one.
  body.focus({ preventScroll: true })
}
