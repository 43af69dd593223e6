// Whoever is in the middle of a word when nobody may type any more, such as at a lock, looks up a moment later: what their
// keys say until then is kept as a draft of theirs. What comes without keys, such as from a keyboard on a screen, is not.

const RUNS_ON_MS = 3000
const REASON = "You typed this when the text could not be changed any more."

export class RunOn {
  constructor(editor, box, drafts) {
    this.drafts = drafts
    this.typedAt = -Infinity
    this.words = ""
    this.id = null
    editor.commands.on("afterExec", ({ command }) => {
      if (command.name !== "insertstring") return
      this.typedAt = performance.now()
      this.id = null
    })
    box.addEventListener("keydown", (event) => { if (editor.getReadOnly()) this.hear(event) }, true)
  }

  // With Option a Mac types letters too; with Alt and a plain letter one asks for something.
  isWord({ key, ctrlKey, metaKey, altKey, isComposing }) {
    const isAsking = ctrlKey || metaKey || isComposing || (altKey && /^[\x20-\x7e]$/.test(key))
    return !isAsking && ([...key].length === 1 || key === "Enter" || key === "Backspace")
  }

  hear(event) {
    const now = performance.now()
    if (!this.isWord(event) || now - this.typedAt > RUNS_ON_MS) return
    this.typedAt = now
    if (!this.drafts.has(this.id)) this.begin()
    const { key } = event
    this.words = key === "Backspace" ? [...this.words].slice(0, -1).join("") : this.words + (key === "Enter" ? "\n" : key)
    this.drafts.grow(this.id, this.words, REASON)
  }

  // The first one, or the one after a draft that was put at the cursor or thrown away. Blanks alone are none yet.
  begin() {
    if (this.id === null || this.words.trim()) this.words = ""
    this.id = crypto.randomUUID?.() ?? `${Math.random()}`
  }
}
