// Keeps the cursor in the text while the server is away. Streamlit 1.67 then puts a dialog before the page, which takes the
// focus as it opens: whoever is typing at that moment would type into nothing, without seeing it.

const DIALOG = "[role=dialog]"
const ALLOWED = "data-react-aria-top-layer" // React Aria, of which the dialog is made, leaves the focus in such an element.
const PRESSED_MS = 500

export class Focus {
  constructor(editor, line) {
    Object.assign(this, { editor, line })
    this.pressedAt = -Infinity
    this.onPress = () => (this.pressedAt = performance.now())
    addEventListener("pointerdown", this.onPress, true)
    editor.on("blur", (event) => this.left(event?.relatedTarget))
  }

  destroy() {
    removeEventListener("pointerdown", this.onPress, true)
  }

  // The focus went elsewhere. Where a person put it, it stays.
  left(target) {
    const isPressed = performance.now() - this.pressedAt < PRESSED_MS
    this.isTaken = !this.line.isOpen && !isPressed && Boolean(target?.matches?.(DIALOG))
    if (this.isTaken) requestAnimationFrame(() => this.takeBack())
  }

  takeBack() {
    if (this.isTaken && this.editor.container.isConnected) this.editor.focus()
  }

  // Called as the line is lost and back, and now and then: the dialog may be gone. What it finds allowed as it opens, stays so.
  mind() {
    this.editor.container.toggleAttribute(ALLOWED, !this.line.isOpen)
    if (!this.line.isOpen) return
    if (this.isTaken && (!document.activeElement || document.activeElement === document.body)) this.editor.focus()
    if (!document.querySelector(DIALOG)) this.isTaken = false
  }
}
