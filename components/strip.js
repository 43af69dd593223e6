// The line at the top of every page. What it shows comes with the page, and newer with every pulse, without a rerun of
// anything. All the sentences of `where` lie upon one another, so that another stage never moves the page below.

const NEWS = Symbol.for("folkmoot.news") // What `pulse.js` heard last.
const STATES = new WeakMap()
const LIVE_TEXT = ".fm-editor" // It says itself how its text stands.
const UNSAVED_FOR_MS = 10_000 // A page that was left saves what it can.

function element(name, className, text) {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text) made.textContent = text
  return made
}

function icon(name) {
  const made = element("span", "icon", name)
  made.ariaHidden = "true"
  return made
}

function put(parent, text) {
  if (parent.textContent !== text) parent.textContent = text
}

class Strip {
  constructor(root) {
    this.where = root.querySelector(".where")
    this.facts = root.querySelector(".facts")
    this.spoken = root.querySelector(".spoken")
    this.hear = () => this.show()
  }

  begin(data, setTriggerValue) {
    this.go = (page) => setTriggerValue("go", page)
    hearTime(data.now_ms)
    if (data.workshop !== this.data?.workshop) this.newest = null
    const words = JSON.stringify([data.stages, data.here, data.away])
    if (words !== this.words) this.layOut(data)
    Object.assign(this, { data, words })
    this.learn(data)
    document.addEventListener("folkmoot:news", this.hear)
    clearInterval(this.ticking)
    this.ticking = setInterval(() => this.tick(), 1000)
    this.show()
  }

  end() {
    document.removeEventListener("folkmoot:news", this.hear)
    clearInterval(this.ticking)
  }

  // The newest of what the page was drawn with and what was heard since.
  learn({ rev, notice }) {
    if (notice && rev >= (this.newest?.rev ?? 0)) this.newest = { rev, notice }
  }

  layOut({ stages, here, away }) {
    const places = Object.entries(stages).map(([name, { does, link, href, page }]) => {
      const place = element("div", "place")
      const says = element("p")
      says.append(element("strong", "", does), here ? ` Here you can ${here}` : "")
      place.append(says)
      if (link) place.append(this.link(link, href, page))
      place.dataset.stage = name
      return place
    })
    const lost = element("div", "place")
    lost.dataset.stage = "away"
    const says = element("p")
    says.append(icon("cloud_off"), ` ${away}`)
    lost.append(says)
    this.where.replaceChildren(...places, lost)
  }

  // A link as any other; followed here it leaves the page without loading the app anew.
  link(text, href, page) {
    const made = element("a")
    made.href = href
    made.append(element("span", "to", text), icon("arrow_forward"))
    made.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button) return
      event.preventDefault()
      this.go(page)
    })
    return made
  }

  show() {
    const heard = globalThis[NEWS]
    const isOurs = heard?.workshop === this.data.workshop
    if (isOurs) this.learn(heard)
    const { notice } = this.newest
    const isAway = (isOurs ? heard.is_away : undefined) ?? this.data.is_away
    const now = isAway ? "away" : notice.stage
    for (const place of this.where.children) place.classList.toggle("now", place.dataset.stage === now)
    if (this.said && this.said !== now) put(this.spoken, isAway ? this.data.away : this.data.stages[now].does)
    this.said = now
    this.drawFacts(notice)
  }

  // Each fact keeps its element: a press or the focus on its link outlives every vote.
  drawFacts(notice) {
    const { version } = this.data
    const number = notice.latest_version_number
    const words = number === null ? version.none : notice.changed_since_version ? version.changed : version.same
    this.ends = notice.timer_ends_ms
    this.paused = notice.timer_paused_ms
    const facts = [
      // What matters most comes first: many open rounds are more than the place shows.
      ...(this.hasUnsaved ? [this.unsaved()] : []),
      ...(this.ends === null && this.paused === null && !notice.step ? [] : [this.timer(notice)]),
      ...notice.open_rounds.map((one) => this.round(one, notice.stage)),
      this.version(words.replace("{}", number)),
      ...(notice.editing_is_locked ? [this.fact("lock", "lock", "The policy is locked")] : []),
    ]
    for (const old of [...this.facts.children]) if (!facts.includes(old)) old.remove()
    facts.forEach((made, at) => { if (this.facts.children[at] !== made) this.facts.insertBefore(made, this.facts.children[at] ?? null) })
    this.tick()
  }

  version(words) {
    this.badge ??= element("span", "fact version")
    put(this.badge, words)
    return this.badge
  }

  // The element of a fact, the same as long as it stands there.
  fact(key, name, text) {
    let made = [...this.facts.children].find((one) => one.dataset.key === key)
    if (!made) {
      made = element("span", "fact")
      made.dataset.key = key
      made.append(icon(name), element("span"))
    }
    put(made.children[1], text)
    return made
  }

  round({ round_id: id, number, voted_count: voted, eligible_count: eligible }, stage) {
    const { is_voter: isVoter, mine, page, vote } = this.data
    // Of a round that was opened since the page was drawn: whoever was there is eligible.
    const isAsked = isVoter && mine[id] !== "voted" && mine[id] !== "not eligible" && page !== "vote" && stage !== "vote"
    const own = isAsked ? "" : { voted: ", you too", missing: ", you have not" }[mine[id]] ?? ""
    const made = this.fact(id, "how_to_vote", `Round ${number} is open: ${voted} of ${eligible} have voted${own}`)
    const link = made.querySelector("a")
    if (isAsked && !link) made.append(this.link("Vote now", vote, "vote"))
    if (!isAsked) link?.remove()
    return made
  }

  unsaved() {
    const made = this.fact("unsaved", "edit_note", this.data.unsaved)
    if (this.data.page !== "draft" && !made.querySelector("a")) made.append(this.link("Go to Draft", this.data.draft, "draft"))
    return made
  }

  // Whether this browser has text of the person's that the live document kept until it is saved (`kept.js`).
  findsUnsaved() {
    if (document.querySelector(LIVE_TEXT)) return false
    const isOld = (key) => Date.now() - JSON.parse(localStorage.getItem(key)).at > UNSAVED_FOR_MS
    try {
      const prefix = `folkmoot:document:${this.data.workshop}:${this.data.person}:`
      return Object.keys(localStorage).some((key) => key.startsWith(prefix) && isOld(key))
    } catch {
      return false // forbidden, so that nothing is in it
    }
  }

  timer({ timer_label: label, step }) {
    const isPaused = this.paused !== null
    const hasTime = isPaused || this.ends !== null
    const key = hasTime ? `timer ${isPaused}` : "step"
    const made = this.fact(key, isPaused ? "timer_pause" : hasTime ? "timer" : "event_note", hasTime ? this.clock() : step)
    if (!hasTime) return made
    made.role = "timer"
    made.children[1].className = "left"
    if (made.children.length < 3) made.append(element("span"))
    put(made.children[2], [step, label].filter(Boolean).join(": "))
    return made
  }

  clock() {
    const leftMs = this.paused ?? this.ends - serverNowMs()
    const seconds = Math.max(0, Math.round(leftMs / 1000))
    const words = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`
    return this.paused !== null ? `${words}, paused` : seconds ? words : "Time is up"
  }

  tick() {
    const left = this.facts.querySelector(".left")
    if (left) put(left, this.clock())
    const hasUnsaved = this.findsUnsaved()
    if (hasUnsaved === Boolean(this.hasUnsaved)) return
    this.hasUnsaved = hasUnsaved
    if (hasUnsaved) put(this.spoken, this.data.unsaved)
    this.drawFacts(this.newest.notice)
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!STATES.has(parentElement)) STATES.set(parentElement, new Strip(parentElement))
  const strip = STATES.get(parentElement)
  strip.begin(data, setTriggerValue)
  return whenGone(parentElement, () => strip.end())
}
