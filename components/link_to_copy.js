// A link with a button that copies it. Whatever the browser allows, the link itself stands there to be selected.

const SAID_FOR_MS = 3000

export default function (component) {
  const { data, parentElement } = component
  const [link, button, spoken] = ["code", "button", ".spoken"].map((name) => parentElement.querySelector(name))
  const say = (words) => {
    clearTimeout(button.saying)
    button.textContent = words ?? data.label
    spoken.textContent = words ?? ""
    if (words) button.saying = setTimeout(say, SAID_FOR_MS)
  }
  button.onclick = async () => {
    const isDone = await navigator.clipboard?.writeText(data.link).then(() => true, () => false)
    if (isDone || copied(data.link)) say("Copied")
    else {
      getSelection().selectAllChildren(link)
      say("Copy what is selected")
    }
  }
  if (link.textContent !== data.link) {
    link.textContent = data.link
    say()
  }
}

// Over plain http, as on a local network, a page has no clipboard to write to.
function copied(text) {
  let isDone = false
  const put = (event) => {
    event.clipboardData.setData("text/plain", text)
    event.preventDefault()
    isDone = true
  }
  document.addEventListener("copy", put, { capture: true, once: true })
  document.execCommand("copy")
  document.removeEventListener("copy", put, true)
  return isDone
}
