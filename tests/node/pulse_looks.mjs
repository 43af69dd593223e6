// When the fragments of a page are asked for, in a clock that is not the machine's. From stdin: {chance, hidden, fragments:
// {name: {follows, slowly, urgent}}, heard: [[at_ms, pulse]], shown: at_ms or null, out: [from_ms, to_ms] or null, until:
// at_ms}; to stdout: [[at_ms, name]]. From `out[0]` to `out[1]` the person is removed.
import { readFileSync } from "node:fs"

const said = JSON.parse(readFileSync(0, "utf-8"))
const DRAWN_AFTER_MS = 20
let now = 0
let timers = []
let number = 0

function at(time, act, every = null) {
  number += 1
  timers.push({ time, act, every, number })
  return number
}

const listeners = {}
class Target {
  addEventListener(kind, act) { (listeners[kind] ??= []).push(act) }
  dispatchEvent({ type }) { for (const act of listeners[type] ?? []) act({ type }) }
}
const page = new Target()
class Line {
  static OPEN = 1
  readyState = 1
  constructor() {
    const hears = (pulse) => () => this.readyState && this.onmessage({ data: JSON.stringify(pulse) })
    for (const [time, pulse] of said.heard) if (time >= now) at(time, hears(pulse))
    if (said.out?.[0] > now) at(said.out[0], () => {
      this.readyState = 0
      this.onclose({ code: 4403 })
    })
  }
  send() {}
  close() {}
}
const isOut = () => said.out && said.out[0] <= now && now < said.out[1]
Object.defineProperty(globalThis, "performance", { value: { now: () => now } })
Date.now = () => now
Math.random = () => said.chance
Object.assign(globalThis, {
  addEventListener: page.addEventListener,
  dispatchEvent: page.dispatchEvent,
  document: Object.assign(page, {
    hidden: said.hidden,
    activeElement: null,
    querySelector: (which) => (which.startsWith("[role='dialog']") ? null : { dataset: {}, querySelector: () => ({}) }),
    querySelectorAll: () => [],
  }),
  location: { pathname: "/", origin: "http://127.0.0.1" },
  sessionStorage: { getItem: () => null, setItem() {}, removeItem() {} },
  ResizeObserver: class { observe() {} disconnect() {} },
  WebSocket: Line,
  fetch: async () => ({ ok: !isOut() }),
  setTimeout: (act, wait = 0) => at(now + Math.max(0, wait), act),
  setInterval: (act, every) => at(now + every, act, every),
  clearTimeout: (one) => { timers = timers.filter((timer) => timer.number !== one) },
})

const source = ["when_gone", "at_rest", "pulse"].map((one) => readFileSync(`${import.meta.dirname}/../../components/${one}.js`, "utf-8"))
const { default: draws } = await import(`data:text/javascript,${encodeURIComponent(source.join(""))}`)

const asked = []
let drawing = 0

function draw(name, parent) {
  const rev = said.heard.reduce((newest, [time, pulse]) => (time <= now ? pulse.rev : newest), 1)
  const data = { ...said.fragments[name], workshop: "w", role: "participant", page: "draft", rev, is_away: false }
  const setTriggerValue = () => {
    asked.push([now, name])
    at(now + DRAWN_AFTER_MS, () => draw(name, parent))
  }
  draws({ data: { ...data, drawing: (drawing += 1) }, key: name, parentElement: parent, setTriggerValue })
}

for (const name of Object.keys(said.fragments)) draw(name, {})
if (said.shown !== null) at(said.shown, () => {
  page.hidden = false
  page.dispatchEvent({ type: "visibilitychange" })
})
while (true) {
  timers.sort((one, other) => one.time - other.time || one.number - other.number)
  if (!timers.length || timers[0].time > said.until) break
  const timer = timers.shift()
  now = Math.max(now, timer.time)
  if (timer.every) timers.push({ ...timer, time: timer.time + timer.every })
  timer.act()
  await new Promise((go) => setImmediate(go)) // for whoever awaits an answer
}
process.stdout.write(JSON.stringify(asked))
