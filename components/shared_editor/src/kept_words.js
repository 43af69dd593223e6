// What this browser still has of the live text of a workshop to which nobody in it is signed in: words, to copy or to throw
// away. The text around them is not shown: whoever was signed out may not read on.

import { wordsLeft } from "./kept.js"
import { box, copying, throwing } from "./offer.js"

const LABEL = "Words that only this browser has"
const REASON = "This was not saved yet, as far as this browser knows."

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".words")
  let isOver = false
  let drawn = ""

  // What is drawn already stands still, such as a question that waits for its answer.
  async function look() {
    const found = await wordsLeft(data.workshop)
    const state = JSON.stringify(found)
    if (isOver || state === drawn) return
    drawn = state
    place.replaceChildren(...found.map(draw))
    place.hidden = !found.length
  }

  function draw({ name, text, reason, drops }) {
    const drop = throwing(async () => {
      await Promise.all(drops.map((one) => one()))
      drawn = ""
      look()
    })
    const by = name ? `Typed here by ${name}.` : "Typed here."
    return box(LABEL, `${by} ${reason ?? REASON} Only this browser has it:`, text, [copying(text), drop])
  }

  // The editor may be on the page still, and other pages may be open.
  const kinds = ["folkmoot:kept", "storage"]
  for (const kind of kinds) addEventListener(kind, look)
  look()
  return () => {
    isOver = true
    for (const kind of kinds) removeEventListener(kind, look)
  }
}
