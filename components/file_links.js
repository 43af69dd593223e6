// Links to files that look like buttons. A press fetches the file and hands it to the browser's downloads, so that nobody
// leaves the page, and a refusal stands beside the button as a sentence. The address itself works too: in a new tab, or for
// "Save link as". A rerun of the page changes only what differs: a download on its way goes on.

const ROWS = new WeakMap()
const ANSWER_WITHIN_MS = 30000
const KEPT_MS = 60000
// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""
const ARROW = "M12 3v11m0 0-4.5-4.5M12 14l4.5-4.5M4 16.5V20h16v-3.5"
const NO_ANSWER = "The server did not answer. Check your connection, then press again."
const NO_FILE = "The server did not give the file. Press again in a few seconds."

function arrow() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("aria-hidden", "true")
  for (const [name, value] of [["d", ARROW], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "2"]]) {
    path.setAttribute(name, value)
  }
  svg.append(path)
  return svg
}

class Row {
  constructor(root) {
    this.list = document.createElement("ul")
    this.list.className = "links"
    this.says = document.createElement("p")
    this.says.className = "says"
    this.says.setAttribute("role", "status")
    root.replaceChildren(this.list, this.says)
  }

  update(files) {
    while (this.list.children.length > files.length) this.list.lastElementChild.remove()
    files.forEach(({ label, address }, index) => {
      const link = this.list.children[index]?.firstElementChild ?? this.add()
      const href = new URL(`${ROOT}${address}`, location.origin).href
      if (link.href !== href) link.href = href
      if (link.textContent !== label) link.replaceChildren(arrow(), label)
    })
  }

  add() {
    const link = document.createElement("a")
    link.download = ""
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (link.getAttribute("aria-busy") !== "true") this.take(link)
    }
    const item = document.createElement("li")
    item.append(link)
    this.list.append(item)
    return link
  }

  async take(link) {
    const label = link.textContent
    link.setAttribute("aria-busy", "true")
    this.tell(`Preparing “${label}”…`)
    try {
      const { name, content } = await fetched(link.href)
      save(content, name)
      this.tell(`“${label}” is downloaded as ${name}.`)
    } catch (error) {
      this.tell(`“${label}” was not downloaded. ${error.message}`, true)
    } finally {
      link.removeAttribute("aria-busy")
    }
  }

  tell(text, isTrouble = false) {
    this.says.textContent = text
    this.says.classList.toggle("trouble", isTrouble)
    if (isTrouble) this.says.scrollIntoView({ block: "nearest" }) // on a phone it stands below four links
  }
}

async function fetched(address) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN_MS)
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", signal: patience.signal }).catch(
    () => {
      throw new Error(NO_ANSWER)
    },
  )
  clearTimeout(timer) // From here on only the connection's speed counts.
  if (!answer.ok) {
    const { message } = await answer.json().catch(() => ({}))
    throw new Error(message ?? NO_FILE)
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1]
  if (!name) throw new Error(NO_FILE) // something before the server answered with a page of its own
  const content = await answer.blob().catch(() => {
    throw new Error(NO_ANSWER)
  })
  return { name, content }
}

function save(content, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".files")
  let row = ROWS.get(root)
  if (!row) {
    row = new Row(root)
    ROWS.set(root, row)
  }
  row.update(data.files)
}
