// What is typed and not saved yet, in this browser: at once in localStorage, which Chromium takes to the disk only after
// seconds, and within a third of a second in IndexedDB, which survives a kill. Each open page has an entry of its own:
// { update, text: all that its writer saw, typed: the words of it that are theirs and not saved, name, at }.

export const TEXTS = "folkmoot:document"
export const DRAFTS = "folkmoot:document-drafts"
const IDLE_MS = 300
const ECHOES_MS = 10_000
const LARGEST_AT_ONCE = 200_000

let database = null

function openTexts() {
  database ??= new Promise((resolve) => {
    const request = indexedDB.open("folkmoot", 1)
    request.onupgradeneeded = () => request.result.createObjectStore("texts")
    request.onerror = () => resolve(null)
    request.onsuccess = () => {
      request.result.onclose = () => (database = null)
      resolve(request.result)
    }
  }).catch(() => null)
  return database
}

async function withTexts(mode, ask) {
  const opened = await openTexts()
  if (!opened) return undefined
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction("texts", mode, { durability: "strict" })
    const request = ask(transaction.objectStore("texts"))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error)
  }).catch(() => undefined)
}

export function base64(bytes) {
  let text = ""
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

export function bytesOf(text) {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
}

function readLocal(key) {
  try {
    return JSON.parse(localStorage.getItem(key))
  } catch {
    return null
  }
}

function localKeys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
  } catch {
    return [] // forbidden, so that nothing is in it
  }
}

function writeLocal(key, value) {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false // Storage is full or forbidden: IndexedDB has it in a moment.
  }
}

// What was kept under keys that begin like this, as both places have it: [{ key, value }].
async function keptUnder(prefix) {
  const found = localKeys(prefix).map((key) => ({ key, value: readLocal(key) }))
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
  const keys = (await withTexts("readonly", (texts) => texts.getAllKeys(range))) ?? []
  const values = (await withTexts("readonly", (texts) => texts.getAll(range))) ?? []
  keys.forEach((key, at) => values[at] && found.push({ key, value: values[at] }))
  return found.filter(({ value }) => value?.update)
}

export class Kept {
  constructor(prefix, id) {
    this.prefix = prefix
    this.key = `${prefix}${id}`
    this.value = null
    this.written = null
    this.timer = null
  }

  // Keep this, or nothing with null.
  put(value) {
    this.value = value
    if (!value || value.update.length <= LARGEST_AT_ONCE) writeLocal(this.key, value)
    this.timer ??= setTimeout(() => this.flush(), IDLE_MS)
  }

  flush() {
    clearTimeout(this.timer)
    this.timer = null
    if (this.value === this.written) return undefined
    const value = (this.written = this.value)
    if (value && value.update.length > LARGEST_AT_ONCE) writeLocal(this.key, value)
    return withTexts("readwrite", (texts) => (value ? texts.put(value, this.key) : texts.delete(this.key)))
  }

  // What pages of before left here, other than this one: [{ key, value }].
  async left() {
    return (await keptUnder(this.prefix)).filter(({ key }) => key !== this.key)
  }

  // What a page of before left is done with, unless that page still lives and has written more.
  async forget({ key, value }) {
    if (readLocal(key)?.update === value.update) writeLocal(key, null)
    const there = await withTexts("readonly", (texts) => texts.get(key))
    if (there?.update === value.update) await withTexts("readwrite", (texts) => texts.delete(key))
  }
}

// Another tab of the same person takes in what this one has not saved yet, and it is refused there too, in the same seconds and
// maybe as it stood a moment before. A few letters may well have been typed twice, and anything later.
function isEcho(text, before, at) {
  return text.length > 3 && Date.now() - at < ECHOES_MS && Boolean(before?.includes(text))
}

function newId() {
  return crypto.randomUUID?.() ?? `${Math.random()}`
}

// Text that was refused: this person's own, until they take it or throw it away.
export class Drafts {
  constructor(key) {
    this.key = key
    this.name = null // Whose they are, once that is known.
    this.unwritten = [] // Where nothing can be stored they stand on this page at least.
    this.growing = null // The one that is being typed.
  }

  all() {
    const kept = readLocal(this.key)
    const isOlder = ({ id }) => this.unwritten.some((one) => one.id === id)
    return [...(Array.isArray(kept) ? kept : []).filter((one) => !isOlder(one)), ...this.unwritten]
  }

  // Gives whether it is kept for longer than this page stands.
  add(text, reason, name = this.name) {
    if (!text?.trim() || this.all().some((one) => one.text === text || isEcho(text, one.before, one.at))) return true
    return this.put({ id: newId(), text, reason, name, at: Date.now() })
  }

  put(draft) {
    const others = (drafts) => drafts.filter(({ id }) => id !== draft.id)
    const isWritten = writeLocal(this.key, [...others(this.all()), draft])
    this.unwritten = isWritten ? [] : [...others(this.unwritten), draft]
    return isWritten
  }

  // One is being typed.
  begin(reason) {
    this.growing = { id: newId(), reason, before: "", typed: "" }
  }

  grow(typed) {
    if (this.growing) this.rewrite({ typed })
  }

  // What was typed right before it: they are one, and the reason is that.
  join(text, reason) {
    if (!this.growing) return this.add(text, reason)
    if (isEcho(text, this.growing.before, Date.now())) return true
    const before = this.growing.before + text
    for (const one of this.all()) if (isEcho(one.text, before, one.at)) this.drop(one.id)
    return this.rewrite({ before, reason })
  }

  end() {
    this.growing = null
  }

  rewrite(changed) {
    const { id, reason, before, typed } = Object.assign(this.growing, changed)
    const text = before + typed
    if (text.trim()) return this.put({ id, text, before, reason, name: this.name, at: Date.now() })
    this.drop(id)
    return true
  }

  drop(id) {
    const rest = this.all().filter((one) => one.id !== id)
    this.unwritten = this.unwritten.filter((one) => one.id !== id)
    if (writeLocal(this.key, rest.length ? rest : null)) this.unwritten = []
  }
}

// What this browser alone has of a workshop's live text, whoever typed it: [{ name, text, reason, drops }], where `drops`
// throw it away. Words that stand within others of the same person are those that a later page has taken up.
export async function wordsLeft(workshop) {
  const newest = new Map()
  for (const { key, value } of await keptUnder(`${TEXTS}:${workshop}:`)) {
    if (!(newest.get(key)?.at >= value.at)) newest.set(key, value)
  }
  const kept = [...newest].map(([key, { typed, name }]) => ({ key, name, text: typed, drop: () => erase(key) }))
  const refused = localKeys(`${DRAFTS}:${workshop}:`).flatMap((key) => {
    const drafts = new Drafts(key)
    return drafts.all().map(({ id, ...one }) => ({ ...one, key, drop: () => drafts.drop(id) }))
  })
  const all = [...refused, ...kept].filter(({ text }) => text?.trim())
  const found = []
  for (const { key, drop, ...one } of all.sort((one, other) => other.text.length - one.text.length)) {
    const [, , ofWorkshop, person] = key.split(":")
    if (ofWorkshop !== workshop) continue // what was asked for is longer than the id of a workshop
    const whole = found.find((other) => other.person === person && other.text.includes(one.text))
    if (whole) whole.drops.push(drop)
    else found.push({ ...one, person, drops: [drop] })
  }
  return found
}

function erase(key) {
  writeLocal(key, null)
  return withTexts("readwrite", (texts) => texts.delete(key))
}
