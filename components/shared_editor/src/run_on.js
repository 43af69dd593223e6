// Whoever is in the middle of a word when nobody may type any more, such as at a lock, looks up a moment later. Until then a
// field that nobody sees has the cursor: what keys, input methods and keyboards on a screen say is kept as a draft of theirs.

const RUNS_ON_MS = 3000
const REASON = "You typed this when the text could not be changed any more."

export class RunOn {
  // `grow(id, words, reason)` keeps the words so far.
  constructor(editor, box, grow) {
    Object.assign(this, { editor, box, grow })
    this.typedAt = -Infinity
    this.field = Object.assign(document.createElement("textarea"), { className: "fm-run-on", ariaLabel: "Your private draft" })
    box.addEventListener("input", () => (this.typedAt = performance.now()))
    this.field.oninput = () => this.hear()
    this.field.onblur = () => this.end()
  }

  // The text was closed.
  begin() {
    if (!this.editor.isFocused() || performance.now() - this.typedAt > RUNS_ON_MS) return
    const { field, box, editor } = this
    const at = editor.textInput.getElement().getBoundingClientRect()
    const from = box.getBoundingClientRect()
    this.id = crypto.randomUUID?.() ?? `${Math.random()}`
    Object.assign(field.style, { left: `${at.left - from.left}px`, top: `${at.top - from.top}px` })
    field.value = ""
    box.append(field)
    field.focus({ preventScroll: true })
    this.wait()
  }

  hear() {
    this.grow(this.id, this.field.value, REASON)
    this.wait()
  }

  wait() {
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.end(), RUNS_ON_MS)
  }

  // They typed nothing for a while, went elsewhere, or may type again.
  end() {
    clearTimeout(this.waiting)
    if (!this.field.isConnected) return
    if (this.field.matches(":focus")) this.editor.focus()
    this.field.remove()
  }
}
