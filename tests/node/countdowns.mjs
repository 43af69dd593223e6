// What the countdowns of one page show. From stdin: {server_ms, ends_ms, drawn: [[element, late_ms]]}: each element is drawn
// in turn, by what the server said so long ago; to stdout: what each shows at the end, by its name.
import { readFileSync } from "node:fs"

const said = JSON.parse(readFileSync(0, "utf-8"))
const ticks = []

class Node {
  children = []
  dataset = {}
  classList = { toggle() {} }
  text = ""

  get textContent() { return [this.text, ...this.children.map((one) => one.textContent)].join("") }
  set textContent(text) { this.text = text }
  append(...more) { this.children.push(...more.filter((one) => one instanceof Node)) }
  replaceChildren(...all) { this.children = all }
  insertBefore(one) { this.append(one) }
  addEventListener() {}
  // By a class, which is all that is asked for; what stands in the element from the beginning is there at once.
  querySelector(which) {
    const found = this.children.find((one) => `.${one.className}` === which) ?? this.children.map((one) => one.querySelector(which)).find(Boolean)
    if (found || !this.isRoot) return found ?? null
    const made = Object.assign(new Node(), { className: which.slice(1) })
    this.append(made)
    return made
  }
}

const document = { createElement: () => new Node(), addEventListener() {}, removeEventListener() {}, querySelector: () => null }
Date.now = () => said.server_ms // the clock of this browser is right
Object.assign(globalThis, { document, localStorage: {}, setInterval: (act) => ticks.push(act), clearInterval() {} })

async function drawingOf(name) {
  const source = ["when_gone", "clock", name].map((one) => readFileSync(`${import.meta.dirname}/../../components/${one}.js`, "utf-8"))
  return (await import(`data:text/javascript,${encodeURIComponent(source.join(""))}`)).default
}

const notice = { stage: "draft", open_rounds: [], latest_version_number: null, timer_ends_ms: said.ends_ms, timer_paused_ms: null, timer_label: "", step: "" }
const stages = { draft: { does: "" } }
const words = { workshop: "w", version: { none: "", same: "", changed: "" }, away: "", here: "", stages, unsaved: "" }
const roots = {}
for (const [name, lateMs] of said.drawn) {
  roots[name] ??= Object.assign(new Node(), { isRoot: true })
  const data = { ...words, notice, rev: 1, ends_ms: said.ends_ms, paused_ms: null, label: "", now_ms: said.server_ms - lateMs }
  const draw = await drawingOf(name)
  draw({ data, parentElement: roots[name], setTriggerValue() {} })
}
for (const tick of ticks) tick()
const left = Object.entries(roots).map(([name, root]) => [name, root.querySelector(".left").textContent])
process.stdout.write(JSON.stringify(Object.fromEntries(left)))
