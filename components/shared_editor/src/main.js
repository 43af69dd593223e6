// The shared editor as an element of the page: the text, who else is in it, whether all is saved, and what was refused.

import ace from "ace-builds/src-noconflict/ace.js"
import { Binding } from "./binding.js"
import { Composing } from "./composing.js"
import { Cursors } from "./cursors.js"
import { Focus } from "./focus.js"
import { Line } from "./line.js"
import { Margin } from "./margin.js"
import { keepOneDash, modeFor } from "./mode.js"
import { Neighbour } from "./neighbour.js"
import { box, button, copying, throwing } from "./offer.js"
import { RunOn } from "./run_on.js"
import { keepTagsLast, wordsEnd } from "./tag.js"
import { Writers } from "./writers.js"

const LOST_MS = 1500 // So long a line may be gone before it is worth a word.
const SLOW_MS = 6000
const HELD_DOWN_MS = 700
const STORED_WITHIN_MS = 5000
const SAYS = {
  opening: "Opening the document…",
  saving: "Saving…",
  saved: "Saved",
  slow: "Not saved yet: your text is safe in this browser and is sent as soon as the server takes it.",
  offline: "Offline: your text is safe in this browser and is merged when the line is back.",
  locked: "The policy is locked: you can read along. The facilitator opens it again.",
  kept: "The policy is locked for now: your private draft stands below the text.",
  role: "You read along. An organizer does not write.",
  out: "This browser is not signed in to the workshop any more. Your text is kept here.",
  gone: "The workshop was deleted.",
  elsewhere: "The document is open in more windows than fit. This one goes on when you come back to it.",
}
// What of Ace asks for parts of it that are not here, and what goes with that: the browser's own search is there instead.
const NOT_HERE = [
  ...["find", "findnext", "findprevious", "replace", "selectOrFindNext", "selectOrFindPrevious"],
  ...["gotoline", "showSettingsMenu", "openCommandPalette", "openCommandPallete", "modeSelect"],
]
// What is a line of its own, unlike words that go on in the middle of one.
const BEGINS_A_LINE = /\n|^\s*(?:[-+*#]|\d{1,9}[.)])/
const ELEMENTS = new WeakMap()

export function draw({ data, parentElement }) {
  const known = ELEMENTS.get(parentElement)
  if (known && known.place === `${data.workshop} ${data.role} ${data.person}`) return () => known.destroy()
  known?.destroy()
  const element = new SharedEditor(parentElement, data)
  ELEMENTS.set(parentElement, element)
  return () => {
    ELEMENTS.delete(parentElement)
    element.destroy()
  }
}

class SharedEditor {
  constructor(root, data) {
    this.place = `${data.workshop} ${data.role} ${data.person}`
    this.build(root, data)
    this.composing = new Composing(this.editor, () => this.tell())
    this.binding = new Binding(this.editor, () => this.composing.check())
    this.cursors = new Cursors(this.editor, this.binding, this.names)
    this.neighbour = new Neighbour(this, data.workshop)
    this.margin = new Margin(this.editor, this.binding, this.column, (id) => this.goTo(id))
    const who = () => this.line.knows(data.person)
    this.writers = new Writers(this.editor, this.binding, this.legend, who, () => this.line.askWriters())
    this.line = new Line(data, {
      level: (text) => this.level(text),
      changed: () => this.tell(),
      others: (others) => {
        this.cursors.show(others)
        this.writers.changed()
      },
      clauses: (clauses) => {
        this.margin.set(clauses)
        this.neighbour.placed()
      },
      writers: (people) => this.writers.hear(people),
    })
    this.focus = new Focus(this.editor, this.line)
    const point = () => this.pointed()
    this.editor.selection.on("changeCursor", point)
    this.editor.selection.on("changeSelection", point)
    this.editor.on("focus", point)
    // Whoever tries the policy next to the text waits until what was typed is in the database.
    this.asked = ({ detail }) => {
      if (detail?.workshop === data.workshop && !this.isOver) detail.waits?.push(this.line.stored(STORED_WITHIN_MS))
    }
    window.addEventListener("folkmoot:store-text", this.asked)
    this.resizing = new ResizeObserver(() => this.editor.resize())
    this.resizing.observe(this.box)
    this.offer()
    this.tell()
  }

  destroy() {
    if (this.isOver) return
    this.composing.finish()
    this.isOver = true
    window.removeEventListener("folkmoot:store-text", this.asked)
    this.resizing.disconnect()
    this.neighbour.destroy()
    this.focus.destroy()
    this.writers.destroy()
    this.line.destroy()
    this.binding.destroy()
    this.editor.destroy()
    this.root.remove()
  }

  build(parent, data) {
    const make = (name, tag = "div") => Object.assign(document.createElement(tag), { className: name })
    this.root = make("fm-editor")
    const head = make("fm-head")
    const who = make("fm-who", "p")
    who.textContent = data.who_sees
    this.names = make("fm-names")
    this.names.setAttribute("role", "group")
    this.names.setAttribute("aria-label", "Who else is in the text")
    this.toggle = make("fm-toggle", "button")
    Object.assign(this.toggle, { type: "button", textContent: "Show who wrote what" })
    this.toggle.setAttribute("aria-pressed", "false")
    this.toggle.onclick = () => {
      this.toggle.setAttribute("aria-pressed", `${!this.writers.isOn}`)
      this.writers.toggle(!this.writers.isOn)
    }
    this.status = make("fm-status", "p")
    this.status.setAttribute("role", "status")
    const said = make("fm-said")
    said.append(who, this.status)
    head.append(said, this.names, this.toggle)
    this.legend = make("fm-legend")
    this.legend.setAttribute("role", "group")
    this.legend.setAttribute("aria-label", "Who wrote how much of the text")
    this.legend.hidden = true
    this.page = make("fm-page")
    this.column = make("fm-margin")
    this.column.setAttribute("aria-hidden", "true") // The panel says in words where the cursor is.
    this.box = make("fm-text")
    this.page.append(this.column, this.box)
    const help = make("fm-help", "p")
    help.textContent = data.help
    this.drafts = make("fm-drafts")
    this.root.append(head, this.legend, this.page, help, this.drafts)
    parent.append(this.root)
    this.editor = ace.edit(this.box, {
      useWorker: false,
      wrap: true,
      indentedSoftWrap: false,
      newLineMode: "unix",
      tabSize: 2,
      fontSize: 16,
      showGutter: false,
      showPrintMargin: false,
      highlightActiveLine: false,
      behavioursEnabled: false,
      wrapBehavioursEnabled: false,
      enableMultiselect: false,
      enableKeyboardAccessibility: true,
      textInputAriaLabel: data.label,
      scrollPastEnd: 0,
    })
    // Why nobody may type here the line of state says. Ace 1.45 would lay words of its own over the text at every key.
    this.editor.$readOnlyCallback = (event) => {
      if (event?.type === "keydown" && event.key === " " && !event.ctrlKey && !event.metaKey) event.preventDefault()
    }
    this.editor.setReadOnly(true)
    this.editor.session.setMode(modeFor(this.editor))
    this.editor.renderer.setTheme({ cssClass: "ace-folkmoot", cssText: "", isDark: false, $id: "folkmoot" })
    this.editor.renderer.setPadding(12)
    this.editor.renderer.setScrollMargin(8, 8)
    this.editor.session.setUndoManager(null)
    this.editor.commands.removeCommands(NOT_HERE)
    this.command("undo", "Ctrl-Z", "Command-Z", () => this.binding.undo?.undo())
    this.command("redo", "Ctrl-Y|Ctrl-Shift-Z", "Command-Shift-Z|Command-Y", () => this.binding.undo?.redo())
    keepTagsLast(this.editor)
    keepOneDash(this.editor)
    this.runOn = new RunOn(this.editor, this.box, {
      begin: (reason) => this.line.drafts.begin(reason),
      grow: (words) => {
        this.line.drafts.grow(words)
        this.tell()
      },
      end: () => this.line.drafts.end(),
    })
    let triedAt = -Infinity
    const tries = () => {
      const isHeldDown = performance.now() - triedAt < HELD_DOWN_MS
      triedAt = performance.now()
      const detail = { workshop: data.workshop }
      if (!isHeldDown) window.dispatchEvent(new CustomEvent("folkmoot:try-now", { detail }))
    }
    const bindKey = { win: "Ctrl-Enter", mac: "Command-Enter|Ctrl-Enter" }
    this.editor.commands.addCommand({ name: "tryNow", bindKey, exec: tries, readOnly: true })
  }

  command(name, win, mac, act) {
    const exec = () => !this.editor.getReadOnly() && act()
    this.editor.commands.addCommand({ name, bindKey: { win, mac }, exec, readOnly: true })
  }

  // A label was pressed: with a mouse the next word goes to the clause's end; a finger asks for no keyboard by it.
  goTo(id) {
    this.neighbour.open(id)
    const clause = this.margin.find(id)
    if (!clause || this.editor.getReadOnly() || !matchMedia("(pointer: fine)").matches) return
    this.editor.focus()
    this.editor.selection.clearSelection()
    this.editor.navigateTo(...wordsEnd(this.editor, clause))
  }

  level(text) {
    const isFirst = !this.binding.text && !this.editor.getValue()
    if (this.binding.text !== text) this.binding.attach(text)
    if (isFirst) this.editor.selection.moveTo(0, 0)
    this.margin.isStale = true
    this.writers.changed()
    this.neighbour.placed()
    this.offer()
  }

  pointed() {
    if (this.pointing || this.isOver) return
    this.pointing = requestAnimationFrame(() => {
      this.pointing = null
      const { text } = this.binding
      if (this.isOver || !text || text !== this.line.text) return
      const { anchor, lead } = this.binding.selected()
      const isThere = this.editor.isFocused() || this.line.point
      if (isThere) this.line.pointAt({ anchor, head: lead })
      this.cursors.follow()
      this.neighbour.moved()
    })
  }

  say() {
    const { line } = this
    const now = performance.now()
    if (line.end) return line.end
    const isLost = !line.isOpen && now - (line.lostAt ?? now) > LOST_MS
    if (isLost) return "offline"
    if (!line.isLevel) return "opening"
    if (!line.isSaved) return line.unsavedSince && now - line.unsavedSince > SLOW_MS ? "slow" : "saving"
    if (!line.hello || line.hello.may_write) return "saved"
    if (line.hello.reason === "role") return "role"
    return line.drafts.all().length ? "kept" : "locked"
  }

  tell() {
    const { line } = this
    if (this.isOver || !line) return
    this.focus?.mind()
    const state = this.say()
    const problem = line.problem && ["saved", "saving"].includes(state) ? ` But it is not the policy yet: ${line.problem}` : ""
    const said = `${SAYS[state]}${problem && state === "saved" ? "." : ""}${problem}`
    if (said !== this.said) {
      this.said = said
      this.status.textContent = said
      this.status.dataset.state = problem ? "problem" : state
    }
    // Without a line one goes on typing; what may not be typed at all is known from before.
    const isOpen = Boolean(this.binding.text && line.hello?.may_write && !line.end)
    if (this.editor.getReadOnly() === isOpen) this.setOpen(isOpen)
    this.root.classList.toggle("fm-read-only", !isOpen)
    this.root.toggleAttribute("data-unsaved", !line.isSaved) // for `at_rest.js`
    this.offer()
  }

  // Before it closes, a word that is being composed is finished: Ace would lose it, and whatever is typed once it is open again.
  setOpen(isOpen) {
    if (!isOpen) this.composing.end()
    if (!isOpen && this.composing.isOn) return
    this.editor.setReadOnly(!isOpen)
    if (isOpen) this.runOn.end()
    else this.runOn.begin()
  }

  // What was refused, for its writer alone. What is drawn already stands still, such as a question that waits for its answer.
  offer() {
    const { line } = this
    if (!line) return
    const drafts = line.drafts.all()
    const state = JSON.stringify(drafts)
    if (state !== this.offered) {
      this.offered = state
      this.inserts = []
      this.drafts.replaceChildren(...drafts.map((one) => this.draft(one)))
    }
    for (const insert of this.inserts) insert.disabled = this.editor.getReadOnly()
  }

  draft({ id, text, reason }) {
    const { line } = this
    const insert = button("Put it at the cursor", () => {
      this.editor.clearSelection()
      const isLine = BEGINS_A_LINE.test(text) || this.editor.getCursorPosition().column === 0
      this.editor.insert(isLine && !text.endsWith("\n") ? `${text}\n` : text)
      line.drafts.drop(id)
      this.offer()
      this.editor.focus()
    })
    this.inserts.push(insert)
    const drop = throwing(() => {
      line.drafts.drop(id)
      this.offer()
      this.editor.focus()
    })
    return box("Your private draft", `${reason} Only you see this:`, text, [insert, copying(text), drop])
  }
}
