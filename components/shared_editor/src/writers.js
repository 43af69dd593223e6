// Who wrote what, on demand: the text in stretches of each writer's colour, with their names and shares in words.

import ace from "ace-builds/src-noconflict/ace.js"
import { stretchesOf } from "./walk.js"

const { Range } = ace.require("ace/range")
const COLOURS = 12
const EARLIER = { key: "", name: "Earlier text", colour: null }

export class Writers {
  // `who` gives { client, person, name, colour, others } as this page knows them; `ask` asks the server for all others.
  constructor(editor, binding, legend, who, ask) {
    Object.assign(this, { editor, binding, legend, who, ask })
    this.people = new Map()
    this.clients = new Map()
    this.asked = new Set()
    this.isOn = false
    editor.session.on("change", () => this.changed())
    editor.on("mousemove", (event) => this.point(event))
  }

  destroy() {
    cancelAnimationFrame(this.drawing)
  }

  toggle(isOn) {
    this.isOn = isOn
    const { session, container } = this.editor
    if (isOn) {
      this.asked.clear()
      this.ask()
      this.marker = session.addDynamicMarker({ update: (...given) => this.paint(...given) })
    } else if (this.marker) {
      session.removeMarker(this.marker.id)
      this.marker = null
      container.removeAttribute("title")
    }
    this.legend.hidden = !isOn
    this.changed()
    session._signal("changeBackMarker")
  }

  // What the server says.
  hear(people) {
    for (const { person, name, colour, clients } of people) {
      this.know(person, name, colour)
      for (const client of clients) this.clients.set(client, person)
    }
    this.changed()
  }

  know(person, name, colour) {
    const known = this.people.get(person)
    const fixed = colour ?? known?.colour ?? this.freeColour()
    if (known?.name !== name || known.colour !== fixed) this.people.set(person, { key: person, name, colour: fixed })
  }

  freeColour() {
    const taken = new Set([...this.people.values()].map((one) => one.colour))
    for (let colour = 0; colour < COLOURS; colour++) if (!taken.has(colour)) return colour
    return this.people.size % COLOURS
  }

  changed() {
    if (!this.isOn || this.drawing) return
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null
      this.compute()
    })
  }

  compute() {
    const { text } = this.binding
    if (!this.isOn || !text) return
    const me = this.who()
    if (me.name) {
      this.know(me.person, me.name, me.colour)
      this.clients.set(me.client, me.person)
    }
    for (const [client, { user }] of me.others) {
      this.know(user.person, user.name, user.colour)
      this.clients.set(client, user.person)
    }
    this.me = me.person
    let isNew = false
    this.stretches = stretchesOf(text, (client) => {
      const person = this.people.get(this.clients.get(client))
      if (!person && !this.asked.has(client)) {
        this.asked.add(client)
        isNew = true
      }
      return person ?? EARLIER
    })
    if (isNew) this.ask()
    this.tell()
    this.editor.session._signal("changeBackMarker")
  }

  paint(html, layer, session, config) {
    const { doc } = session
    const from = doc.positionToIndex({ row: config.firstRow, column: 0 })
    const to = doc.positionToIndex({ row: config.lastRow + 1, column: 0 })
    for (const { start, end, by } of this.stretches ?? []) {
      if (by === EARLIER || end <= from || start >= to) continue
      const range = Range.fromPoints(doc.indexToPosition(Math.max(start, from)), doc.indexToPosition(Math.min(end, to)))
      if (range.isEmpty()) continue
      const onScreen = range.toScreenRange(session)
      const look = `fm-author fm-colour-${by.colour}`
      if (onScreen.isMultiLine()) layer.drawTextMarker(html, onScreen, look, config)
      else layer.drawSingleLineMarker(html, onScreen, look, config)
    }
  }

  point(event) {
    if (!this.isOn) return
    const index = this.binding.index(event.getDocumentPosition())
    const one = this.stretches?.find(({ start, end }) => start <= index && index < end)
    this.editor.container.title = one ? this.nameOf(one.by) : ""
  }

  nameOf(by) {
    return by.key && by.key === this.me ? `${by.name} (you)` : by.name
  }

  // Who wrote how much from one place to another, the most first: [{ by, share }], shares in per cent.
  shares(from = 0, to = Infinity) {
    const counts = new Map()
    let total = 0
    for (const { start, end, by } of this.stretches ?? []) {
      const count = Math.min(end, to) - Math.max(start, from)
      if (count <= 0) continue
      counts.set(by, (counts.get(by) ?? 0) + count)
      total += count
    }
    return [...counts].sort((one, other) => other[1] - one[1]).map(([by, n]) => ({ by, share: Math.round((100 * n) / total) }))
  }

  // The clause whose writers are named, or none.
  at(clause) {
    this.clause = clause
    if (this.isOn) this.tell()
  }

  tell() {
    const chip = ({ by, share }) => {
      const name = document.createElement("span")
      name.className = by === EARLIER ? "fm-name fm-earlier" : `fm-name fm-colour-${by.colour}`
      name.textContent = `${this.nameOf(by)} ${share || "<1"} %`
      return name
    }
    const line = document.createElement("p")
    const { label, range } = this.clause ?? {}
    const told = range ? this.shares(...range).map(({ by, share }) => `${this.nameOf(by)} ${share || "<1"} %`) : []
    line.textContent = told.length ? `${label}: ${told.join(", ")}` : ""
    const chips = this.shares().map(chip)
    // Whoever pastes a clause elsewhere is none of its authors, whom the panel names.
    const said = chips.length ? "Shares of the characters, by who typed or pasted them here." : "Nothing is written yet."
    this.legend.replaceChildren(...chips, Object.assign(document.createElement("p"), { textContent: said }), line)
  }
}
