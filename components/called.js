// What everybody is called to, as soon as this page hears of the call: for whoever is about to be taken there, until the
// server has drawn the page around it, which takes a crowd some seconds. Whoever types meanwhile stays (`at_rest.js`).

const NEWS = Symbol.for("folkmoot.news") // What `pulse.js` heard last.
const AT_REST = Symbol.for("folkmoot.at_rest")
const TYPING = ["input", "folkmoot:typed"] // What comes from inside of a frame `ace_link.js` tells.
const SHOWN_FOR_MS = 60_000 // If the page never comes, the offer at the lower edge of the window stays.

class Called {
  constructor(root) {
    this.card = root.querySelector(".called")
    this.spoken = root.querySelector(".spoken")
    this.hear = () => this.show()
    this.hide = () => this.put(null)
    this.pressed = ({ key }) => key === "Escape" && this.hide()
    root.querySelector("button").onclick = this.hide
  }

  begin(data) {
    hearTime(data.now_ms)
    this.data = data
    document.addEventListener("folkmoot:news", this.hear)
    addEventListener("keydown", this.pressed, true)
    for (const kind of TYPING) addEventListener(kind, this.hide, true)
    this.show()
  }

  end() {
    document.removeEventListener("folkmoot:news", this.hear)
    removeEventListener("keydown", this.pressed, true)
    for (const kind of TYPING) removeEventListener(kind, this.hide, true)
    this.put(null)
  }

  show() {
    const heard = globalThis[NEWS]
    const call = heard?.workshop === this.data.workshop ? heard.notice?.call : null
    const isNew = call && !this.data.known.includes(call.call_id) && call.call_id !== this.hidden
    if (!isNew || call.stage === this.data.page || !this.data.goes_along) return this.put(null)
    if (serverNowMs() - call.at_ms > this.data.moves_for_ms) return this.put(null) // it is an offer only
    // Also anew: what stands in it may have been hidden meanwhile. Whoever types is asked.
    if (call.call_id === this.shown || globalThis[AT_REST]?.now()) this.put(call)
  }

  // Put it before everybody, or away.
  put(call) {
    const isNew = call && call.call_id !== this.shown
    const isGone = !call && this.shown
    if (isGone) this.hidden = this.shown
    this.shown = call?.call_id
    if (isNew || isGone) globalThis[AT_REST]?.sees(isNew)
    this.card.hidden = !call
    const words = call ? `${call.by} brings everyone here: ${call.name}` : ""
    this.spoken.textContent = words
    if (!call) return
    this.card.querySelector(".who").textContent = words
    this.card.querySelector(".text").textContent = call.text
    if (!isNew) return
    clearTimeout(this.ending)
    this.ending = setTimeout(this.hide, SHOWN_FOR_MS)
  }
}

const SHOWN = new WeakMap()

export default function ({ data, parentElement }) {
  if (!SHOWN.has(parentElement)) SHOWN.set(parentElement, new Called(parentElement))
  const called = SHOWN.get(parentElement)
  called.begin(data)
  return whenGone(parentElement, () => called.end())
}
