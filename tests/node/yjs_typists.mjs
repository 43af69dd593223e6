// Pages that type, delete, undo and hear of each other late, as browsers do: from stdin the update that the document
// begins with, in base64, and for each document a number; to stdout what was sent in its order, and the text at last.
import { readFileSync } from "node:fs"
import * as Y from "yjs"

const PAGES = 4
const STEPS = 120
const WORDS = ["a", "word ", "é", "👩", "👩‍🔬 and", "\n- ", "some more words\n"]

function dice(state) {
  return (most) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return Math.floor(((state ^ (state >>> 13)) >>> 0) / 2 ** 32 * most)
  }
}

class Page {
  constructor(begun, client) {
    this.doc = new Y.Doc()
    this.doc.clientID = client
    Y.applyUpdate(this.doc, begun)
    this.text = this.doc.getText("policy")
    this.undo = new Y.UndoManager(this.text, { trackedOrigins: new Set([this]), captureTimeout: 0 })
    this.unsent = []
    this.unheard = []
    this.doc.on("update", (update, origin) => origin !== "others" && this.unsent.push(update))
  }

  // Where a whole character begins.
  place(roll) {
    const text = this.text.toString()
    const at = roll(text.length + 1)
    return /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at
  }

  act(roll) {
    const what = roll(10)
    if (what === 0) return this.undo.undo()
    if (what === 1) return this.undo.redo()
    this.doc.transact(() => {
      const [first, end] = [this.place(roll), this.place(roll)].sort((one, other) => one - other)
      if (what < 5) this.text.delete(first, end - first > 30 ? 0 : end - first)
      if (what > 3) for (const word of WORDS.slice(0, 1 + roll(3))) this.text.insert(first, roll(2) ? word : WORDS[roll(7)])
    }, this)
  }

  hear(count) {
    for (const update of this.unheard.splice(0, count)) Y.applyUpdate(this.doc, update, "others")
  }
}

function workshop(begun, seed) {
  const roll = dice(seed + 1)
  const pages = Array.from({ length: PAGES }, (_, at) => new Page(begun, 100 + at))
  const server = new Y.Doc()
  Y.applyUpdate(server, begun)
  const sent = []
  const send = (page) => {
    if (!page.unsent.length) return
    const isAll = !roll(4) // as on a new line
    const update = isAll ? Y.encodeStateAsUpdate(page.doc, Y.encodeStateVector(server)) : Y.mergeUpdates(page.unsent)
    page.unsent = []
    Y.applyUpdate(server, update)
    sent.push({ client: page.doc.clientID, update: Buffer.from(update).toString("base64") })
    for (const other of pages) if (other !== page) other.unheard.push(update)
  }
  for (let step = 0; step < STEPS; step++) {
    const page = pages[roll(PAGES)]
    page.act(roll)
    if (!roll(3)) send(page)
    if (!roll(2)) pages[roll(PAGES)].hear(1 + roll(6))
  }
  pages.forEach(send)
  for (const page of pages) page.hear(Infinity)
  const texts = new Set([server, ...pages.map((page) => page.doc)].map((doc) => doc.getText("policy").toString()))
  return { sent, texts: [...texts] }
}

const { begun, seeds } = JSON.parse(readFileSync(0, "utf-8"))
process.stdout.write(JSON.stringify(seeds.map((seed) => workshop(Buffer.from(begun, "base64"), seed))))
