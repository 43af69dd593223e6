// A word that is being composed. With an input method it comes into the text as a whole, once it is finished. A keyboard on a
// screen composes every word: it writes at each letter, and may replace what it takes to stand before the cursor.

export class Composing {
  // `ended()` is called once a word is in the text.
  constructor(editor, box, ended) {
    this.editor = editor
    this.word = null
    const hear = ({ data }) => (this.word = data ?? "")
    box.addEventListener("compositionstart", hear)
    box.addEventListener("compositionupdate", hear)
    box.addEventListener("compositionend", () => { // Ace has heard of it first.
      this.word = null
      queueMicrotask(ended) // A field that is just losing the cursor would take it back.
    })
  }

  get isOn() {
    return this.word !== null
  }

  get isInText() {
    return this.isOn && !this.editor.renderer.getOption("useTextareaForIME")
  }

  // What is in the text already is finished as it stands; what follows is another word.
  end() {
    if (!this.isInText) return
    this.editor.textInput.cancelComposition()
    this.editor.textInput.resetSelection()
  }

  // The text was changed by others: a word that is not there any more is not gone on with.
  check() {
    if (!this.isInText) return
    const { row, column } = this.editor.getCursorPosition()
    if (!this.editor.session.getLine(row).slice(0, column).endsWith(this.word)) this.end()
  }
}
