// Whether the person at this page may be taken elsewhere: they typed nothing for a while, all that they typed into the live
// text is saved, and nothing lies open over the page.

const REST_MS = 10_000
const TYPED = "folkmoot:typed" // What is typed inside of a frame is told by whoever reaches into it (`ace_link.js`).
const OVER_THE_PAGE =
  "[role='dialog'], [data-testid='stDialog'], [data-testid='stPopoverBody'], [role='listbox'], [data-asks]"
const UNSAVED = "[data-unsaved]"
const EDITOR = ".ace_text-input" // Saves itself: an editor's keys pass through it, and nothing stays in it.
const HOLDS_TEXT = "input:not([type]), input[type='text'], input[type='password'], input[type='number'], textarea"

class AtRest {
  typedAt = -Infinity
  unapplied = null

  constructor() {
    for (const kind of ["keydown", "input", "paste", "compositionupdate", TYPED]) {
      addEventListener(kind, (event) => this.note(event), { capture: true, passive: true })
    }
  }

  note({ type, target }) {
    this.typedAt = performance.now()
    // A stock field hands its text over when it is left, however long ago that was typed.
    if (type !== "input" || !(target instanceof Element)) return
    if (target.matches(HOLDS_TEXT) && !target.matches(EDITOR)) this.unapplied = target
  }

  now() {
    if (performance.now() - this.typedAt < REST_MS) return false
    if (this.unapplied && this.unapplied === document.activeElement) return false
    return !document.querySelector(`${OVER_THE_PAGE}, ${UNSAVED}`)
  }
}

const atRest = (globalThis[Symbol.for("folkmoot.at_rest")] ??= new AtRest())

