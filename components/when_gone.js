// What an element gives back to Streamlit, which calls it when the element is over. Streamlit 1.67 calls it too for a drawing
// that another one overtook while its script was still being fetched, though the element stays on the page, before or after
// that other one: somebody may be typing in it. So an element is over once it is gone from the page.

const whenGone = (place, end) => () => {
  if (!place.isConnected) end()
}
