// The dock stands at the lower edge of the window, and at the upper one where it would else lie over what somebody types:
// below the menu of the pages, as long as that shows.

const FIELD = "input, textarea, iframe, [contenteditable='true']"
const CURSOR = ".ace_cursor" // Ace takes its keys by a field that stands somewhere near it.
const MENU = ".st-key-pages"
const EDGE_PX = 12

class Dock {
  watching = new ResizeObserver(() => this.mind())

  constructor() {
    const mind = () => this.mind()
    for (const kind of ["focusin", "focusout", "input", "keyup", "scroll"]) addEventListener(kind, mind, { capture: true, passive: true })
    addEventListener("resize", mind)
  }

  drawn(place) {
    if (place !== this.place) {
      this.watching.disconnect()
      this.watching.observe(place)
      place.addEventListener("pointerleave", () => this.mind())
      this.place = place
    }
    this.mind()
  }

  inUse() {
    let one = document.activeElement
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    if (!one?.matches(FIELD)) return null
    return (one.closest(".ace_editor")?.querySelector(CURSOR) ?? one).getBoundingClientRect()
  }

  // Where it begins at the upper edge; a window that is not high enough for the menu and the dock shows the dock.
  top(height) {
    const below = document.querySelector(MENU)?.getBoundingClientRect().bottom ?? 0
    return below > 0 && below + 2 * EDGE_PX + height < innerHeight / 2 ? below + EDGE_PX : EDGE_PX
  }

  // It stays where it is unless that is over the field, and the other edge is better. The next time it is below again.
  mind() {
    if (!this.place) return
    const field = this.inUse()
    const { height, left, right } = this.place.getBoundingClientRect()
    const isInUse = this.place.matches(":hover, :focus-within") // It does not go away under a press.
    if (!height || (!field && !isInUse)) delete this.place.dataset.edge
    const top = this.top(height)
    this.place.style.setProperty("--dock-top", `${top}px`)
    if (!field || !height || field.right < left || field.left > right) return
    const hides = (top) => Math.max(0, Math.min(field.bottom, top + height) - Math.max(field.top, top))
    const hidden = { above: hides(top), below: hides(innerHeight - EDGE_PX - height) }
    const { edge = "below" } = this.place.dataset
    const other = edge === "below" ? "above" : "below"
    if (hidden[other] < hidden[edge]) this.place.dataset.edge = other
  }
}

const dock = (globalThis[Symbol.for("folkmoot.dock")] ??= new Dock())

export default function ({ parentElement }) {
  // The theme's colours are known inside of an element only.
  const theme = getComputedStyle(parentElement)
  const root = document.documentElement.style
  root.setProperty("--dock-ground", theme.getPropertyValue("--st-background-color"))
  root.setProperty("--dock-edge", theme.getPropertyValue("--st-border-color"))
  const place = parentElement.closest(".st-key-dock")
  if (place) dock.drawn(place)
}
