// The line between this page's copy of the document and the server. Every edit is kept in the browser until the server says
// that it is in the database; without a line one goes on typing, and what was typed is merged when the line is back.

import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import * as random from "lib0/random"
import * as Y from "yjs"
import { ownWords } from "./diff.js"
import { base64, bytesOf, DRAFTS, Drafts, Kept, TEXTS } from "./kept.js"
import { wordsOf } from "./walk.js"

// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const SYNC = 0
const AWARENESS = 1
const ASK_WRITERS = 8
const STATE = 0
const MISSING = 1
const UPDATE = 2
const GATHER_MS = 20
const POINT_MS = 100
const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 10_000
const DEAD_AFTER_MS = 60_000 // The server says something every 25 s.
const ANSWER_WITHIN_MS = 12_000
const OUT_LOOK_MS = 15_000 // How often whoever was removed asks whether they were taken back.
const MIND_MS = 1000
const LINGERS_MS = 60_000
const MANY_PIECES = 500
const NOT_A_MEMBER = 4403
const GONE = 4404
const BEGIN_ANEW = 4409
const TOO_MANY = 4429
const NOT_UNDERSTOOD = 1007
const TOO_LONG = 1009
const REMOVED = "This did not reach the policy before you were signed out of the workshop."
const TOO_MUCH = "This is more at once than the document takes."
const NOT_TAKEN = "This could not be merged with what the others wrote meanwhile."

const UNHEARD = { level() {}, changed() {}, others() {}, clauses() {}, writers() {} }
const lingering = new Set() // Lines whose page was left before all was saved.

// Several updates that are in a document already, as one. Yjs keeps a piece for each keystroke in what it merges, and the
// server takes no more than some thousands; the document itself holds what was typed in a row as one.
function merged(typed, doc) {
  const update = Y.mergeUpdates(typed.map((one) => one.update))
  if (update.byteLength < MANY_PIECES || Y.decodeUpdate(update).structs.length < MANY_PIECES) return update
  const known = Y.decodeStateVector(Y.encodeStateVector(doc))
  for (const [client, first] of Y.parseUpdateMeta(update).from) known.set(client, Math.min(first, known.get(client) ?? 0))
  return Y.encodeStateAsUpdate(doc, Y.encodeStateVector(known))
}

export class Line {
  // `on`: level(text) when there is a document to show, changed() when there is something else to say, others(map),
  // clauses(list) when it is known where they stand, writers(list) when that was asked.
  constructor({ workshop, role, person }, on) {
    Object.assign(this, { workshop, role, person, on })
    this.prefix = `${TEXTS}:${workshop}:${person}:`
    this.drafts = new Drafts(`${DRAFTS}:${workshop}:${person}`)
    this.others = new Map()
    this.awaited = []
    this.done = new Set() // What pages of before left, and is saved or refused.
    this.hello = null
    this.end = null
    this.waitMs = FIRST_WAIT_MS
    this.point = null
    this.clock = 0
    this.listeners = [
      [window, "online", () => this.open()],
      [window, "offline", () => this.comeBack()],
      [window, "pagehide", () => this.flushAll()],
      [document, "visibilitychange", () => this.seen()],
    ]
    for (const [target, kind, act] of this.listeners) target.addEventListener(kind, act)
    this.minding = setInterval(() => this.mind(), MIND_MS)
    for (const line of lingering) if (line.prefix === this.prefix) line.finish() // This one takes up what it left.
    this.begin([])
    this.open()
  }

  // Whoever leaves the page leaves nothing behind: the line stands until all is saved, for a while at most.
  async destroy() {
    this.on = UNHEARD
    this.pointAt(null)
    this.tellPoint()
    this.flushAll()
    lingering.add(this)
    if (!this.isSaved) await this.stored(LINGERS_MS)
    this.finish()
  }

  finish() {
    if (this.isOver) return
    this.isOver = true
    lingering.delete(this)
    for (const [target, kind, act] of this.listeners) target.removeEventListener(kind, act)
    clearInterval(this.minding)
    clearTimeout(this.opening)
    this.flushAll()
    this.hangUp()
    window.dispatchEvent(new Event("folkmoot:kept")) // for the page that offers it to whoever was signed out
  }

  flushAll() {
    this.flush()
    this.kept.flush()
  }

  // A new copy of the document. `carried` is what of the last one is not saved yet. Until the new one has come, one goes on
  // typing into the last one, and that is carried over too.
  begin(carried) {
    this.doc?.off("update", this.onUpdate)
    if (this.isLevel) {
      this.previous = this.doc
      this.previous.on("update", (update, origin) => origin !== this && this.typedBefore(update))
    }
    const before = this.kept
    this.doc = new Y.Doc()
    this.text = this.doc.getText("policy")
    this.kept = new Kept(this.prefix, this.doc.clientID)
    this.unsaved = []
    this.carried = carried
    this.isLevel = false
    this.onUpdate = (update, origin) => origin !== this && this.typed(update)
    this.doc.on("update", this.onUpdate)
    if (carried.length) this.keep()
    this.kept.flush()
    before?.put(null)
    before?.flush()
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN && this.isLevel && this.isAsked
  }

  get mayWrite() {
    return this.isLevel && (this.hello?.may_write ?? false) && !this.end
  }

  get isSaved() {
    return !this.unsaved.length && !this.carried.length && !this.isTaking
  }

  typed(update) {
    this.unsaved.push({ update, number: null })
    this.unsavedSince ??= performance.now()
    this.keep()
    this.sending ??= setTimeout(() => this.flush(), GATHER_MS)
    this.on.changed()
  }

  typedBefore(update) {
    if (this.isLevel) return
    this.carried.push(update)
    this.keep()
    this.on.changed()
  }

  // The text in which one types at this moment.
  get shown() {
    return ((this.isLevel ? this.doc : this.previous) ?? this.doc).getText("policy")
  }

  get words() {
    return this.shown.toString()
  }

  keep() {
    const updates = [...this.carried, ...this.unsaved.map((one) => one.update)]
    if (updates.length > 30) this.squeeze()
    if (!updates.length) {
      this.kept.put(null)
      return
    }
    const update = Y.mergeUpdates(updates)
    const { name } = this.hello ?? {}
    this.kept.put({ update: base64(update), text: this.words, typed: this.typedIn(update), name, at: Date.now() })
  }

  // What of these edits still stands, in words.
  typedIn(update) {
    return wordsOf(this.shown, Y.decodeUpdate(update).structs)
  }

  // What was typed without a line becomes one update: it is written down anew at every keystroke.
  squeeze() {
    const unsent = this.unsaved.filter((one) => one.number === null)
    if (unsent.length < 2) return
    const rest = this.unsaved.filter((one) => one.number !== null)
    this.unsaved = [...rest, { update: merged(unsent, this.doc), number: null }]
  }

  // Resolves once all that was typed until now is in the database; true if so, false if that takes too long.
  async stored(withinMs) {
    const deadline = performance.now() + withinMs
    this.flush()
    while (!this.isSaved) {
      if (performance.now() > deadline || this.end || this.isOver) return false
      await new Promise((done) => {
        const timer = setTimeout(done, 250)
        this.awaited.push(() => {
          clearTimeout(timer)
          done()
        })
      })
    }
    return true
  }

  flush() {
    clearTimeout(this.sending)
    this.sending = null
    const unsent = this.unsaved.filter((one) => one.number === null)
    if (!unsent.length || !this.isOpen) return
    this.sent++
    for (const one of unsent) one.number = this.sent
    this.say(UPDATE, merged(unsent, this.doc))
  }

  say(kind, data) {
    const frame = encoding.createEncoder()
    encoding.writeVarUint(frame, SYNC)
    encoding.writeVarUint(frame, kind)
    encoding.writeVarUint8Array(frame, data)
    this.socket.send(encoding.toUint8Array(frame))
    this.askedAt ??= performance.now()
  }

  // Who types here under which number, and who else does.
  knows(person) {
    const { name, colour } = this.hello ?? {}
    return { client: this.doc.clientID, person, name, colour, others: this.others }
  }

  // Who typed what: the answer comes by itself. Without a line nothing comes.
  askWriters() {
    if (this.isOpen) this.socket.send(new Uint8Array([ASK_WRITERS]))
  }

  // Where the cursor and the other end of the selection are, for the others to see; null = nowhere.
  pointAt(point) {
    this.point = point
    this.pointing ??= setTimeout(() => this.tellPoint(), POINT_MS)
  }

  tellPoint() {
    clearTimeout(this.pointing)
    this.pointing = null
    const state = this.point && this.mayWrite && !document.hidden ? { cursor: this.point } : {}
    const text = JSON.stringify(state)
    if (!this.isOpen || text === this.told) return
    this.told = text
    const inner = encoding.createEncoder()
    encoding.writeVarUint(inner, 1)
    encoding.writeVarUint(inner, this.doc.clientID)
    encoding.writeVarUint(inner, ++this.clock)
    encoding.writeVarString(inner, text)
    const frame = encoding.createEncoder()
    encoding.writeVarUint(frame, AWARENESS)
    encoding.writeVarUint8Array(frame, encoding.toUint8Array(inner))
    this.socket.send(encoding.toUint8Array(frame))
  }

  open() {
    clearTimeout(this.opening)
    if (this.socket || this.end || this.isOver) return
    const address = new URL(`${ROOT}/document`, location.origin)
    address.protocol = address.protocol.replace("http", "ws")
    const client = this.doc.clientID
    const before = this.before && this.before !== client ? { was: this.before } : {}
    address.search = new URLSearchParams({ w: this.workshop, role: this.role, client, ...before })
    const socket = new WebSocket(address)
    socket.binaryType = "arraybuffer"
    Object.assign(this, { socket, sent: 0, isAsked: false, told: "{}", askedAt: performance.now() })
    for (const one of this.unsaved) one.number = null
    this.heardAt = performance.now()
    let wasOpen = false
    socket.onopen = () => {
      wasOpen = true
      if (this.socket === socket) this.say(STATE, Y.encodeStateVector(this.doc))
    }
    socket.onmessage = ({ data }) => this.socket === socket && this.hear(data)
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return
      this.closed(code)
      if (!wasOpen) this.askStanding()
    }
  }

  hangUp() {
    const { socket } = this
    if (!socket) return
    this.socket = null
    socket.close()
    this.lost()
  }

  // What is typed without a line goes under a number that nobody else knows yet: others know the one before, and nobody could
  // tell whether it was this page that wrote on under it. Until the server asks for what it lacks, nobody has heard a number:
  // it stays through all tries of an outage, and is that of the line which ends it, whose number the server notes.
  lost() {
    this.lostAt ??= performance.now()
    if (this.isAsked) this.doc.clientID = random.uint32()
    this.isAsked = false
    this.others.clear()
    this.on.others(this.others)
    this.on.changed()
  }

  closed(code) {
    this.socket = null
    if (code === BEGIN_ANEW) this.anew()
    if (code === NOT_A_MEMBER) {
      this.standingAt = performance.now()
      this.keepAsDraft(REMOVED)
      this.offerLeft()
    }
    if (code === TOO_LONG || code === NOT_UNDERSTOOD) { // sent again, it would be refused again
      this.keepAsDraft(code === TOO_LONG ? TOO_MUCH : NOT_TAKEN)
      this.begin([])
    }
    this.end = { [NOT_A_MEMBER]: "out", [GONE]: "gone", [TOO_MANY]: "elsewhere" }[code] ?? null
    this.lost()
    if (!this.end) this.comeBack()
  }

  // A line that was refused cannot say why. Whoever was signed out while they had none must know it, and their words.
  async askStanding() {
    if (this.standing) return
    const { workshop, role } = this
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    this.standingAt = performance.now()
    this.standing = fetch(`${ROOT}/standing?${new URLSearchParams({ w: workshop, role })}`, { method: "POST", signal })
    const answer = await this.standing.catch(() => null)
    this.standing = null
    if (this.isOver || this.isOpen) return
    const isOurs = answer?.headers.get("Content-Type")?.startsWith("application/json") // and not of a proxy before it
    if (this.end === "out") {
      const { person } = (answer?.ok && isOurs && await answer.json().catch(() => null)) || {}
      if (person === this.person) this.takenBack() // and nobody else who came in with this browser meanwhile
    } else if (answer?.status === 401 && isOurs) {
      clearTimeout(this.opening)
      this.hangUp()
      this.closed(NOT_A_MEMBER)
    }
  }

  // Whoever was removed may be taken back, and goes on with the document as it is now: what they had typed is their draft.
  takenBack() {
    this.keepAsDraft(REMOVED)
    this.end = null
    this.waitMs = FIRST_WAIT_MS
    this.begin([])
    this.open()
    this.on.changed()
  }

  // What was typed and is not saved can go nowhere any more: its words stay with their writer.
  keepAsDraft(reason) {
    const updates = [...this.carried, ...this.unsaved.map((one) => one.update)]
    if (!updates.length) return
    this.drafts.add(this.typedIn(Y.mergeUpdates(updates)), reason)
    this.unsaved = []
    this.carried = []
    this.keep()
    this.forgetLeft()
  }

  // Nor can what pages of before left here.
  async offerLeft() {
    for (const one of await this.kept.left().catch(() => [])) {
      const { typed, name } = one.value
      if (this.drafts.add(typed, REMOVED, name)) this.kept.forget(one)
    }
    this.on.changed()
  }

  // Everybody's line is lost at once when a server ends: not all come back at the same moment.
  comeBack() {
    this.hangUp()
    clearTimeout(this.opening)
    this.opening = setTimeout(() => this.open(), this.waitMs * (0.5 + Math.random()))
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS)
  }

  // What this page has is not what stands: take the document afresh, and with it what is this person's own and fits.
  anew() {
    this.begin([...this.carried, ...this.unsaved.map((one) => one.update)])
  }

  hear(data) {
    this.heardAt = performance.now()
    this.askedAt = null
    if (typeof data === "string") {
      this.hearWords(JSON.parse(data))
      return
    }
    const given = decoding.createDecoder(new Uint8Array(data))
    if (decoding.readVarUint(given) === AWARENESS) {
      this.hearOthers(decoding.createDecoder(decoding.readVarUint8Array(given)))
      return
    }
    const kind = decoding.readVarUint(given)
    const content = decoding.readVarUint8Array(given)
    if (kind === STATE) {
      // Edits of others that rest on something which never came, since the line was lost in between: the server has them.
      this.doc.store.pendingStructs = null
      this.doc.store.pendingDs = null
      this.sent++
      this.isAsked = true
      this.before = this.doc.clientID // The server may take this line for open long after it is lost.
      for (const one of this.unsaved) one.number = this.sent
      this.say(MISSING, Y.encodeStateAsUpdate(this.doc, content))
      return
    }
    Y.applyUpdate(this.doc, content, this)
    if (kind === MISSING) this.levelled()
  }

  hearWords(said) {
    if (said.type === "hello") {
      this.hello = said
      this.drafts.name = said.name
      this.tellPoint()
    } else if (said.type === "saved") {
      this.unsaved = this.unsaved.filter((one) => one.number === null || one.number > said.through)
      this.unsavedSince = this.unsaved.length ? this.unsavedSince : null
      this.keep()
      if (this.isSaved) {
        this.waitMs = FIRST_WAIT_MS // Not before: what is refused would be sent again and again.
        this.forgetLeft()
      }
      for (const go of this.awaited.splice(0)) go()
    } else if (said.type === "policy") {
      this.problem = said.problem
    } else if (said.type === "clauses") {
      this.on.clauses(said.clauses)
    } else if (said.type === "writers") {
      this.on.writers(said.people)
    } else if (said.type === "refused") {
      this.refusal = said.message
      this.hangUp()
      this.closed(BEGIN_ANEW) // as the server is about to say, if the line lasts
    }
    this.on.changed()
  }

  hearOthers(given) {
    const count = decoding.readVarUint(given)
    for (let at = 0; at < count; at++) {
      const client = decoding.readVarUint(given)
      const clock = decoding.readVarUint(given)
      const state = JSON.parse(decoding.readVarString(given))
      if (client === this.doc.clientID) continue
      if (state) this.others.set(client, { ...state, clock })
      else this.others.delete(client)
    }
    this.on.others(this.others)
  }

  // Everything that the server has is here.
  levelled() {
    this.lostAt = null
    const isFirst = !this.isLevel
    const { words } = this
    const typed = this.carried.length ? this.typedIn(Y.mergeUpdates(this.carried)) : ""
    this.isLevel = true
    this.isTaking = this.isTaking || isFirst
    if (isFirst) this.takeCarried(words, typed)
    this.on.level(this.text)
    this.flush()
    this.tellPoint()
    this.on.changed()
    if (isFirst) this.takeLeft()
  }

  takeCarried(words, typed) {
    const { carried, refusal } = this
    this.carried = []
    this.refusal = this.previous = null
    if (refusal) this.forgetLeft(this.keepRefused(words, typed, refusal))
    else if (carried.length) this.take(Y.mergeUpdates(carried), words)
    this.keep()
  }

  // Where it is in one place, such as in the middle of a word, what is `typed` there right after it goes on with it. A comparison
  // alone may take an equal letter beside it for its own.
  keepRefused(words, typed, refusal) {
    const there = this.text.toString()
    const own = ownWords(words, there)
    const isInOnePlace = own.length === words.length - there.length
    if (!isInOnePlace) return this.drafts.add(own, refusal)
    return this.drafts.join(typed.length === own.length ? typed : own, refusal)
  }

  // What pages of before left in this browser, such as one that was closed without a line.
  async takeLeft() {
    const { doc } = this
    const left = await this.kept.left().catch(() => [])
    if (doc !== this.doc || this.isOver) return
    this.isTaking = false
    this.left = left.filter(({ value }) => !this.done.has(value.update))
    for (const one of this.left) {
      const isKept = doc !== this.doc || this.take(bytesOf(one.value.update), one.value.text)
      if (!isKept) this.left = this.left.filter((other) => other !== one) // The next page finds it.
    }
    if (this.isSaved) this.forgetLeft()
    this.on.changed()
  }

  // Merge own edits of before. What the server shows already it may not have saved yet: all of it is sent. Whatever rests on
  // something that never came to be is offered as words, and so is what cannot be read. Gives whether the words are safe.
  take(update, text) {
    const trial = new Y.Doc()
    Y.applyUpdate(trial, Y.encodeStateAsUpdate(this.doc))
    const before = Y.encodeStateVector(trial)
    let isWhole = false
    let isNew = true
    try {
      Y.applyUpdate(trial, update)
      isWhole = !trial.store.pendingStructs && !trial.store.pendingDs
      isNew = Y.diffUpdate(update, before).length > 2
    } catch {
      isWhole = false
    }
    trial.destroy()
    if (isWhole) {
      Y.applyUpdate(this.doc, update, this)
      this.typed(update)
      return true
    }
    return !isNew || this.drafts.add(ownWords(text, this.text.toString()), NOT_TAKEN)
  }

  // Done with what pages of before left. Where its words could not be written down as a draft, the next page finds it.
  forgetLeft(isWritten = true) {
    for (const one of this.left ?? []) {
      this.done.add(one.value.update)
      if (isWritten) this.kept.forget(one)
    }
    this.left = []
  }

  seen() {
    if (document.hidden) {
      this.kept.flush()
    } else {
      if (this.end === "elsewhere") this.end = null
      if (this.end === "out") this.askStanding()
      this.waitMs = FIRST_WAIT_MS
      this.open()
    }
    this.tellPoint()
  }

  // A line that went dead without a word is opened anew.
  mind() {
    const now = performance.now()
    const isDead = now - this.heardAt > DEAD_AFTER_MS || (this.askedAt && now - this.askedAt > ANSWER_WITHIN_MS)
    if (this.socket && isDead) this.comeBack()
    if (this.end === "out") this.keepAsDraft(REMOVED) // such as a word that they were in the middle of
    if (this.end === "out" && !document.hidden && now - this.standingAt > OUT_LOOK_MS) this.askStanding()
    this.on.changed()
  }
}
