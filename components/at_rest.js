// Whether the person at this page may be taken elsewhere: they typed nothing for a while, all that they typed into the live
// text is saved, and nothing lies open over the page.

const REST_MS = 10_000
const SEEN_MS = 1000 // So long whoever is about to be taken along sees where to, and stays by typing on.
const CALLED = "folkmoot:called" // That this came before them, or is gone again.
const TYPED = "folkmoot:typed" // What is typed inside of a frame is told by whoever reaches into it (`ace_link.js`).
const OVER_THE_PAGE =
  "[role='dialog'], [data-testid='stDialog'], [data-testid='stPopoverBody'], [role='listbox'], [data-asks]"
const UNSAVED = "[data-unsaved]"
const EDITOR = ".ace_text-input" // Saves itself: an editor's keys pass through it, and nothing stays in it.
const HOLDS_TEXT = "input:not([type]), input[type='text'], input[type='password'], input[type='number'], textarea"

class AtRest {
  typedAt = -Infinity
  unapplied = null
  leavesAt = -Infinity // Before this moment they are not taken to what stands before them.

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

  // Where they are about to be taken stands before them from now on, or no more.
  sees(isCalled) {
    this.leavesAt = isCalled ? performance.now() + SEEN_MS : -Infinity
    dispatchEvent(new Event(CALLED))
  }

  // They are taken along from now on: the cursor leaves its field before the page does, and no word is cut in two.
  leave() {
    if (this.leavesAt === -Infinity) return
    let field = document.activeElement
    while (field?.shadowRoot?.activeElement) field = field.shadowRoot.activeElement
    field?.blur()
  }
}

const atRest = (globalThis[Symbol.for("folkmoot.at_rest")] ??= new AtRest())

