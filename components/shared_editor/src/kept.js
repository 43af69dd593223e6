// What is typed and not saved yet, in this browser: at once in localStorage, which Chromium takes to the disk only after
// seconds, and within a third of a second in IndexedDB, which survives a kill. Each open page has an entry of its own.

const IDLE_MS = 300
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

function writeLocal(key, value) {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false // Storage is full or forbidden: IndexedDB has it in a moment.
  }
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
    const found = []
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(this.prefix) && key !== this.key) found.push({ key, value: readLocal(key) })
    }
    const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`)
    const keys = (await withTexts("readonly", (texts) => texts.getAllKeys(range))) ?? []
    const values = (await withTexts("readonly", (texts) => texts.getAll(range))) ?? []
    keys.forEach((key, at) => key !== this.key && values[at] && found.push({ key, value: values[at] }))
    return found.filter(({ value }) => value?.update)
  }

  // What a page of before left is done with, unless that page still lives and has written more.
  async forget({ key, value }) {
    if (readLocal(key)?.update === value.update) writeLocal(key, null)
    const there = await withTexts("readonly", (texts) => texts.get(key))
    if (there?.update === value.update) await withTexts("readwrite", (texts) => texts.delete(key))
  }
}

// Text that was refused: this person's own, until they take it or throw it away.
export class Drafts {
  constructor(key) {
    this.key = key
    this.unwritten = [] // Where nothing can be stored they stand on this page at least.
  }

  all() {
    const kept = readLocal(this.key)
    return [...(Array.isArray(kept) ? kept : []), ...this.unwritten]
  }

  add(text, reason) {
    if (!text.trim() || this.all().some((one) => one.text === text)) return
    const draft = { id: crypto.randomUUID?.() ?? `${Math.random()}`, text, reason }
    const all = [...this.all(), draft]
    if (writeLocal(this.key, all)) this.unwritten = []
    else this.unwritten.push(draft)
  }

  drop(id) {
    const rest = this.all().filter((one) => one.id !== id)
    this.unwritten = this.unwritten.filter((one) => one.id !== id)
    if (writeLocal(this.key, rest)) this.unwritten = []
  }
}
