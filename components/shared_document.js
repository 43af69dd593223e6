// Fetches the shared editor, which is too large to stand in the page itself, and draws it here.

// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""

export default function (component) {
  let end = null
  let isOver = false
  const address = new URL(`${ROOT}/shared_editor/${component.data.bundle}`, location.origin)
  import(address).then(
    (editor) => { if (!isOver) end = editor.draw(component) },
    () => {
      if (!isOver) component.parentElement.textContent = "The editor could not be loaded. Reload the page to try again."
    },
  )
  return whenGone(component.parentElement, () => {
    isOver = true
    end?.()
  })
}
