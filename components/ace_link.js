// Joins a streamlit-ace editor to the self-saving text field below it: what is typed in Ace is put into the field at once,
// so that saving, counting and handing over are the field's. Until Ace is there, or if it never comes, the field itself
// stands there. Ace's frame comes from this server, so its editor can be reached.

const LINKS = new WeakMap()
const LOOK_EVERY_MS = 150
const VALUE = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")
const FRAME_STYLE = `
  body { margin: 0; background: transparent; }
  .MuiGrid-root { display: none !important; }
  .MuiPaper-root, .MuiBox-root { box-shadow: none !important; background: transparent !important; }
  .ace_editor .ace_placeholder { transform: none; margin: 0; padding: 8px 10px !important; font-family: inherit; color: inherit; opacity: 0.7; border: 0; white-space: normal; width: 100%; box-sizing: border-box; }
`

class Link {
  constructor() {
    this.textarea = null
    this.editor = null
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  update(data) {
    this.data = data
    this.look()
  }

  look() {
    const box = document.querySelector(`.st-key-${this.data.box}`)
    const textarea = box && this.findTextarea(box)
    const frame = box?.querySelector("iframe")
    let editor = null
    try {
      editor = frame?.contentDocument?.querySelector(".ace_editor")?.env?.editor ?? null
    } catch {
      editor = null // A frame from elsewhere: the plain field stays.
    }
    if (textarea === this.textarea && editor === this.editor) return
    this.release()
    if (textarea && editor) this.join(textarea, editor, frame)
  }

  findTextarea(box) {
    for (const element of box.querySelectorAll("div")) {
      const textarea = element.shadowRoot?.querySelector("textarea")
      if (textarea) return textarea
    }
    return null
  }

  join(textarea, editor, frame) {
    this.textarea = textarea
    this.editor = editor
    let isShowing = false
    const show = (text) => {
      if (editor.getValue() === text) return
      isShowing = true
      editor.setValue(text, 1)
      isShowing = false
    }
    this.onChange = () => {
      if (isShowing) return
      VALUE.set.call(textarea, editor.getValue())
      textarea.dispatchEvent(new Event("input"))
      document.dispatchEvent(new Event("folkmoot:typed"))
    }
    this.onBlur = () => textarea.dispatchEvent(new Event("blur"))
    this.onKey = (event) => {
      document.dispatchEvent(new Event("folkmoot:typed"))
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      textarea.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }))
    }
    this.frame = frame.contentWindow
    Object.defineProperty(textarea, "value", {
      configurable: true,
      get: () => VALUE.get.call(textarea),
      set: (text) => {
        VALUE.set.call(textarea, text)
        show(text)
      },
    })
    this.dress(editor, frame, textarea)
    show(VALUE.get.call(textarea))
    editor.session.getUndoManager().reset()
    editor.on("change", this.onChange)
    editor.on("blur", this.onBlur)
    this.frame.addEventListener("keydown", this.onKey, true)
    // Who began to type before Ace was there goes on at the same place.
    const wasTyping = textarea.getRootNode().activeElement === textarea
    const cursor = textarea.selectionStart
    textarea.style.display = "none"
    if (!wasTyping) return
    editor.focus()
    const place = editor.session.doc.indexToPosition(cursor)
    editor.moveCursorTo(place.row, place.column)
    editor.clearSelection()
  }

  dress(editor, frame, textarea) {
    const looks = getComputedStyle(textarea)
    editor.container.style.backgroundColor = looks.backgroundColor
    editor.container.style.color = looks.color
    editor.container.style.border = `1px solid ${looks.borderTopColor}`
    editor.container.style.borderRadius = looks.borderTopLeftRadius
    editor.container.style.boxSizing = "border-box"
    editor.renderer.setPadding(10)
    editor.renderer.setScrollMargin(8, 8)
    const style = frame.contentDocument.createElement("style")
    style.textContent = FRAME_STYLE
    frame.contentDocument.head.append(style)
    frame.title = this.data.label
    editor.setOptions({
      enableBasicAutocompletion: false,
      enableLiveAutocompletion: false,
      highlightActiveLine: false,
      maxLines: this.data.max_lines,
      newLineMode: "unix",
      indentedSoftWrap: false,
    })
    // Of these streamlit-ace 0.1.1 lacks the parts, or nobody asked for them: the keys are the browser's.
    editor.commands.removeCommands(["openCommandPallete", "openCommandPalette", "showSettingsMenu", "gotoline"])
    // Tab leaves the editor, as it leaves any field.
    editor.commands.bindKey("Tab", null)
    editor.commands.bindKey("Shift-Tab", null)
    const input = editor.textInput.getElement()
    input.setAttribute("aria-label", this.data.label)
    input.setAttribute("spellcheck", "true")
  }

  release() {
    if (this.textarea) {
      delete this.textarea.value
      this.textarea.style.display = ""
    }
    try {
      this.editor?.off("change", this.onChange)
      this.editor?.off("blur", this.onBlur)
      this.frame?.removeEventListener("keydown", this.onKey, true)
    } catch {
      // The frame is gone already.
    }
    this.textarea = null
    this.editor = null
  }

  destroy() {
    clearInterval(this.timer)
    this.release()
  }
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector("span")
  let link = LINKS.get(root)
  if (!link) {
    link = new Link()
    LINKS.set(root, link)
  }
  link.update(data)
  return whenGone(parentElement, () => {
    link.destroy()
    LINKS.delete(root)
  })
}
