// What the editor and the clause panel beside it tell each other. They are elements of their own, and neither may be there yet:
// so they speak by events of the window, and what was said last is kept where both find it.

import ace from "ace-builds/src-noconflict/ace.js"

const { Range } = ace.require("ace/range")
const SAID = Symbol.for("folkmoot.draft") // { workshop, clause, label, called, facts }
const REST_MS = 300
const FLASH_MS = 2500

export class Neighbour {
  constructor(element, workshop) {
    Object.assign(this, { element, workshop })
    const said = (globalThis[SAID] ??= {})
    if (said.workshop !== workshop) globalThis[SAID] = { workshop }
    this.listeners = {
      "folkmoot:facts": () => this.placed(),
      "folkmoot:called": () => this.placed(),
      "folkmoot:shown": () => this.element.margin.mark(this.said.shown ?? null),
      "folkmoot:to-editor": () => this.element.editor.focus(),
    }
    for (const [kind, act] of Object.entries(this.listeners)) addEventListener(kind, act)
    element.editor.commands.addCommand({
      name: "toPanel",
      bindKey: { win: "F6", mac: "F6" },
      exec: () => dispatchEvent(new CustomEvent("folkmoot:to-panel")),
      readOnly: true,
    })
    element.editor.on("focus", () => this.moved())
  }

  get said() {
    return globalThis[SAID]
  }

  destroy() {
    clearTimeout(this.resting)
    clearTimeout(this.flashing)
    for (const [kind, act] of Object.entries(this.listeners)) removeEventListener(kind, act)
  }

  // The cursor, or the text around it, moved: once it rests, the panel hears in which clause it is.
  moved() {
    clearTimeout(this.resting)
    this.resting = setTimeout(() => this.rested(), REST_MS)
  }

  rested() {
    const { editor, margin, writers, isOver } = this.element
    if (isOver) return
    const clause = margin.at(editor.getCursorPosition().row)
    writers.at(clause)
    if (clause && editor.isFocused()) this.open(clause.id)
  }

  open(id) {
    const clause = this.element.margin.find(id)
    if (!clause) return
    Object.assign(this.said, { workshop: this.workshop, clause: id, label: clause.label })
    dispatchEvent(new CustomEvent("folkmoot:clause", { detail: { ...this.said } }))
  }

  // It is known anew where the clauses stand, or what stands beside them.
  placed() {
    const { margin, line } = this.element
    if (this.said.facts) margin.setFacts(this.said.facts)
    margin.mark(this.said.shown ?? null)
    if (line?.isLevel) this.follow()
    if (this.element.editor.isFocused()) this.moved()
  }

  // Bring what this page was called to into view, once. The cursor stays.
  follow() {
    const { called } = this.said
    if (!called || called.isDone) return
    const { editor, margin } = this.element
    const clause = margin.find(called.clause)
    if (!clause) return
    called.isDone = true
    editor.renderer.updateFull(true)
    editor.scrollToLine(clause.row, true, true)
    this.flash(clause)
  }

  flash({ row, lastRow }) {
    const { editor } = this.element
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
    this.element.page.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" })
    const marker = editor.session.addMarker(new Range(row, 0, lastRow, 1), "fm-called", "fullLine")
    clearTimeout(this.flashing)
    this.flashing = setTimeout(() => editor.session.removeMarker(marker), FLASH_MS)
  }
}
