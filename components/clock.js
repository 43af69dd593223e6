// The server's time, one for all that counts by it on a page. What says it comes late at times, and delay only lowers how
// far it is ahead of the browser's: the most that was ever heard is the nearest.

const AHEAD_MS = Symbol.for("folkmoot.clock")

function hearTime(nowMs) {
  globalThis[AHEAD_MS] = Math.max(globalThis[AHEAD_MS] ?? -Infinity, nowMs - Date.now())
}

function serverNowMs() {
  return Date.now() + globalThis[AHEAD_MS]
}
