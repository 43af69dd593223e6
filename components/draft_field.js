// A text field whose text belongs to the browser. Every keystroke goes to localStorage at once and to POST /draft within
// a second; no rerun of the page ever writes into what was typed. Only a submission that succeeded empties it, and only if
// nothing was typed since. Python hears of the text through one trigger, so a click right after a keystroke loses nothing.
// Before anybody is anybody (`local_only`) the text stays in this browser, on its disk within a second (`kept_here.js`,
// which stands before this).
// A button can ask first (`draft_asks.js`, which stands before this too): then only the answer hands the text over.
// A field without buttons of its own (`reports`) tells Python its text with the first keystroke, as it rests and as it is
// left; one whose text Python has to know of when something else is pressed (`tells_leaving`) only as it is left; one of
// which it has to know that somebody writes in it (`tells_beginning`) once, with the first keystroke. That one is told at
// once: what others put there meanwhile would pass for what its writer saw as they began.

const FIELDS = new WeakMap()
const IDLE_MS = 400
const AT_MOST_MS = 1000
const RETRY_MS = 3000
const ANSWER_WITHIN_MS = 4000
const TIMES_HANDED = 3
const HANDED_OVER = "folkmoot:draft-handed-over"
// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""

const SAYS = {
  empty: "",
  saving: "Saving…",
  saved: "Saved. Only you can see this.",
  here: "Kept in this browser.",
  offline: "Offline: kept in this browser, and sent as soon as the server answers.",
}

function newId() {
  const parts = new Uint32Array(4)
  crypto.getRandomValues(parts)
  return Array.from(parts, (part) => part.toString(16).padStart(8, "0")).join("")
}

function readLocal(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? null
  } catch {
    return null
  }
}

function writeLocal(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Storage is full or forbidden: the server still has the text within a second.
  }
}

class Field {
  constructor(root, data) {
    this.root = root
    this.key = `folkmoot:draft:${data.workshop}:${data.person}:${data.field}`
    this.timer = null
    this.telling = null
    this.firstUnsavedAt = 0
    this.isSending = false
    this.waitsFor = null
    this.build(data)
    this.begin(data)
    if (data.local_only) this.bringBack()
    this.onPageHide = () => this.flush()
    this.onVisibility = () => document.visibilityState === "hidden" && this.flush()
    this.onOnline = () => this.schedule(0)
    window.addEventListener("pagehide", this.onPageHide)
    document.addEventListener("visibilitychange", this.onVisibility)
    window.addEventListener("online", this.onOnline)
  }

  build(data) {
    const make = (tag, name, text) => {
      const element = document.createElement(tag)
      if (name) element.className = name
      if (text) element.textContent = text
      return element
    }
    this.label = make("label")
    this.label.htmlFor = "text"
    this.who = make("p", "who")
    this.who.id = "who"
    this.input = document.createElement(data.single_line ? "input" : "textarea")
    this.input.id = "text"
    if (data.single_line) this.input.type = "text"
    if (data.input_mode) this.input.inputMode = data.input_mode
    this.input.setAttribute("aria-describedby", "who state")
    this.state = make("span", "state")
    this.state.id = "state"
    this.state.setAttribute("role", "status")
    this.state.setAttribute("aria-live", "polite")
    this.count = make("span", "count")
    const foot = make("div", "foot")
    foot.append(this.state, this.count)
    this.buttons = make("div", "actions")
    this.root.replaceChildren(this.label, this.who, this.input, foot, this.buttons)
    this.question = new AsksFirst(this.root)
    this.input.oninput = () => this.typed()
    this.input.onblur = (event) => this.rest(this.root.contains(event.relatedTarget))
    this.buttons.onfocusout = (event) => this.rest(this.root.contains(event.relatedTarget))
    this.input.onkeydown = (event) => {
      const enter = event.key === "Enter" && !event.isComposing
      if (enter && (event.ctrlKey || event.metaKey || data.single_line)) {
        event.preventDefault()
        this.rest(this.data.actions.length > 0)
        this.submit(this.data.actions[0]?.[0])
      }
    }
  }

  begin(data) {
    const local = readLocal(this.key)
    const server = data.server ?? { text: "", seq: 0 }
    const localIsNewer = local !== null && local.seq >= server.seq
    const newest = localIsNewer ? local : server
    this.seq = newest.seq
    this.savedSeq = server.stored_seq ?? server.seq
    this.reportedSeq = server.seq
    this.hasToldOwn = server.text !== ""
    this.sent = localIsNewer ? (local.sent ?? null) : null
    this.forgotten = data.forgotten ?? 0
    this.initial = data.initial
    this.input.value = newest.text === "" ? data.initial : newest.text
    // Who goes on typing goes on at the end.
    this.input.setSelectionRange(this.input.value.length, this.input.value.length)
    const isSaved = this.seq <= this.savedSeq
    if (newest.text !== "") this.say(data.local_only ? "here" : isSaved ? "saved" : "saving")
    if (!isSaved) {
      this.schedule(0)
      this.reportIn(0)
    }
  }

  // What reached the disk and not localStorage: the browser was killed.
  async bringBack() {
    const kept = await readText(this.key)
    if (!this.data || !kept || kept.seq <= this.seq) return
    this.seq = kept.seq
    this.sent = kept.sent
    this.input.value = kept.text === "" ? this.initial : kept.text
    this.input.setSelectionRange(this.input.value.length, this.input.value.length)
    this.keep(kept.text)
    this.savedSeq = this.seq
    this.say(kept.text === "" ? "empty" : "here")
    this.measure()
    this.reportIn(0)
  }

  update(data, trigger, setState) {
    this.data = data
    this.trigger = trigger
    this.setState = setState
    this.label.textContent = data.label
    this.label.classList.toggle("quiet", data.label_is_hidden === true)
    this.who.textContent = data.who_sees
    this.who.hidden = !data.who_sees
    this.input.placeholder = data.placeholder
    if (!data.single_line) this.input.style.minHeight = `${data.height}px`
    this.drawButtons(data.actions)
    this.takeCleared(data)
    this.takeForgotten(data)
    this.followInitial(data)
    if (this.waitsFor && data.handled === this.waitsFor) this.stopWaiting()
    this.question.update(data.asks, this.input.value)
    this.measure()
  }

  takeCleared(data) {
    if (!this.sent || data.cleared !== this.sent.id) return
    const isUntouched = this.input.value === this.sent.text
    this.sent = null
    this.hasToldOwn = false
    if (isUntouched) {
      this.input.value = data.initial
      this.seq += 1
      this.keep("")
      this.savedSeq = this.reportedSeq = this.seq
      clearTimeout(this.timer)
      this.timer = null
      this.say("empty")
      if (data.local_only) this.keptHere()
      dispatchEvent(new Event(HANDED_OVER))
    } else {
      this.typed()
    }
  }

  // What stood here up to this number was taken by a button elsewhere.
  takeForgotten(data) {
    if ((data.forgotten ?? 0) <= this.forgotten) return
    this.forgotten = data.forgotten
    if (this.seq > data.forgotten) return
    this.input.value = data.initial
    this.seq = data.forgotten + 1
    this.keep("")
    this.savedSeq = this.reportedSeq = this.seq
    clearTimeout(this.timer)
    clearTimeout(this.telling)
    this.say("empty")
  }

  // Where nothing of one's own stands, the field shows what is in use now.
  followInitial(data) {
    if (data.initial !== this.initial && this.input.value === this.initial) this.replace(data.initial)
    this.initial = data.initial
    this.input.dataset.initial = data.initial // for whoever asks whether something of one's own stands here
  }

  // Who stands in the text stays at their letter: after it what follows is the same, or before it what precedes.
  replace(text) {
    const { value, selectionStart, selectionEnd } = this.input
    const isHere = this.root.getRootNode().activeElement === this.input
    const at = (place) => (text.startsWith(value.slice(0, place)) ? place : Math.max(0, text.length - value.length + place))
    this.input.value = text
    if (isHere) this.input.setSelectionRange(at(selectionStart), at(selectionEnd))
  }

  drawButtons(actions) {
    const names = JSON.stringify(actions)
    if (names === this.drawn) return
    this.drawn = names
    this.buttons.replaceChildren(
      ...actions.map(([action, label], index) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = label
        button.className = index === 0 ? "first" : "other"
        button.onclick = () => this.submit(action)
        return button
      }),
    )
  }

  typed() {
    this.seq = Math.max(this.seq + 1, Date.now())
    this.keep(this.unsent())
    this.say("saving")
    this.measure()
    const now = Date.now()
    if (!this.firstUnsavedAt) this.firstUnsavedAt = now
    this.schedule(Math.max(0, Math.min(IDLE_MS, this.firstUnsavedAt + AT_MOST_MS - now)))
    this.reportIn(IDLE_MS)
  }

  // The text to keep: what the field shows by itself need not be.
  unsent() {
    return this.input.value === this.initial ? "" : this.input.value
  }

  // The person leaves the text, perhaps for a button elsewhere that needs it. The field's own buttons take it along.
  rest(isStillHere) {
    this.save()
    if (!isStillHere) this.report()
  }

  reportIn(delayMs) {
    clearTimeout(this.telling)
    this.telling = setTimeout(() => this.mustTell() && this.report(), this.begins() ? 0 : delayMs)
  }

  mustTell() {
    return this.data?.reports || this.begins()
  }

  begins() {
    if (this.hasToldOwn) return false
    return this.data?.reports ? this.input.value !== this.initial : this.data?.tells_beginning && this.unsent() !== ""
  }

  report() {
    clearTimeout(this.telling)
    const isHeard = this.data?.reports || this.data?.tells_leaving || this.data?.tells_beginning
    if (!isHeard || this.seq <= this.reportedSeq) return
    this.reportedSeq = this.seq
    this.hasToldOwn = this.input.value !== this.initial
    this.setState("text", { text: this.input.value, is_own: this.hasToldOwn, seq: this.seq })
  }

  keep(text) {
    writeLocal(this.key, { text, seq: this.seq, sent: this.sent, label: this.data.label })
  }

  schedule(delayMs) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), delayMs)
  }

  body() {
    const { workshop, role, field } = this.data
    return JSON.stringify({ workshop, role, field, text: this.unsent(), seq: this.seq })
  }

  async save() {
    if (!this.data || this.seq <= this.savedSeq) return
    if (this.data.local_only) return this.keptHere()
    if (this.isSending) return this.schedule(IDLE_MS)
    const seq = this.seq
    this.isSending = true
    this.firstUnsavedAt = 0
    try {
      const answer = await this.post(this.body())
      if (answer.ok) {
        this.savedSeq = Math.max(this.savedSeq, seq)
        if (this.seq === seq) this.say(this.unsent() === "" ? "empty" : "saved")
        else this.schedule(IDLE_MS)
      } else if (answer.status === 503 || answer.status >= 500) {
        this.say("offline")
        this.schedule(RETRY_MS)
      } else {
        const { message } = await answer.json().catch(() => ({ message: "" }))
        this.tell(`Not saved on the server; kept in this browser. ${message ?? ""}`)
      }
    } catch {
      this.say("offline")
      this.schedule(RETRY_MS)
    } finally {
      this.isSending = false
    }
  }

  async keptHere() {
    clearTimeout(this.timer)
    this.firstUnsavedAt = 0
    const seq = (this.savedSeq = this.seq)
    const text = this.unsent()
    await writeText(this.key, { text, seq, sent: this.sent })
    if (this.data && this.seq === seq) this.say(text === "" ? "empty" : "here")
  }

  post(body) {
    return fetch(new URL(`${ROOT}/draft`, location.origin), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      // Browsers refuse to keep more than 64 kB alive.
      keepalive: body.length < 60000,
      body,
    })
  }

  flush() {
    if (!this.data || this.seq <= this.savedSeq) return
    if (this.data.local_only) this.keptHere()
    else this.post(this.body()).catch(() => {})
  }

  // Where there is something to ask first, only its "yes" hands over. What is blank is not asked about: Python refuses it.
  submit(action) {
    if (!action || this.waitsFor || this.isRefused()) return
    const asks = this.asksAt(action)
    if (!asks || this.input.value.trim() === "") return this.handOver(action, asks?.seen)
    this.question.update(asks, this.input.value)
    this.question.ask((seen) => this.handOver(action, seen))
  }

  // What this button asks, if it does: where no buttons are named, all of them ask.
  asksAt(action) {
    const { asks } = this.data
    const isNothingOwn = asks?.only_own && this.unsent() === ""
    return isNothingOwn || (asks?.actions.length && !asks.actions.includes(action)) ? null : asks
  }

  handOver(action, seen = "") {
    const text = this.input.value
    this.sent = { id: newId(), request: this.requestFor(action, text, seen), action: this.named(action, seen), text }
    this.keep(text)
    this.waitsFor = this.sent.id
    this.measure()
    const { id, request } = this.sent
    this.hand({ action, text, seen, submission_id: id, request_id: request, seq: this.seq }, TIMES_HANDED)
  }

  // As long as nobody knows what became of a press, the same button over the same text asks for the same once more.
  requestFor(action, text, seen) {
    const isAgain = this.sent?.text === text && this.sent.action === this.named(action, seen)
    return (isAgain && this.sent.request) || newId()
  }

  // A button is the same while it says the same, and asks about the same: "Open round 2" is not "Open round 1".
  named(action, seen) {
    const label = this.data.actions.find(([name]) => name === action)?.[1]
    return `${action}: ${label}${seen && ` ${seen}`}`
  }

  // A press can get lost between browser and script, such as when a fragment looks again at that very moment. It is
  // handed over again under its id until the script says that it has it; the same press never counts twice.
  hand(press, times) {
    if (times === 0) return this.stopWaiting()
    this.waiting = setTimeout(() => this.hand(press, times - 1), ANSWER_WITHIN_MS)
    this.trigger("submitted", press)
  }

  stopWaiting() {
    clearTimeout(this.waiting)
    this.waitsFor = null
    this.measure()
  }

  isRefused() {
    const length = [...this.input.value].length
    const isBlank = this.input.value.trim() === ""
    return length > this.data.max_chars || (isBlank && !this.data.allow_empty)
  }

  measure() {
    if (!this.data) return
    const length = [...this.input.value].length
    const over = length - this.data.max_chars
    this.count.classList.toggle("over", over > 0)
    const most = this.data.max_chars.toLocaleString("en")
    this.count.textContent =
      over > 0
        ? `${over.toLocaleString("en")} characters too long; at most ${most} fit`
        : length > this.data.max_chars * 0.5 ? `${length.toLocaleString("en")} of ${most} characters` : ""
    const isRefused = this.isRefused()
    for (const button of this.buttons.children) button.disabled = isRefused || this.waitsFor !== null
  }

  say(name) {
    this.tell(SAYS[name])
  }

  tell(text) {
    if (this.state.textContent !== text) this.state.textContent = text
  }

  destroy() {
    this.flush()
    clearTimeout(this.timer)
    clearTimeout(this.telling)
    clearTimeout(this.waiting)
    window.removeEventListener("pagehide", this.onPageHide)
    document.removeEventListener("visibilitychange", this.onVisibility)
    window.removeEventListener("online", this.onOnline)
    // Some fields go with what was handed over.
    if (this.sent?.text === this.input.value) dispatchEvent(new Event(HANDED_OVER))
    this.data = null // An element that is taken away loses the focus last of all.
    dispatchEvent(new Event("folkmoot:draft-left")) // What takes its place may show its text (`own_words.js`).
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue, setStateValue } = component
  const root = parentElement.querySelector(".field")
  let field = FIELDS.get(root)
  if (!field) {
    field = new Field(root, data)
    FIELDS.set(root, field)
  }
  field.update(data, setTriggerValue, setStateValue)
  return whenGone(parentElement, () => {
    field.destroy()
    FIELDS.delete(root)
  })
}
