// The margin beside the text: each clause's label at its first line, with a small mark where something stands beside it, and a
// neutral sign where a clause was just typed that has no number yet. It follows the text while it is typed.

import { placesOf } from "./walk.js"

const ITEM = /^ ?(?:[-+*]|\d{1,9}[.)])[ \t]+\S/ // As CommonMark begins an item of the outermost list.
const UNNUMBERED = { label: "·", title: "A clause that was just typed. It gets its number in a moment." }

export class Margin {
  // `element` is the margin's column; `pressed` hears of the clause whose label was pressed.
  constructor(editor, binding, element, pressed) {
    Object.assign(this, { editor, binding, element, pressed })
    this.clauses = []
    this.facts = {}
    this.shown = new Map()
    this.isStale = true
    editor.session.on("change", () => (this.isStale = true))
    editor.renderer.on("afterRender", () => this.place())
    element.addEventListener("wheel", ({ deltaY }) => editor.renderer.scrollBy(0, deltaY), { passive: true })
  }

  // Where the clauses stand, as the server says.
  set(clauses) {
    this.clauses = clauses.map((one) => ({ ...one, row: null, lastRow: null, range: null }))
    this.isStale = true
    this.place()
  }

  setFacts(facts) {
    this.facts = facts
    this.place()
  }

  // The clause that stands in this row, or none.
  at(row) {
    this.follow()
    return this.clauses.findLast((one) => one.row <= row && row <= one.lastRow) ?? null
  }

  find(id) {
    this.follow()
    return this.clauses.find((one) => one.id === id && one.row !== null) ?? null
  }

  follow() {
    const { text } = this.binding
    if (!this.isStale || !text) return
    this.isStale = false
    const places = placesOf(text, this.clauses.flatMap(({ first, end }) => (end ? [first, end] : [first])))
    const { doc } = this.editor.session
    for (const one of this.clauses) {
      const [first, end] = [places.get(one.first), one.end && places.get(one.end)]
      const isHere = first && (!one.end || end) && !(first.isGone && end?.isGone)
      one.row = isHere ? doc.indexToPosition(first.index).row : null
      one.lastRow = isHere ? doc.indexToPosition(end ? end.index : text.length).row : null
      one.range = isHere ? [first.index, end ? end.index : text.length] : null
      // All of its first line may have been joined to the line before.
      if (isHere && one.lastRow < one.row) one.row = one.lastRow
    }
    this.firstRows = new Map()
    for (const one of this.clauses) if (one.row !== null) this.firstRows.set(one.row, one)
  }

  place() {
    this.follow()
    const { renderer, session } = this.editor
    const { firstRow, lastRow, offset } = renderer.layerConfig
    if (!this.firstRows || !renderer.$cursorLayer.config) return
    const seen = new Set()
    for (let row = firstRow; row <= Math.min(lastRow, session.getLength() - 1); row++) {
      const clause = this.firstRows.get(row)
      if (!clause && !ITEM.test(session.getLine(row))) continue
      const key = clause?.id ?? `row ${row}`
      seen.add(key)
      const { top } = renderer.$cursorLayer.getPixelPosition({ row, column: 0 }, true)
      this.draw(key, clause ?? UNNUMBERED, top - offset, renderer.lineHeight)
    }
    for (const [key, one] of this.shown) {
      if (seen.has(key)) continue
      one.box.remove()
      this.shown.delete(key)
    }
  }

  draw(key, { id, label, title = "" }, top, height) {
    const one = this.shown.get(key) ?? this.add(key, id)
    const fact = this.facts[id]
    const state = JSON.stringify([label, title, fact, height, id === this.here])
    one.box.style.transform = `translateY(${top}px)`
    if (state === one.state) return
    one.state = state
    one.box.style.height = one.box.style.lineHeight = `${height}px`
    one.box.title = fact ? `${label}: ${fact.title}` : title
    one.box.classList.toggle("fm-here", Boolean(id) && id === this.here)
    one.label.textContent = label
    one.mark.textContent = fact?.mark ?? ""
    one.mark.hidden = !fact
  }

  add(key, id) {
    const box = Object.assign(document.createElement("div"), { className: id ? "fm-place" : "fm-place fm-unnumbered" })
    const label = box.appendChild(document.createElement("span"))
    const mark = box.appendChild(Object.assign(document.createElement("span"), { className: "fm-mark" }))
    if (id) box.onclick = () => this.pressed(id)
    this.element.append(box)
    const one = { box, label, mark, state: null }
    this.shown.set(key, one)
    return one
  }

  // Which clause the panel or the cursor is at.
  mark(id) {
    if (this.here === id) return
    this.here = id
    this.place()
  }
}
