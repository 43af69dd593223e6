// What a field asks before it hands its text over. The question lies over the page, the keyboard goes into it and stays
// in it, and every answer closes it, with the focus where it was. Python may word it anew while it is open: what counts
// is what stood there when "yes" was pressed. Stands before `draft_field.js`.

class AsksFirst {
  constructor(root) {
    const make = (tag, name) => Object.assign(document.createElement(tag), { className: name ?? "" })
    this.root = root
    this.box = make("dialog")
    this.box.tabIndex = -1
    this.box.setAttribute("aria-labelledby", "asks")
    this.heading = Object.assign(make("h2"), { id: "asks" })
    this.quoted = make("p", "quoted")
    this.says = make("ul")
    this.yes = Object.assign(make("button", "first"), { type: "button", onclick: () => this.answer(true) })
    this.no = Object.assign(make("button", "other"), { type: "button", onclick: () => this.answer(false) })
    const answers = make("div", "actions")
    answers.append(this.yes, this.no)
    this.box.append(this.heading, this.quoted, this.says, answers)
    this.box.onclose = () => this.mark(false)
    root.append(this.box)
  }

  ask(onYes) {
    this.onYes = onYes
    this.mark(true)
    this.box.showModal()
    // Onto the question and not onto an answer: a key that is held must not give one.
    this.box.focus({ preventScroll: true })
  }

  answer(isYes) {
    this.box.close()
    if (isYes) this.onYes(this.seen)
  }

  update(asks, text) {
    if (!asks) return this.box.open && this.box.close()
    this.seen = asks.seen
    this.heading.textContent = asks.heading
    this.quoted.textContent = `“${text.trim()}”`
    this.yes.textContent = asks.yes
    this.no.textContent = asks.no
    if (JSON.stringify(asks.says) === this.said) return
    this.said = JSON.stringify(asks.says)
    this.says.replaceChildren(
      ...asks.says.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })),
    )
  }

  // For `at_rest.js`, which does not see into the element.
  mark(isOpen) {
    this.root.getRootNode().host?.toggleAttribute("data-asks", isOpen)
  }
}
