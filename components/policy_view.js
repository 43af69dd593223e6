// The live policy. It is redrawn every few seconds for everyone, so the page sends one element with all of it, and this
// changes only what differs: focus, an opened row of acts and the reading position stay. Texts are set as text, never as
// HTML. An act goes to Python as one trigger.

const VIEWS = new WeakMap()
const NEWS_STAYS_MS = 12000
const ACTS = [
  ["tag", "Tag"],
  ["up", "Move up"],
  ["down", "Move down"],
  ["section", "Move to section"],
  ["history", "History"],
  ["withdraw", "Withdraw"],
]
const READ_ACTS = [["history", "History"]]
// A version is only read: `acts` false.

function make(tag, name, text) {
  const element = document.createElement(tag)
  if (name) element.className = name
  if (text !== undefined) element.textContent = text
  return element
}

class View {
  constructor(root) {
    this.root = root
    this.nodes = new Map()
    this.shown = new Map()
    this.open = new Set()
    this.gone = new Map()
    this.isFirst = true
    this.list = make("div", "list")
    this.withdrawn = make("details")
    root.replaceChildren(this.list, this.withdrawn)
  }

  update(data, trigger) {
    this.data = data
    this.trigger = trigger
    const order = []
    for (const block of data.blocks) {
      order.push(this.place(block.key, { ...block, can_edit: data.can_edit, acts: data.acts, is_opened: block.id === data.opened }))
      for (const [id, gone] of this.gone) if (gone.after === block.key) order.push(this.notice(id, gone))
    }
    for (const [id, gone] of this.gone) {
      if (data.blocks.some((block) => block.id === id)) this.gone.delete(id)
      else if (gone.after === "") order.unshift(this.notice(id, gone))
    }
    if (data.blocks.every((block) => block.kind !== "clause")) {
      order.push(this.place("empty", { kind: "empty", text: data.empty }))
    }
    const keys = new Set(order.map((node) => node.dataset.key))
    for (const [key, node] of this.nodes) {
      if (keys.has(key)) continue
      node.remove()
      this.nodes.delete(key)
      this.shown.delete(key)
    }
    order.forEach((node, index) => {
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null)
    })
    this.drawWithdrawn(data)
    this.isFirst = false
  }

  place(key, block) {
    const json = JSON.stringify(block)
    let node = this.nodes.get(key)
    if (node && this.shown.get(key) === json) return node
    const before = this.shown.get(key)
    const fresh = this.draw(block)
    fresh.dataset.key = key
    if (block.kind === "clause" && !this.isFirst) this.markNews(fresh, before ? JSON.parse(before) : null, block)
    if (node) {
      const active = node.getRootNode().activeElement
      const act = active && node.contains(active) ? active.dataset.act : null
      node.replaceWith(fresh)
      if (act) fresh.querySelector(`[data-act="${act}"]`)?.focus()
    }
    this.nodes.set(key, fresh)
    this.shown.set(key, json)
    return fresh
  }

  draw(block) {
    if (block.kind === "heading") return this.drawHeading(block)
    if (block.kind === "clause") return this.drawClause(block)
    return make("p", block.kind, block.text)
  }

  drawHeading(block) {
    const box = make("div", "heading")
    box.append(make("h3", "", block.text))
    if (block.can_edit) box.append(this.button("rename", "Rename", `Rename section ${block.text}`, { section: block.text }))
    return box
  }

  drawClause(block) {
    const article = make("article", block.is_opened ? "opened" : "")
    article.setAttribute("aria-label", block.label)
    const row = make("div", "row")
    const body = make("div", "body")
    const about = make("p", "about")
    const news = make("span", "news")
    if (block.rough) about.append(make("span", "rough", "Rough, wording later"), block.tag || block.by ? " · " : "")
    if (block.tag) about.append(make("span", "tag", block.tag), block.by ? " · " : "")
    about.append(block.by, " ", news)
    body.append(make("p", "wording", block.wording), about)
    for (const words of block.decided) body.append(make("p", "decided", words))
    const main = make("div", "main")
    const facts = { clause: block.id, wording: block.wording }
    if (block.acts) {
      const talk = this.button("beside", block.beside || "Discuss", `Discuss ${block.label}${block.beside ? `: ${block.beside}` : ""}`, facts)
      talk.className = "talk"
      body.append(talk)
    }
    if (block.can_edit) main.append(this.button("edit", "Edit", `Edit ${block.label}`, facts))
    const acts = block.can_edit ? ACTS : READ_ACTS
    const more = make("div", "more")
    more.setAttribute("role", "group")
    more.setAttribute("aria-label", `More for ${block.label}`)
    if (block.can_edit) {
      const [act, text] = block.rough ? ["done", "Wording is done"] : ["rough", "Rough, wording later"]
      more.append(this.button(act, text, `${text}: ${block.label}`, facts))
    }
    for (const [act, text] of acts) more.append(this.button(act, text, `${text} ${block.label}`, facts))
    const toggle = make("button", "toggle", "More")
    toggle.type = "button"
    toggle.dataset.act = "more"
    toggle.setAttribute("aria-label", `More for ${block.label}`)
    const show = (isOpen) => {
      more.hidden = !isOpen
      toggle.setAttribute("aria-expanded", String(isOpen))
      if (isOpen) this.open.add(block.id)
      else this.open.delete(block.id)
    }
    toggle.onclick = () => show(more.hidden)
    show(this.open.has(block.id))
    main.append(toggle)
    row.append(make("span", "label", block.label), body)
    article.append(row)
    if (block.acts) {
      row.append(main)
      article.append(more)
    }
    return article
  }

  button(act, text, label, facts) {
    const button = make("button", "", text)
    button.type = "button"
    button.dataset.act = act
    button.setAttribute("aria-label", label)
    button.onclick = () => {
      if (act === "withdraw") this.noteGone(facts.clause)
      this.act(act, facts)
    }
    return button
  }

  act(kind, facts) {
    this.trigger("act", { kind, clause: "", wording: "", section: "", before: "", nonce: crypto.getRandomValues(new Uint32Array(2)).join("-"), ...facts })
  }

  noteGone(id) {
    const blocks = this.data.blocks
    const at = blocks.findIndex((block) => block.id === id)
    const next = blocks.slice(at + 1).find((block) => block.kind === "clause")
    this.gone.set(id, { label: blocks[at].label, after: at > 0 ? blocks[at - 1].key : "", before: next ? next.id : "" })
  }

  notice(id, gone) {
    const key = `gone:${id}`
    const known = this.nodes.get(key)
    if (known) return known
    const box = make("div", "gone")
    box.dataset.key = key
    box.setAttribute("role", "status")
    const undo = this.button("undo", "Undo", `Undo withdrawing ${gone.label}`, { clause: id, before: gone.before })
    const close = make("button", "", "Fine")
    close.type = "button"
    close.onclick = () => {
      this.gone.delete(id)
      box.remove()
      this.nodes.delete(key)
    }
    box.append(make("span", "", `${gone.label} is withdrawn.`), undo, close)
    this.nodes.set(key, box)
    return box
  }

  markNews(article, before, now) {
    const isSame = before && before.wording === now.wording && before.tag === now.tag
    if (isSame) return
    article.classList.add("fresh")
    const news = article.querySelector(".news")
    news.textContent = before ? "· just changed" : "· just added"
    setTimeout(() => {
      article.classList.remove("fresh")
      news.textContent = ""
    }, NEWS_STAYS_MS)
  }

  drawWithdrawn(data) {
    const json = JSON.stringify([data.withdrawn, data.can_edit])
    if (json === this.withdrawnShown) return
    this.withdrawnShown = json
    this.withdrawn.hidden = data.withdrawn.length === 0
    const rows = data.withdrawn.map((clause) => this.drawClauseGone(clause, data.can_edit))
    this.withdrawn.replaceChildren(make("summary", "", `Withdrawn clauses (${data.withdrawn.length})`), ...rows)
  }

  drawClauseGone(clause, canEdit) {
    const article = make("article")
    article.setAttribute("aria-label", `${clause.label}, withdrawn`)
    const row = make("div", "row")
    const body = make("div", "body")
    body.append(make("p", "wording", clause.wording), make("p", "about", clause.about))
    const main = make("div", "main")
    const facts = { clause: clause.id }
    if (canEdit && clause.can_restore) main.append(this.button("restore", "Restore", `Restore ${clause.label}`, facts))
    main.append(this.button("beside", "Discuss", `Discuss ${clause.label}`, facts))
    main.append(this.button("history", "History", `History ${clause.label}`, facts))
    // Where it is hidden stands with its history, so that nobody hides what they have not read.
    if (clause.hiding) main.append(this.button("history", clause.hiding, `${clause.hiding.replace("…", "")} ${clause.label}`, facts))
    row.append(make("span", "label", clause.label), body, main)
    article.append(row)
    return article
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".policy")
  let view = VIEWS.get(root)
  if (!view) {
    view = new View(root)
    VIEWS.set(root, view)
  }
  view.update(data, setTriggerValue)
}
