// Joins an Ace editor and a Y.Text: what one types goes into the text, what others type appears in the editor, and cursor,
// selection, scroll and undo stay one's own.

import ace from "ace-builds/src-noconflict/ace.js"
import * as Y from "yjs"
import { clean, replacement } from "./diff.js"

const { Range } = ace.require("ace/range")
const CAPTURE_MS = 500

export class Binding {
  // `othersWrote()` is called when the editor shows what did not come from it.
  constructor(editor, othersWrote) {
    this.editor = editor
    this.othersWrote = othersWrote
    this.session = editor.session
    this.isApplying = false
    this.text = null
    this.onChange = (delta) => this.typed(delta)
    this.onBefore = (transaction) => this.remember(transaction)
    this.onEvent = (event, transaction) => this.happened(event, transaction)
    this.session.doc.on("change", this.onChange)
  }

  // From now on the editor shows this text. What stands in it already is changed as little as that takes.
  attach(text) {
    this.detach()
    this.text = text
    this.undo = new Y.UndoManager(text, { trackedOrigins: new Set([this]), captureTimeout: CAPTURE_MS })
    this.reconcile()
    text.doc.on("beforeTransaction", this.onBefore)
    text.observe(this.onEvent)
  }

  detach() {
    if (!this.text) return
    this.text.doc.off("beforeTransaction", this.onBefore)
    this.text.unobserve(this.onEvent)
    this.undo.destroy()
    this.text = null
  }

  destroy() {
    this.detach()
    this.session.doc.off("change", this.onChange)
  }

  index(position) {
    return this.session.doc.positionToIndex(position)
  }

  position(index) {
    return this.session.doc.indexToPosition(index)
  }

  // A place that stays beside its character whatever others do: after the one before it, at the very beginning if there is
  // none, or else before the one that follows.
  relative(position, isBeforeNext = false) {
    const index = this.index(position)
    return Y.createRelativePositionFromTypeIndex(this.text, index, isBeforeNext ? 0 : -1)
  }

  // Both ends of the selection. What others write at its edge does not come into it.
  selected() {
    const { selection } = this.session
    const { anchor, lead } = selection
    if (selection.isEmpty()) return { anchor: this.relative(lead), lead: this.relative(lead) }
    const isBackward = selection.isBackwards()
    return { anchor: this.relative(anchor, !isBackward), lead: this.relative(lead, isBackward) }
  }

  absolute(relative) {
    const found = relative && Y.createAbsolutePositionFromRelativePosition(relative, this.text.doc)
    return found && found.type === this.text ? this.position(found.index) : null
  }

  // Make the editor show exactly the text.
  reconcile() {
    const change = replacement(this.session.getValue(), this.text.toString(), this.index(this.session.selection.lead))
    if (!change) return
    const delta = [{ retain: change.index }, { delete: change.count }, { insert: change.words }]
    this.keepingView(() => this.apply(delta))
    this.othersWrote()
  }

  typed({ action, start, lines }) {
    if (this.isApplying || !this.text) return
    const words = lines.join("\n")
    const index = this.index(start)
    const typed = action === "insert" ? clean(words) : ""
    this.text.doc.transact(() => {
      if (action === "remove") this.text.delete(index, words.length)
      else if (typed) this.text.insert(index, typed)
    }, this)
    if (action === "insert" && typed !== words) queueMicrotask(() => this.text && this.reconcile())
  }

  remember({ origin }) {
    if (origin === this) return
    this.before = { ...this.selected(), held: this.heldPlace() }
  }

  happened(event, { origin }) {
    if (origin === this) return
    const before = this.before
    if (origin === this.undo) {
      const at = this.apply(event.delta)
      this.editor.selection.moveToPosition(at)
      this.editor.renderer.scrollCursorIntoView()
      return
    }
    this.apply(event.delta)
    if (!before) return
    const [anchor, lead] = [this.absolute(before.anchor), this.absolute(before.lead)]
    if (anchor && lead) this.select(anchor, lead)
    this.scrollBack(before.held)
    this.othersWrote()
  }

  // Do to the editor what happened to the text; gives where the last of it ended.
  apply(delta) {
    const { doc } = this.session
    let index = 0
    let last = 0
    this.isApplying = true
    try {
      for (const { retain, insert, delete: count } of delta) {
        if (retain) index += retain
        if (count) doc.remove(Range.fromPoints(this.position(index), this.position(index + count)))
        if (insert) {
          doc.insert(this.position(index), insert)
          index += insert.length
        }
        if (insert || count) last = index
      }
    } finally {
      this.isApplying = false
    }
    return this.position(last)
  }

  select(anchor, lead) {
    const { selection } = this.session
    const is = (one, other) => one.row === other.row && one.column === other.column
    if (is(selection.anchor, anchor) && is(selection.lead, lead)) return
    selection.setSelectionAnchor(anchor.row, anchor.column)
    selection.selectToPosition(lead)
    if (is(anchor, lead)) selection.clearSelection()
  }

  keepingView(change) {
    const held = this.text.length ? this.heldPlace() : null
    change()
    this.scrollBack(held)
  }

  // What stays where it is on the screen: the cursor of whoever writes, or else the line at the top of what they read.
  heldPlace() {
    const { renderer, session } = this.editor
    const scroll = session.getScrollTop()
    const { lead } = session.selection
    const cursorAt = this.heightOf(lead) - scroll
    const height = renderer.$size.scrollerHeight
    if (this.editor.isFocused() && cursorAt > -renderer.lineHeight && cursorAt < height) {
      return { at: this.relative(lead), offset: -cursorAt }
    }
    if (scroll <= 0) return null
    const first = { row: renderer.getFirstVisibleRow(), column: 0 }
    return { at: this.relative(first, true), offset: scroll - this.heightOf(first) }
  }

  heightOf({ row, column }) {
    const { renderer, session } = this.editor
    return session.documentToScreenRow(row, column) * renderer.lineHeight
  }

  scrollBack(held) {
    const place = held && this.absolute(held.at)
    if (place) this.session.setScrollTop(this.heightOf(place) + held.offset)
  }
}
