// A link with a button that copies it. Whatever the browser allows, the link itself stands there to be selected.

const SAID_FOR_MS = 3000

export default function (component) {
  const { data, parentElement } = component
  const [link, button] = ["code", "button"].map((name) => parentElement.querySelector(name))
  const say = (words) => {
    clearTimeout(button.saying)
    button.textContent = words
    if (words !== data.label) button.saying = setTimeout(() => say(data.label), SAID_FOR_MS)
  }
  button.onclick = async () => {
    const isDone = await navigator.clipboard?.writeText(data.link).then(() => true, () => false)
    say(isDone || copySelected(link) ? "Copied" : "Press Ctrl+C")
  }
  if (link.textContent !== data.link) {
    link.textContent = data.link
    say(data.label)
  }
}

// Over plain http, as on a local network, a page has no clipboard to write to.
function copySelected(element) {
  getSelection().selectAllChildren(element)
  return document.execCommand("copy")
}
