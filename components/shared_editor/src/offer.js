// Words that only this browser has, in a box with what can be done with them.

export function box(label, why, text, buttons) {
  const made = document.createElement("section")
  made.setAttribute("aria-label", label)
  const reason = document.createElement("p")
  reason.textContent = why
  const words = document.createElement("pre")
  words.textContent = text
  words.tabIndex = 0
  const row = document.createElement("div")
  row.append(...buttons)
  made.append(reason, words, row)
  return made
}

export function button(label, act) {
  return Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: act })
}

// Over plain http, as on a local network, a page has no clipboard to write to: the words are selected and copied from there.
export function copying(text) {
  const made = button("Copy", async () => {
    const isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false)
    made.textContent = isDone || copySelected(made.closest("section").querySelector("pre")) ? "Copied" : "Press Ctrl+C"
  })
  return made
}

function copySelected(words) {
  getSelection().selectAllChildren(words)
  return document.execCommand("copy")
}

// A button that throws words away, which asks first: the question stands in its place, and leads back to it.
export function throwing(act) {
  const question = "Throw away? It cannot be brought back."
  const made = button("Throw away", () => {
    const asked = document.createElement("span")
    asked.className = "fm-asked"
    asked.setAttribute("role", "group")
    asked.setAttribute("aria-label", question)
    const back = () => {
      asked.replaceWith(made)
      made.focus()
    }
    const no = button("Not now", back)
    asked.onkeydown = (event) => {
      if (event.key !== "Escape") return
      event.stopPropagation()
      back()
    }
    asked.append(question, button("Yes, throw away", act), no)
    made.replaceWith(asked)
    no.focus()
  })
  return made
}
