// A word that is being composed. With an input method it comes into the text as a whole, once it is finished. A keyboard on a
// screen composes every word: it writes at each letter, and may replace what it takes to stand at the cursor. So does an input
// method that begins with what is there, such as a selection.

export class Composing {
  // `ended()` is called once a word is in the text.
  constructor(editor, ended) {
    this.editor = editor
    this.field = editor.textInput.getElement()
    this.word = null
    this.isInText = false
    this.field.addEventListener("compositionstart", ({ data }) => {
      this.word = data ?? ""
      this.isInText = Boolean(data) || !editor.renderer.getOption("useTextareaForIME") // as Ace has it
    })
    this.field.addEventListener("compositionupdate", ({ data }) => (this.word = data ?? ""))
    this.field.addEventListener("compositionend", () => { // Ace has heard of it first.
      this.word = null
      queueMicrotask(ended) // A field that is just losing the cursor would take it back.
    })
  }

  get isOn() {
    return this.word !== null
  }

  // The field goes away: the word comes into the text as it is.
  finish() {
    if (this.isOn) this.field.dispatchEvent(new CompositionEvent("compositionend"))
  }

  // What is in the text already is finished as it stands; what follows is another word.
  end() {
    if (!this.isOn || !this.isInText) return
    this.editor.textInput.cancelComposition()
    this.editor.textInput.resetSelection()
  }

  // The text was changed by others: a word that is not there any more is not gone on with.
  check() {
    if (!this.isOn || !this.isInText) return
    const { row, column } = this.editor.getCursorPosition()
    const { length } = this.word
    const around = this.editor.session.getLine(row).slice(Math.max(0, column - length), column + length)
    if (!around.includes(this.word)) this.end()
  }
}
