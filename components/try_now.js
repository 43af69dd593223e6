// "Try it now": asks the model with the policy's text of this moment, and writes its answer next to the text as it comes.
// Nothing that the page is drawn with touches an answer; after a reload it is taken up again under the id of its run.

// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const ELEMENTS = new WeakMap()
const TRIES_TO_FOLLOW = 5
const AGAIN_AFTER_MS = 1000
const WHO_SEES = "Only you see the answer until you share it."
const NOT_STORED = "What you typed last is not saved yet, so it was not tried. Wait until the text is saved, then try again."
const NO_ANSWER = "The server did not answer. Check your connection, then try again."
const MODEL_READS = "The model is reading…"
const ENDS = ["done", "failed", "stopped"]

function make(name, className = "", text = "") {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text) made.textContent = text
  return made
}

function put(parent, text) {
  if (parent.textContent !== text) parent.textContent = text
}

function uuid() {
  // `crypto.randomUUID` is for https only; a workshop on a local network is served over http.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
}

function waits({ phase, place, wait_s: seconds, reason }) {
  if (phase === "reading") return MODEL_READS
  if (phase === "writing") return "Writing…"
  if (phase === "saving") return "Finished; being saved…"
  if (phase === "paused") return `Paused: ${reason || "nobody works on it"}`
  if (phase === "away") return "The database is away. The model goes on, and its answer is kept."
  if (phase !== "queued" || !place) return "Waiting to be taken up…"
  const wait = seconds ? `, about ${Math.max(1, Math.round(seconds))} s` : ""
  return `In the queue: ${place === 1 ? "next" : `place ${place}`}${wait}`
}

class Try {
  constructor(root) {
    this.root = root
    this.build()
    this.asked = ({ detail }) => detail?.workshop === this.data.workshop && this.begin()
    window.addEventListener("folkmoot:try-now", this.asked)
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.begin()
    })
  }

  destroy() {
    window.removeEventListener("folkmoot:try-now", this.asked)
    this.following?.abort()
  }

  build() {
    const ask = make("div", "ask")
    const label = make("label", "", "Try it on")
    label.htmlFor = "scenario"
    this.select = make("select")
    this.select.id = "scenario"
    this.select.onchange = () => this.choose()
    this.button = make("button", "first")
    this.button.append("Try it now ", make("kbd", "", /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ Enter" : "Ctrl+Enter"))
    this.button.onclick = () => this.begin()
    this.stopping = make("button", "", "Stop")
    this.stopping.hidden = true
    this.stopping.onclick = () => this.stop()
    for (const one of [this.button, this.stopping]) one.type = "button"
    ask.append(label, this.select, this.button, this.stopping)
    const scenario = make("details")
    this.turns = make("div")
    scenario.append(make("summary", "", "The scenario"), this.turns)
    this.who = make("p", "quiet")
    this.root.replaceChildren(ask, this.who, scenario, this.buildAnswer())
  }

  buildAnswer() {
    this.answer = make("div", "answer")
    this.answer.hidden = true
    const head = make("div", "head")
    const who = make("strong")
    const icon = make("span", "icon", "smart_toy")
    icon.ariaHidden = "true"
    who.append(icon, "The model answers")
    head.append(who, make("span", "badge", "Unpublished text"))
    this.on = make("p", "quiet")
    this.state = make("p", "state")
    this.state.setAttribute("role", "status")
    this.problem = make("p")
    this.words = make("p", "words")
    this.more = make("div", "more")
    this.retry = make("button", "", "Try again")
    this.retry.type = "button"
    this.retry.onclick = () => this.begin()
    this.link = make("a", "", "Open under Test scenarios")
    this.link.target = "_blank"
    this.link.rel = "noopener"
    this.more.append(this.retry, this.link)
    this.before = make("details", "before")
    this.beforeWords = make("p", "words")
    this.before.append(make("summary", "", "The answer before this one"), this.beforeWords)
    this.answer.append(head, this.on, this.state, this.problem, this.words, this.more, this.before)
    return this.answer
  }

  update(data) {
    const isFirst = !this.data
    this.data = data
    put(this.who, `${WHO_SEES} ${data.model}`)
    const chosen = this.select.value || data.chosen
    const listed = JSON.stringify(data.scenarios)
    if (listed !== this.listed) {
      this.listed = listed
      this.select.replaceChildren(...data.scenarios.map(({ id, label }) => new Option(label, id)))
      this.select.value = data.scenarios.some(({ id }) => id === chosen) ? chosen : data.scenarios[0].id
      this.showScenario()
    }
    if (isFirst) this.takeUp()
  }

  get scenario() {
    return this.data.scenarios.find(({ id }) => id === this.select.value)
  }

  showScenario() {
    const turns = this.scenario?.turns ?? []
    this.turns.replaceChildren(
      ...turns.map(({ by, text }) => {
        const turn = make("p", "words turn", text)
        if (turns.length > 1) turn.prepend(make("strong", "", by === "user" ? "A person: " : "The model: "))
        return turn
      }),
    )
  }

  choose() {
    this.showScenario()
    this.post("/draft", { field: this.data.field, text: this.select.value, seq: Date.now() }).catch(() => {})
  }

  post(path, body, signal) {
    const { workshop, role } = this.data
    return fetch(new URL(ROOT + path, location.origin), {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ workshop, role, ...body }),
      signal,
    })
  }

  get place() {
    return `folkmoot:try:${this.data.workshop}:${this.data.person}`
  }

  keep() {
    try {
      sessionStorage.setItem(this.place, JSON.stringify(this.now))
    } catch {} // Nothing is lost: the answer stands under Test scenarios.
  }

  // What this tab tried last, be it before a reload or before another view of the page.
  takeUp() {
    try {
      this.now = JSON.parse(sessionStorage.getItem(this.place))
    } catch {}
    if (!this.now?.run) return
    this.lay()
    this.follow(true)
  }

  // One try at a time: another one ends the one before.
  async begin() {
    if (!this.scenario) return
    this.stop()
    const { id, label } = this.scenario
    const last = this.now?.scenario === id && this.now.end === "done" ? this.words.textContent : ""
    const now = { run: uuid(), scenario: id, label, at: Date.now(), last, shown: this.data.shown }
    this.now = now
    this.lay()
    const detail = { workshop: this.data.workshop, waits: [] }
    window.dispatchEvent(new CustomEvent("folkmoot:store-text", { detail }))
    const isStored = (await Promise.all(detail.waits)).every(Boolean)
    if (this.now !== now || now.end) return
    if (!isStored) return this.fail(NOT_STORED)
    this.keep()
    this.follow(false)
  }

  lay() {
    const { label, last, scenario } = this.now
    this.answer.hidden = false
    this.answer.classList.remove("trouble")
    put(this.on, `On ${label}`)
    put(this.words, "")
    put(this.state, "Taking the text as it stands…")
    this.problem.hidden = true
    this.more.hidden = true
    this.before.hidden = !last
    put(this.beforeWords, last)
    this.stopping.hidden = false
    this.link.href = `${ROOT}/test?${new URLSearchParams({ w: this.data.workshop, scenario })}`
  }

  // Read along until the answer is finished; a line that breaks is taken up again, and the run goes on meanwhile.
  async follow(isAgain) {
    const { now } = this
    const { run, scenario, shown } = now
    for (let failed = 0; ; failed++) {
      const following = new AbortController()
      this.following = following
      try {
        const heard = await this.post("/try-now", { run, scenario, shown, is_again: isAgain }, following.signal)
        if (this.now !== now) return
        if (!heard.ok) {
          const { message } = await heard.json().catch(() => ({}))
          return this.fail(message ?? NO_ANSWER, isAgain && heard.status === 404)
        }
        for await (const line of lines(heard.body)) {
          if (this.now !== now) return
          failed = 0
          isAgain = true
          this.hear(line)
          if (ENDS.includes(line.phase)) return
        }
      } catch (error) {
        if (following.signal.aborted || this.now !== now) return
      }
      if (failed >= TRIES_TO_FOLLOW) return this.fail(NO_ANSWER)
      await new Promise((done) => setTimeout(done, AGAIN_AFTER_MS))
      if (following.signal.aborted || this.now !== now) return
    }
  }

  hear(line) {
    if (line.run) {
      if (line.problem) this.now.problem = line.problem
      this.keep()
      const { problem } = this.now
      this.problem.hidden = !problem
      if (problem) put(this.problem, `Tried with the policy as it was before, since the text cannot be the policy yet: ${problem}`)
      this.heard = ""
      return
    }
    this.heard = line.text ?? this.heard + (line.add ?? "")
    if (line.phase === "failed") {
      this.fail(line.reason || "The model gave no answer.", line.is_gone)
    } else if (line.phase === "stopped") {
      this.end("stopped", `Stopped before the model was done.${line.reason ? ` ${line.reason}` : ""}`)
    } else {
      if (this.heard || line.phase === "done") put(this.words, this.heard)
      const cut = line.reason ? ` ${line.reason}` : ""
      if (line.phase === "done") this.end("done", `Answered to the text as it was at ${clock(this.now.at)}.${cut}`)
      else put(this.state, waits(line))
    }
  }

  end(how, words) {
    this.now.end = how
    this.stopping.hidden = true
    this.more.hidden = false
    this.retry.hidden = how === "done"
    this.link.hidden = how !== "done"
    put(this.state, words)
    this.keep()
  }

  fail(words, isGone = false) {
    this.answer.classList.add("trouble")
    this.end("failed", words)
    if (!isGone) return
    this.answer.hidden = true
    this.now = null
    try {
      sessionStorage.removeItem(this.place)
    } catch {}
  }

  stop() {
    if (!this.now || this.now.end) return
    const { run } = this.now
    this.following?.abort()
    this.stopThere(run)
    this.end("stopped", "Stopped before the model was done.")
  }

  // A run that is just beginning is not there to be stopped yet; the model would go on with it, and the next try would wait.
  async stopThere(run) {
    for (let tries = 0; tries < TRIES_TO_FOLLOW; tries++) {
      const heard = await this.post("/try-now/stop", { run }).catch(() => null)
      if (heard && heard.status !== 404 && heard.status !== 503) return
      await new Promise((done) => setTimeout(done, AGAIN_AFTER_MS / 4))
    }
  }
}

async function* lines(body) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n")
    rest = parts.pop()
    for (const part of parts) if (part) yield JSON.parse(part)
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".try")
  let element = ELEMENTS.get(root)
  if (!element) {
    element = new Try(root)
    ELEMENTS.set(root, element)
  }
  element.update(data)
  return whenGone(parentElement, () => {
    ELEMENTS.delete(root)
    element.destroy()
  })
}
