// Whoever is in the middle of a word when nobody may type any more, such as at a lock, looks up a moment later: what their
// keys say until then is kept as a draft of theirs. What comes without keys, such as from a keyboard on a screen, is not.

const RUNS_ON_MS = 3000
const REASON = "You typed this when the text could not be changed any more."

export class RunOn {
  constructor(editor, box, keep) {
    this.typedAt = -Infinity
    this.words = ""
    this.id = null
    editor.commands.on("afterExec", ({ command }) => {
      if (command.name !== "insertstring") return
      this.typedAt = performance.now()
      this.words = ""
    })
    box.addEventListener("keydown", (event) => {
      if (editor.getReadOnly() && this.takes(event)) keep(this.id, this.words, REASON)
    }, true)
  }

  takes({ key, ctrlKey, metaKey, altKey, isComposing }) {
    const isWord = [...key].length === 1 || key === "Enter" || (key === "Backspace" && this.words)
    const now = performance.now()
    if (!isWord || ctrlKey || metaKey || altKey || isComposing || now - this.typedAt > RUNS_ON_MS) return false
    this.typedAt = now
    if (!this.words) this.id = `${now}`
    this.words = key === "Backspace" ? this.words.slice(0, -1) : this.words + (key === "Enter" ? "\n" : key)
    return true
  }
}
