// Whoever is in the middle of a word when nobody may type any more, such as at a lock, looks up a moment later. Until then a
// field that nobody sees has the cursor: what keys, input methods and keyboards on a screen say is kept as a draft of theirs.

const RUNS_ON_MS = 3000
const LINE_PX = 24
const WIDTH_PX = 120
const REASON = "You typed this when the text could not be changed any more."
const FOR_THE_TEXT = /^(?:Escape|F\d+|Page(?:Up|Down))$/
const WITH_CONTROL = ["enter", "a", "c"]
const MOVES = /^(?:Arrow.+|Home|End)$/

export class RunOn {
  // `drafts`: begin(reason) a draft that is being typed, grow(words) with all of it so far, end() it.
  constructor(editor, box, drafts) {
    Object.assign(this, { editor, box, drafts })
    this.isComposing = false
    this.typedAt = -Infinity
    for (const kind of ["keydown", "input", "paste"]) box.addEventListener(kind, (event) => this.note(event), true)
    this.field = Object.assign(document.createElement("textarea"), { className: "fm-run-on", wrap: "off", spellcheck: false })
    this.field.ariaLabel = "Your private draft"
    this.field.autocapitalize = "off"
    this.field.addEventListener("input", () => this.hear())
    this.field.addEventListener("keydown", (event) => {
      if (this.undoesNothing(event)) event.preventDefault()
      else if (this.asks(event)) this.handOn(event)
    })
    this.field.addEventListener("compositionstart", () => (this.isComposing = true))
    this.field.addEventListener("compositionend", () => (this.isComposing = false))
    this.field.addEventListener("blur", () => this.end())
  }

  // Whether somebody has been typing until now.
  get isAmid() {
    return performance.now() - this.typedAt <= RUNS_ON_MS
  }

  note({ key, ctrlKey, metaKey }) {
    const isClosed = this.editor.getReadOnly()
    if (isClosed && !this.isAmid) return
    this.typedAt = performance.now()
    // Back in the text, such as after a key that was for it, they go on.
    if (isClosed && key && [...key].length === 1 && !ctrlKey && !metaKey) this.begin()
  }

  // The text was closed.
  begin() {
    if (!this.editor.isFocused() || !this.isAmid) return
    this.field.value = ""
    this.place()
    this.box.append(this.field)
    this.field.focus({ preventScroll: true })
    this.drafts.begin(REASON)
    this.wait()
  }

  // Where the cursor is, and within the box, which would be scrolled otherwise.
  place() {
    const at = this.editor.textInput.getElement().getBoundingClientRect()
    const { left, top, width, height } = this.box.getBoundingClientRect()
    const within = (place, most) => `${Math.max(0, Math.min(place, most))}px`
    Object.assign(this.field.style, { left: within(at.left - left, width - WIDTH_PX), width: `${WIDTH_PX}px` })
    Object.assign(this.field.style, { top: within(at.top - top, height - LINE_PX), height: `${LINE_PX}px` })
  }

  hear() {
    this.drafts.grow(this.field.value)
    this.wait()
  }

  // Whether somebody wants something of the text instead of writing on.
  asks({ key, ctrlKey, metaKey, isComposing }) {
    if (isComposing) return false
    if (ctrlKey || metaKey) return WITH_CONTROL.includes(key.toLowerCase())
    return FOR_THE_TEXT.test(key) || (!this.field.value && MOVES.test(key))
  }

  // Where nothing is typed yet the browser would take back what was typed in the text, and take no letter from then on.
  undoesNothing({ key, ctrlKey, metaKey }) {
    return (ctrlKey || metaKey) && ["z", "y"].includes(key.toLowerCase()) && !this.field.value
  }

  handOn(event) {
    this.end()
    const again = new KeyboardEvent(event.type, event)
    if (!this.editor.textInput.getElement().dispatchEvent(again)) event.preventDefault()
    event.stopPropagation()
  }

  wait() {
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => (this.isComposing ? this.wait() : this.end()), RUNS_ON_MS)
  }

  // They typed nothing for a while, went elsewhere, or may type again.
  end() {
    clearTimeout(this.waiting)
    if (!this.field.isConnected) return
    if (this.field.getRootNode().activeElement === this.field) this.editor.focus()
    this.field.remove()
    this.drafts.end()
  }
}
