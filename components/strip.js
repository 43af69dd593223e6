// The line at the top of every page. What it shows comes with the page, and newer with every pulse, without a rerun of
// anything. All the sentences of `where` lie upon one another, so that another stage never moves the page below.

const NEWS = Symbol.for("folkmoot.news") // What `pulse.js` heard last.
const STATES = new WeakMap()

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
    this.skewMs = data.now_ms - Date.now()
    const words = JSON.stringify([data.stages, data.here, data.away])
    if (words !== this.words) this.layOut(data)
    Object.assign(this, { data, words })
    document.addEventListener("folkmoot:news", this.hear)
    clearInterval(this.ticking)
    this.ticking = setInterval(() => this.tick(), 1000)
    this.show()
  }

  end() {
    document.removeEventListener("folkmoot:news", this.hear)
    clearInterval(this.ticking)
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
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
      event.preventDefault()
      this.go(page)
    })
    return made
  }

  // The newer of what the page was drawn with and what was heard since.
  news() {
    const heard = globalThis[NEWS]
    const isOurs = heard?.workshop === this.data.workshop
    return {
      notice: isOurs && heard.notice && heard.rev >= this.data.rev ? heard.notice : this.data.notice,
      isAway: isOurs ? heard.is_away : this.data.is_away,
    }
  }

  show() {
    const { notice, isAway } = this.news()
    const now = isAway ? "away" : notice.stage
    for (const place of this.where.children) place.classList.toggle("now", place.dataset.stage === now)
    if (this.said && this.said !== now) put(this.spoken, isAway ? this.data.away : this.data.stages[now].does)
    this.said = now
    const shown = JSON.stringify([notice, this.data.mine])
    if (shown === this.shown) return
    this.shown = shown
    this.drawFacts(notice)
  }

  drawFacts(notice) {
    const { version } = this.data
    const number = notice.latest_version_number
    const words = number === null ? version.none : notice.changed_since_version ? version.changed : version.same
    this.left = null
    this.facts.replaceChildren(
      element("span", "fact version", words.replace("{}", number)),
      ...notice.open_rounds.map((one) => this.round(one, notice.stage)),
      ...this.timer(notice),
      ...(notice.editing_is_locked ? [this.fact("lock", "The policy is locked")] : []),
    )
    this.tick()
  }

  fact(name, text) {
    const made = element("span", "fact")
    made.append(icon(name), element("span", "", text))
    return made
  }

  round({ round_id: id, number, voted_count: voted, eligible_count: eligible }, stage) {
    const { is_voter: isVoter, mine, page, vote } = this.data
    const own = { voted: ", you too", missing: ", you have not" }[mine[id]] ?? ""
    const made = this.fact("how_to_vote", `Round ${number} is open: ${voted} of ${eligible} have voted${own}`)
    // A round that was opened since the page was drawn: whoever was there is eligible.
    if (isVoter && mine[id] !== "voted" && mine[id] !== "not eligible" && page !== "vote" && stage !== "vote") {
      made.append(this.link("Vote now", vote, "vote"))
    }
    return made
  }

  timer({ timer_ends_ms: ends, timer_label: label }) {
    if (ends === null) return []
    const made = this.fact("timer", "")
    this.left = { ends, place: made.lastChild }
    this.left.place.className = "left"
    made.role = "timer"
    if (label) made.append(element("span", "", label))
    return [made]
  }

  tick() {
    if (!this.left) return
    const seconds = Math.max(0, Math.round((this.left.ends - Date.now() - this.skewMs) / 1000))
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`
    put(this.left.place, seconds ? clock : "Time is up")
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!STATES.has(parentElement)) STATES.set(parentElement, new Strip(parentElement))
  const strip = STATES.get(parentElement)
  strip.begin(data, setTriggerValue)
  return () => strip.end()
}
