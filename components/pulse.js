// One WebSocket a browser page, shared by the elements in its live fragments. It says that something changed; every
// element whose fragment was drawn before that asks for its fragment again, and for nothing else. What the fragment shows
// comes from Streamlit as ever. Looks are spread by chance and rest in between as the server says; a hidden tab waits,
// but for what is urgent. Whoever asks says whether its person is at rest (`at_rest.js`, which stands above this), and who
// is about to be taken along is asked for when they have seen where to.

// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
const SLOWLY_MS = 15_000
const LOST_LOOK_MS = 4000 // After that and a rest, a look that nothing came of is asked for again.
const SLOW_LOOK_MS = 10_000 // How often to look where no socket can be had.
const OUT_LOOK_MS = 15_000 // How often whoever was removed asks whether they were taken back.
const DEAD_AFTER_MS = 60_000 // The server says something every 25 s.
const PRESS_MS = 150
const HELD_MS = 2000
const PRESSES = new Set(["Enter", " ", "Tab", "Escape"])
const DRAWN_WITHIN_MS = 2000
const BUSY_MS = 30
const BUSY_FOR_MS = 30_000
const BLANK_LOOKS = 3 // So many times in a row, a second apart, a page may be empty between two drawings.
const BLANK_REDRAWS = 3 // So often it is drawn anew, before it is opened anew.
const OPENED = "folkmoot:opened" // How often this tab was opened anew without a minute of rest; it waits longer each time.
const STANDS_AFTER_LOOKS = 60
const NEWS = Symbol.for("folkmoot.news") // What was heard last, for the elements that draw it themselves.
const NOT_A_MEMBER = 4403
const TOO_MANY_PAGES = 4429

class Pulse {
  elements = new Set()
  queue = new Set()
  pressedAt = -Infinity
  busySince = null
  blankLooks = 0
  goodLooks = 0
  redraws = 0
  socket = null
  heard = null
  heardAt = 0
  lookedAt = -Infinity
  waitMs = FIRST_WAIT_MS
  mayOpen = true

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return
      this.mind()
      this.waitMs = FIRST_WAIT_MS
      this.mayOpen = !this.isOut
      this.open()
      this.askStanding()
      this.consider()
      for (const element of this.elements) if (element.isDue) this.look([element])
    })
    for (const kind of ["pointerdown", "pointerup", "pointercancel", "keydown"]) {
      addEventListener(kind, ({ key }) => {
        if (!key || PRESSES.has(key)) this.pressedAt = performance.now()
        if (!key) this.isHeld = kind === "pointerdown" // the press itself comes when it is let go of
      }, true)
    }
    for (const kind of ["pointerdown", "keydown", "input", TYPED]) {
      addEventListener(kind, () => { this.hasActed = true }, { capture: true, passive: true })
    }
    addEventListener(CALLED, () => this.heard && this.hasten())
    addEventListener("online", () => this.mind())
    setInterval(() => {
      this.mind()
      if (!this.isOpen() && !this.isOut) this.look(this.followed())
    }, SLOW_LOOK_MS)
    setInterval(() => this.mindBlank(), 1000)
  }

  // Whatever a script is asked for while it changes pages says to which page it belongs. If that is the one that is being
  // left, Streamlit 1.67 clears the page and draws nothing. So none is asked for then, as far as can be told; if it happens, the
  // page is asked for as the browser's "back" does, by its address, and the tab keeps what it knows. If nothing comes of
  // that it is opened anew; with the server away it waits for it. What was typed is kept.
  mindBlank() {
    const main = document.querySelector("[data-testid=stMain]")
    const isAtWork = document.querySelector("[data-test-script-state]:not([data-test-script-state=notRunning])")
    // A fault of Streamlit's own in the browser takes all of it away, and there is nobody to draw it anew.
    const isGone = !main
    const isBlank = isGone || ((!isAtWork || this.isStuck) && !main.querySelector("[data-testid=stElementContainer]"))
    if (!isAtWork) this.busySince = this.isStuck = null
    if (!isBlank && !isAtWork) this.redraws = 0
    this.blankLooks = isBlank ? this.blankLooks + 1 : 0
    this.goodLooks = isBlank ? 0 : this.goodLooks + 1
    const opened = Number(sessionStorage.getItem(OPENED) ?? 0)
    if (opened && this.goodLooks > STANDS_AFTER_LOOKS) sessionStorage.removeItem(OPENED)
    if (this.blankLooks < BLANK_LOOKS * 2 ** Math.min(opened, 5)) return
    this.blankLooks = 0
    this.redraws += 1
    if (this.redraws <= BLANK_REDRAWS && !isGone) {
      dispatchEvent(new PopStateEvent("popstate"))
      return
    }
    fetch(`${ROOT}/healthz`).then(({ ok }) => {
      if (!ok) return
      sessionStorage.setItem(OPENED, opened + 1)
      location.reload()
    }, () => undefined)
  }

  // An element was drawn: what it shows is as new as its data says.
  drawn(element, data) {
    clearTimeout(element.again)
    clearTimeout(element.retry)
    Object.assign(element, { data, isDue: false, isAsked: false, drawnAt: performance.now() })
    this.elements.add(element)
    this.queue.delete(element)
    if (element === this.asked) {
      clearTimeout(this.asking)
      this.asking = setTimeout(() => this.ask())
    }
    // Drawn by a server that has not heard of it yet, or that reaches the database when another does not.
    element.futile = this.isBehind(element) ? (element.futile ?? 0) + 1 : 0
    // Also where nobody looks: it may be there to send what is not saved yet.
    if (data.again_ms) element.again = setTimeout(() => this.look([element], true), data.again_ms)
    if (!data.workshop) return
    this.moveTo(data)
    this.consider()
  }

  gone(element) {
    clearTimeout(element.again)
    clearTimeout(element.retry)
    this.elements.delete(element)
    this.queue.delete(element)
    setTimeout(() => { if (!this.followed().length) this.hangUp() }, 2000)
  }

  followed() {
    return [...this.elements].filter(one => one.data.workshop)
  }

  isOpen() {
    return this.socket?.readyState === WebSocket.OPEN
  }

  moveTo({ workshop, role, page }) {
    const place = `${workshop} ${role}`
    if (place !== this.place) {
      this.hangUp()
      Object.assign(this, { place, heard: null, isOut: false, mayOpen: true, waitMs: FIRST_WAIT_MS })
    } else if (page !== this.page && this.isOpen()) {
      this.socket.send(JSON.stringify({ page }))
    }
    Object.assign(this, { workshop, role, page })
    this.open()
  }

  open() {
    if (this.socket || !this.mayOpen || !this.workshop || !this.followed().length) return
    clearTimeout(this.opening)
    const address = new URL(`${ROOT}/live`, location.origin)
    address.protocol = address.protocol.replace("http", "ws")
    address.search = new URLSearchParams({ w: this.workshop, role: this.role, page: this.page })
    const socket = new WebSocket(address)
    this.socket = socket
    this.heardAt = Date.now()
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return
      this.waitMs = FIRST_WAIT_MS
      this.hear(JSON.parse(data))
    }
    socket.onclose = ({ code }) => {
      if (socket !== this.socket) return
      this.socket = null
      this.tell()
      this.isOut = code === NOT_A_MEMBER
      this.mayOpen = !this.isOut && code !== TOO_MANY_PAGES
      if (this.isOut) {
        this.look(this.followed()) // The fragments say what is the matter.
        this.standing = setTimeout(() => this.askStanding(), OUT_LOOK_MS)
      }
      if (!this.mayOpen) return
      // Everybody's socket closes at once when a server ends: not all come back at the same moment.
      this.opening = setTimeout(() => this.open(), this.waitMs * (0.5 + Math.random()))
      this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS)
    }
  }

  // Whoever was removed may be taken back: then the page goes on where it was.
  async askStanding() {
    clearTimeout(this.standing)
    if (!this.isOut) return
    const { place, workshop, role } = this
    const address = `${ROOT}/standing?${new URLSearchParams({ w: workshop, role })}`
    const answer = document.hidden ? null : await fetch(address, { method: "POST" }).catch(() => null)
    if (place !== this.place || !this.isOut) return
    if (!answer?.ok) {
      clearTimeout(this.standing)
      this.standing = setTimeout(() => this.askStanding(), OUT_LOOK_MS)
      return
    }
    Object.assign(this, { isOut: false, mayOpen: true, waitMs: FIRST_WAIT_MS })
    this.open()
    this.look(this.followed())
  }

  hangUp() {
    clearTimeout(this.opening)
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  hear(pulse) {
    const isNews = ["rev", "is_away", "own"].some((one) => pulse[one] !== this.heard?.[one])
    this.heard = pulse
    this.heardAt = Date.now()
    if (!isNews) return
    this.tell()
    this.later = Math.random() * pulse.spread_ms
    this.soonest = performance.now() + this.later
    this.hasten()
    this.consider()
  }

  // What everybody may know is drawn from this at once, by the elements themselves.
  tell() {
    // Of a database that is away nothing is known without a line.
    globalThis[NEWS] = { workshop: this.workshop, ...this.heard, is_away: this.isOpen() ? this.heard?.is_away : undefined }
    document.dispatchEvent(new Event("folkmoot:news"))
  }

  // Whether one of these topics was changed after an element's fragment was drawn.
  hasMoved({ data }, topics) {
    return topics.some((topic) => (this.heard.topics[topic] ?? 0) > data.rev)
  }

  // How long an element's fragment may still show what it shows; null while that is nothing old.
  dueAt(element) {
    const { data, drawnAt } = element
    if (!data.workshop || !this.heard) return null
    if (this.hasMoved(element, data.urgent)) return this.urgentAt()
    if (this.heard.is_away !== data.is_away || this.hasMoved(element, data.follows)) return this.soonest
    if (this.heard.own > data.own) return this.soonest // false where the fragment follows nothing of one's own
    if (!this.hasMoved(element, data.slowly)) return null
    element.slowness ??= SLOWLY_MS * (0.5 + Math.random() / 2)
    return Math.max(this.soonest, drawnAt + element.slowness)
  }

  isBehind(element) {
    return this.dueAt(element) !== null
  }

  // Those that are behind and were not asked for since they were drawn.
  stale() {
    return this.followed().filter((one) => !one.isAsked && this.isBehind(one))
  }

  consider() {
    clearTimeout(this.waiting)
    if (document.hidden) return
    const stale = this.stale()
    if (!stale.length) return
    const inVain = Math.min(6, ...stale.map((one) => one.futile))
    const rested = this.lookedAt + this.heard.pause_ms * 2 ** inVain
    const at = Math.max(rested, Math.min(...stale.map((one) => this.dueAt(one))))
    this.waiting = setTimeout(() => {
      if (document.hidden) return
      const now = performance.now()
      const due = this.stale().filter((one) => this.dueAt(one) <= now)
      if (due.length) this.lookedAt = now
      this.look(due)
      this.consider()
    }, Math.max(0, Math.ceil(at - performance.now()) + 1)) // Chromium may ring a little early.
  }

  // When what is urgent is asked for; in a hidden tab nobody sees anything before.
  urgentAt() {
    return document.hidden ? this.soonest : Math.max(this.soonest, atRest.leavesAt + this.later)
  }

  hasten() {
    clearTimeout(this.hurrying)
    this.hurrying = setTimeout(() => this.hurry(), Math.ceil(this.urgentAt() - performance.now()))
  }

  // What is urgent does not rest, and is asked for by hidden tabs too.
  hurry() {
    const isUrgent = (one) => !one.isAsked && this.hasMoved(one, one.data.urgent)
    this.look(this.followed().filter(isUrgent), true)
  }

  // Ask for these elements' fragments.
  look(elements, isTimed = false) {
    for (const element of elements) {
      element.isDue = document.hidden && !isTimed
      if (element.isDue) continue
      element.isAsked = true
      clearTimeout(element.retry)
      const patience = LOST_LOOK_MS + (this.heard?.pause_ms ?? 0)
      element.retry = setTimeout(() => this.elements.has(element) && this.look([element]), patience)
      this.queue.add(element)
    }
    if (!this.asking) this.ask()
  }

  // What an element has to say by itself, in its turn, and that what came of it is drawn.
  say(turn) {
    this.queue.add(turn)
    if (!this.asking) this.ask()
  }

  isDone(turn) {
    this.queue.delete(turn)
    if (turn !== this.asked) return
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.ask())
  }

  // One element after the other, and none while somebody presses. What is set within one moment Streamlit 1.67 sends as
  // one request, for the fragment of the first, and the others' fragments, or the press, come to nothing. And it drops the
  // last of what a page or a fragment drew when it is asked for another just as that one ends: so that must be shown first.
  ask() {
    clearTimeout(this.asking)
    this.asking = this.asked = null
    if (!this.queue.size) {
      this.busySince = null // since when is counted anew by whoever asks next
      return
    }
    const rest = this.restMs()
    if (rest > 0) {
      this.asking = setTimeout(() => this.ask(), rest)
      return
    }
    const [element] = this.queue
    this.queue.delete(element)
    this.asked = element
    this.asking = setTimeout(() => this.ask(), DRAWN_WITHIN_MS)
    const isAtRest = atRest.now()
    if (isAtRest && element.data.urgent?.length) atRest.leave()
    element.trigger(isAtRest ? "rested" : "moved", element.data.drawing)
  }

  // How long nothing may be asked. Nobody waits for ever: Streamlit 1.67 may never say that a page is drawn.
  restMs() {
    const now = performance.now()
    const { testConnectionState: connection, testScriptState: script } =
      document.querySelector("[data-test-script-state]")?.dataset ?? {}
    if (connection && connection !== "CONNECTED") return DRAWN_WITHIN_MS
    const isBusy = script && script !== "notRunning"
    if (isBusy) this.busySince ??= now
    else this.busySince = this.isStuck = null
    this.isStuck ||= isBusy && now - this.busySince >= BUSY_FOR_MS
    if (isBusy && !this.isStuck) return BUSY_MS
    return this.pressedAt + (this.isHeld ? HELD_MS : PRESS_MS) - now
  }

  // A line that went dead without a word is opened anew, such as after a sleep, in which only the wall clock goes on.
  mind() {
    if (this.hasActed && this.isOpen()) {
      this.hasActed = false
      this.socket.send(JSON.stringify({ page: this.page })) // that its person is at it, and never what they do
    }
    if (this.isOpen() && Date.now() - this.heardAt > DEAD_AFTER_MS) {
      this.hangUp()
      this.open()
    }
  }
}

const pulse = (globalThis[Symbol.for("folkmoot.pulse")] ??= new Pulse())
const ELEMENTS = new WeakMap()

export default function ({ data, key, parentElement, setTriggerValue }) {
  if (!ELEMENTS.has(parentElement)) ELEMENTS.set(parentElement, {})
  const element = ELEMENTS.get(parentElement)
  element.trigger = setTriggerValue
  pulse.drawn(element, data)
  return whenGone(parentElement, () => pulse.gone(element))
}
