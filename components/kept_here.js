// The texts of this browser alone, once more: what goes to localStorage reaches the disk only after five seconds or more
// in Chromium 156, so that a kill of the browser would lose it. What IndexedDB has committed is on the disk. Where there
// is none, such as in some private windows, localStorage is all there is.

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

// Gives what was asked for once that is done for good; undefined where it cannot be done.
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

function readText(key) {
  return withTexts("readonly", (texts) => texts.get(key))
}

function writeText(key, value) {
  return withTexts("readwrite", (texts) => texts.put(value, key))
}

// What was typed under names that begin like this is done with, here and in localStorage.
function forgetTexts(prefix) {
  try {
    Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => localStorage.removeItem(key))
  } catch {
    // forbidden, so that nothing is in it
  }
  return withTexts("readwrite", (texts) => texts.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))
}
