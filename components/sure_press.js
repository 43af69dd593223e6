// A press counts for the button on which it began, though the page moves under a pointer that stays where it is until it
// is let go of: the browser would give it to what both places have in common, where nothing comes of it. Whoever moves
// away from a button before letting go has thought better of it, as ever. What opens a list acts on the first half of a
// press already. Of a finger's or a pen's press the browser makes a click in its own time, so that is left to it.

const ROLLS_PX = 8
const STOCK = ".stButton, .stButtonGroup, .stPopover, .stFormSubmitButton, .stDownloadButton"

class SurePress {
  begun = null

  constructor() {
    addEventListener("pointerdown", (event) => this.begin(event), true)
    addEventListener("pointerup", (event) => this.end(event), true)
    addEventListener("click", (event) => { if (this.buttonOf(event) === this.begun?.button) this.begun = null }, true)
    addEventListener("pointercancel", () => { this.begun = null }, true)
  }

  // A stock button, or one of an element of ours, which has a root of its own.
  buttonOf(event) {
    const button = event.composedPath().find((one) => one instanceof HTMLButtonElement)
    return button && (button.getRootNode() !== document || button.closest(STOCK)) ? button : null
  }

  begin(event) {
    const { button: which, ctrlKey, pointerType, clientX: x, clientY: y } = event
    const isPress = which === 0 && !ctrlKey && pointerType === "mouse" // On a Mac, Ctrl asks for a menu.
    const button = isPress ? this.buttonOf(event) : null
    this.begun = button && { button, x, y }
  }

  // If the browser's own click comes at all, it comes right behind this.
  end({ clientX, clientY }) {
    const { begun } = this
    if (!begun) return
    if (Math.hypot(clientX - begun.x, clientY - begun.y) > ROLLS_PX) this.begun = null
    else setTimeout(() => this.makeUp(begun))
  }

  makeUp(begun) {
    if (this.begun !== begun) return
    this.begun = null
    if (begun.button.isConnected) begun.button.click()
  }
}

globalThis[Symbol.for("folkmoot.sure_press")] ??= new SurePress()
