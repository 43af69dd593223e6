// What somebody typed into fields that they do not see any more, each text with what it was for, to copy and to put away.
// A text that has not reached the database yet is in this browser: the newer of both counts, and "" says that it was sent.
// Only texts of this workshop and this person are looked for. Putting one away asks first (`draft_asks.js`, which stands
// before this).

const WORDS = new WeakMap()
// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const LOOK_ON = ["storage", "folkmoot:draft-left"]
const UNNAMED = "A text"

class Words {
  constructor(root) {
    const make = (tag, name) => Object.assign(document.createElement(tag), { className: name ?? "" })
    this.root = root
    this.putAway = new Map() // by field, also where nothing can be stored
    this.box = make("details")
    this.summary = make("summary")
    this.list = make("div")
    this.box.append(this.summary, this.list)
    this.told = Object.assign(make("p", "told"), { tabIndex: -1 })
    this.told.setAttribute("role", "status")
    root.replaceChildren(this.box, this.told)
    this.question = new AsksFirst(root)
    this.look = () => this.draw()
    for (const kind of LOOK_ON) addEventListener(kind, this.look)
  }

  update(data) {
    if (!this.data) this.box.open = data.is_open
    this.data = data
    this.draw()
  }

  draw() {
    const found = this.found()
    const now = JSON.stringify(found)
    if (now === this.drawn) return
    this.drawn = now
    this.summary.textContent = `${this.data.title} (${found.length})`
    this.list.replaceChildren(...found.map((one) => this.entry(one)))
    this.box.hidden = !found.length
  }

  // [{ field, name, text, seq }], by what they were for.
  found() {
    const { drafts } = this.data
    const here = this.inBrowser()
    const fields = [...new Set([...Object.keys(drafts), ...Object.keys(here)])]
    return fields
      .map((field) => {
        const isHere = here[field] && !(here[field].seq < drafts[field]?.seq)
        const { text, seq } = isHere ? here[field] : drafts[field]
        return { field, name: this.nameOf(field, here[field]), text, seq }
      })
      .filter(({ field, name, text, seq }) => name && text.trim() && !(seq <= this.putAway.get(field)))
      .sort((one, other) => one.name.localeCompare(other.name))
  }

  inBrowser() {
    const begins = this.keyOf("")
    const found = {}
    try {
      for (const key of Object.keys(localStorage).filter((one) => one.startsWith(begins))) {
        const kept = JSON.parse(localStorage.getItem(key))
        if (typeof kept?.text === "string") found[key.slice(begins.length)] = kept
      }
    } catch {
      // forbidden, so that nothing is in it
    }
    return found
  }

  keyOf(field) {
    return `folkmoot:draft:${this.data.workshop}:${this.data.person}:${field}`
  }

  // What stood above a field says more than its own name. What has none is not looked for, or a choice beside a text: only
  // what was typed is in the browser.
  nameOf(field, kept) {
    const { leading, others } = this.data
    const named = (names) => names.find(([pattern]) => new RegExp(`^(?:${pattern})$`).test(field))?.[1]
    return named(leading) ?? (others && (kept?.label ?? named(others) ?? (kept && UNNAMED)))
  }

  entry({ field, name, text, seq }) {
    const made = document.createElement("section")
    made.setAttribute("aria-label", name)
    const heading = Object.assign(document.createElement("p"), { textContent: name })
    const words = Object.assign(document.createElement("pre"), { textContent: text, tabIndex: 0 })
    const row = Object.assign(document.createElement("div"), { className: "actions" })
    const button = (label, act) =>
      Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: act })
    const copy = button("Copy", async () => {
      const isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false)
      copy.textContent = isDone || copySelected(words) ? "Copied" : "Press Ctrl+C"
    })
    row.append(copy, button("Put it away…", () => this.ask({ field, name, text, seq })))
    made.append(heading, words, row)
    return made
  }

  ask({ field, name, text, seq }) {
    const says = ["It cannot be brought back. Copy it first if you want to keep it."]
    const asks = { heading: `Put this away for good? ${name}:`, says, yes: "Yes, put it away", no: "Not now", seen: "" }
    this.question.update(asks, text)
    this.question.ask(() => this.drop(field, seq))
  }

  drop(field, seq) {
    const { workshop, role } = this.data
    const gone = seq + 1 // what was typed in another tab meanwhile stays: nobody was asked about it
    this.putAway.set(field, gone)
    try {
      const kept = JSON.stringify({ text: "", seq: gone, sent: null })
      if (!(this.inBrowser()[field]?.seq > seq)) localStorage.setItem(this.keyOf(field), kept)
    } catch {
      // Storage is full or forbidden: it is put away where the database has it.
    }
    this.draw()
    this.told.textContent = "Put away."
    this.told.focus({ preventScroll: true })
    // Whoever was removed writes nothing there any more: it is put away in this browser.
    fetch(new URL(`${ROOT}/draft`, location.origin), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      keepalive: true,
      body: JSON.stringify({ workshop, role, field, text: "", seq: gone }),
    }).catch(() => {})
  }

  destroy() {
    for (const kind of LOOK_ON) removeEventListener(kind, this.look)
  }
}

// Over plain http, as on a local network, a page has no clipboard to write to.
function copySelected(words) {
  getSelection().selectAllChildren(words)
  return document.execCommand("copy")
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".own")
  let words = WORDS.get(root)
  if (!words) {
    words = new Words(root)
    WORDS.set(root, words)
  }
  words.update(data)
  return whenGone(parentElement, () => {
    words.destroy()
    WORDS.delete(root)
  })
}
