// Fetches the shared editor, which is too large to stand in the page itself, and draws it here.

// Streamlit Community Cloud serves an app below this path of its host name.
const ROOT = location.pathname.startsWith("/~/+/") ? "/~/+" : ""

export default function (component) {
  const { data, parentElement } = component
  let end = null
  // It may be gone from the page before the editor is there.
  import(new URL(`${ROOT}/shared_editor/${data.bundle}`, location.origin)).then(
    (editor) => { if (parentElement.isConnected) end = editor.draw(component) },
    () => {
      if (parentElement.isConnected) parentElement.textContent = "The editor could not be loaded. Reload the page to try again."
    },
  )
  return whenGone(parentElement, () => end?.())
}
