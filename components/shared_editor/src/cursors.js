// Where the others are: a caret with their name, and what they have selected, in their colour.

import ace from "ace-builds/src-noconflict/ace.js"

const { Range } = ace.require("ace/range")
const NAME_MS = 4000

export class Cursors {
  constructor(editor, binding, list) {
    Object.assign(this, { editor, binding, list })
    this.shown = new Map()
    this.layer = document.createElement("div")
    this.layer.className = "fm-carets"
    this.layer.setAttribute("aria-hidden", "true")
    editor.renderer.content.appendChild(this.layer)
    editor.renderer.on("afterRender", () => this.place())
  }

  show(others) {
    for (const [client, one] of this.shown) if (!others.has(client)) this.remove(client, one)
    for (const [client, { user, cursor }] of others) {
      const one = this.shown.get(client) ?? this.add(client)
      const moved = JSON.stringify(cursor) !== JSON.stringify(one.cursor)
      Object.assign(one, { user, cursor })
      one.caret.className = `fm-caret fm-colour-${user.colour}`
      if (one.label.textContent !== user.name) {
        one.label.textContent = user.name
        one.width = one.label.offsetWidth
      }
      if (moved) this.showName(one)
    }
    this.follow()
    this.listNames()
  }

  add(client) {
    const caret = document.createElement("div")
    const label = caret.appendChild(document.createElement("span"))
    this.layer.appendChild(caret)
    const one = { caret, label, marker: null, width: 0 }
    this.shown.set(client, one)
    return one
  }

  remove(client, one) {
    clearTimeout(one.timer)
    one.caret.remove()
    if (one.marker !== null) this.editor.session.removeMarker(one.marker)
    this.shown.delete(client)
  }

  showName(one) {
    clearTimeout(one.timer)
    one.label.classList.remove("fm-quiet")
    one.timer = setTimeout(() => one.label.classList.add("fm-quiet"), NAME_MS)
  }

  // The places move with the text.
  follow() {
    if (!this.binding.text) return
    const { session } = this.editor
    for (const one of this.shown.values()) {
      const [anchor, head] = [one.cursor?.anchor, one.cursor?.head].map((end) => this.placeOf(end))
      if (one.marker !== null) session.removeMarker(one.marker)
      one.marker = null
      one.head = head
      if (!anchor || !head) continue
      const isBackward = anchor.row > head.row || (anchor.row === head.row && anchor.column > head.column)
      const range = isBackward ? Range.fromPoints(head, anchor) : Range.fromPoints(anchor, head)
      if (!range.isEmpty()) one.marker = session.addMarker(range, `fm-selection fm-colour-${one.user.colour}`, "text")
    }
    this.place()
  }

  // Null where that is nowhere in this text, or no place: one cursor must not stop the others, nor the text.
  placeOf(end) {
    try {
      return this.binding.absolute(end)
    } catch {
      return null
    }
  }

  place() {
    const { $cursorLayer: cursors, lineHeight, scroller } = this.editor.renderer
    for (const { caret, head, width } of this.shown.values()) {
      caret.hidden = !head
      if (!head || !cursors.config) continue
      const { left, top } = cursors.getPixelPosition(head, true)
      caret.style.transform = `translate(${left}px, ${top}px)`
      caret.style.height = `${lineHeight}px`
      caret.classList.toggle("fm-top", top < lineHeight)
      caret.classList.toggle("fm-end", left > width && left + width > scroller.clientWidth)
    }
  }

  listNames() {
    const people = new Map()
    for (const { user } of this.shown.values()) people.set(user.person, user)
    this.list.replaceChildren(
      ...[...people.values()].map((user) => {
        const name = document.createElement("span")
        name.className = `fm-name fm-colour-${user.colour}`
        name.textContent = user.name
        return name
      }),
    )
    this.list.hidden = !people.size
  }
}
