// The line at the head of the clause panel: it hears from the editor in which clause the cursor rests and has the panel show
// that clause, unless somebody is writing in the panel: then it only says so, and offers it.

const SAID = Symbol.for("folkmoot.draft") // As in the editor's neighbour.js.
const PULSE = Symbol.for("folkmoot.pulse")
const AGAIN_MS = 4000
const FIELDS = "textarea, input:not([type=radio]):not([type=checkbox])"
const CONTROLS = "button, input, textarea, select, a[href], summary, [tabindex='0']"
const ELEMENTS = new WeakMap()

class Follower {
  constructor(parent) {
    this.line = parent.querySelector(".fm-follows")
    this.words = this.line.querySelector("span")
    this.button = this.line.querySelector("button")
    this.button.onclick = () => this.ask(this.other)
    this.turn = { trigger: () => this.tell("clause", this.wanted), data: {} }
    this.listeners = [
      [window, "folkmoot:clause", ({ detail }) => this.hear(detail)],
      [window, "folkmoot:to-panel", () => this.enter()],
      [window, "keydown", (event) => this.leave(event)],
      [window, "input", (event) => this.typed(event)],
      [window, "folkmoot:draft-handed-over", () => this.catchUp()],
    ]
    for (const [target, kind, act] of this.listeners) target.addEventListener(kind, act, true)
  }

  destroy() {
    clearTimeout(this.again)
    for (const [target, kind, act] of this.listeners) target.removeEventListener(kind, act, true)
  }

  get panel() {
    return this.line.closest(".st-key-clause_beside")
  }

  drawn(data, tell) {
    this.tell = tell
    globalThis[PULSE]?.isDone(this.turn)
    if (data.shown !== this.data?.shown) this.hasTyped = false
    this.data = data
    if (globalThis[SAID]?.workshop !== data.workshop) globalThis[SAID] = { workshop: data.workshop }
    const said = globalThis[SAID]
    Object.assign(said, { facts: data.facts, shown: data.shown })
    if (data.called && said.called?.nonce !== data.called.nonce) said.called = data.called
    for (const kind of ["facts", "shown", "called"]) dispatchEvent(new Event(`folkmoot:${kind}`))
    if (this.wanted === data.shown) this.wanted = null
    if (this.other?.clause === data.shown) this.other = null
    this.say()
  }

  hear({ workshop, clause, label }) {
    if (workshop !== this.data.workshop) return
    this.other = null
    if (clause !== this.data.shown) {
      if (this.isBusy()) this.other = { clause, label }
      else this.ask({ clause })
    }
    this.say()
  }

  // What they wrote here is handed over, and they have gone on in the text meanwhile. Whoever pressed the button last reads
  // on here.
  catchUp() {
    if (this.other && !this.isBusy() && document.activeElement?.closest(".fm-text")) this.ask(this.other)
  }

  // Whoever writes here is not taken away from it.
  isBusy() {
    return this.isWriting() || (this.panel?.contains(document.activeElement) && document.activeElement !== this.button)
  }

  // They typed here, and something stands in a field that is not what it shows by itself. A field may be built anew with
  // what was typed in it.
  isWriting() {
    const isUnsent = ({ value, dataset }) => value && value !== dataset.initial
    return this.hasTyped && [...deep(this.panel)].some((one) => one.matches(FIELDS) && isUnsent(one))
  }

  typed(event) {
    if (!this.panel?.contains(event.target)) return
    const [field] = event.composedPath()
    if (field.matches?.(FIELDS)) this.hasTyped = true
  }

  ask({ clause }) {
    this.wanted = clause
    clearTimeout(this.again)
    globalThis[PULSE]?.say(this.turn)
    this.again = setTimeout(() => this.wanted === clause && this.ask({ clause }), AGAIN_MS)
  }

  say() {
    const { other, data } = this
    this.words.textContent = other ? `You are in ${other.label} now.` : data.says
    this.button.hidden = !other
    this.button.textContent = other ? `Show ${other.label}` : ""
  }

  enter() {
    const found = [...deep(this.panel)].filter((one) => one.matches(CONTROLS) && one.offsetParent && !one.disabled)
    const target = found.find((one) => one.matches(FIELDS)) ?? found[0] ?? this.line
    target.focus()
  }

  leave(event) {
    if (event.key !== "F6" || !this.panel?.contains(document.activeElement)) return
    event.preventDefault()
    event.stopPropagation()
    dispatchEvent(new Event("folkmoot:to-editor"))
  }
}

// All elements below this one, those of other elements' own trees too.
function* deep(root) {
  for (const one of root?.querySelectorAll("*") ?? []) {
    yield one
    if (one.shadowRoot) yield* deep(one.shadowRoot)
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!ELEMENTS.has(parentElement)) ELEMENTS.set(parentElement, new Follower(parentElement))
  const follower = ELEMENTS.get(parentElement)
  follower.drawn(data, setTriggerValue)
  return whenGone(parentElement, () => {
    follower.destroy()
    ELEMENTS.delete(parentElement)
  })
}
