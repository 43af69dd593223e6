// The field in which somebody types stays where it is on the screen, whatever others' acts bring or take away above it.
// The browser by itself holds what it shows at the page's top, and not what stands between that and the field. Where the
// page ends sooner than it did, it would scroll back: the page keeps its length as long as the field is in use, and after
// that as long as what it keeps is in view, or a press elsewhere would leave the field and miss what it is for.

const SCROLLER = "[data-testid='stMain']"
const FIELD = "input, textarea, iframe, [contenteditable='true']"
const EDITOR_BOX = ".ace_editor" // The field inside of an editor goes with the cursor.
const STILL_PX = 0.5
const NEARLY_PX = 2 // The browser scrolls by whole pixels, and what it holds can be one away from where it was.

function above(one) {
  return one.parentElement ?? one.getRootNode().host
}

class StillField {
  held = null
  rooms = new Map() // By page: the room below it, and what stands there by itself.
  watching = new ResizeObserver(() => this.mind())

  constructor() {
    document.addEventListener("focusin", () => this.hold())
    document.addEventListener("focusout", () => this.hold())
    document.addEventListener("scroll", () => (this.held ? this.mind() : this.tidy()), { capture: true, passive: true })
  }

  inUse() {
    let one = document.activeElement
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    return one?.closest(EDITOR_BOX) ?? (one?.matches(FIELD) ? one : null)
  }

  // Whatever grows or shrinks above the field does so inside of one of the boxes around it.
  hold() {
    this.watching.disconnect()
    this.held = null
    this.tidy()
    const field = this.inUse()
    const boxes = []
    for (let one = field && above(field); one && !one.matches(SCROLLER); one = above(one)) boxes.push(one)
    const scroller = boxes.length ? above(boxes.at(-1)) : null
    if (!scroller) return
    this.held = { field, scroller, page: boxes.at(-1) }
    this.note(field.getBoundingClientRect().top)
    for (const one of boxes) this.watching.observe(one)
  }

  // Where the field belongs; where it cannot be there, it belongs where it is.
  note(wanted) {
    const { field, scroller } = this.held
    const { scrollTop: at, scrollHeight: length } = scroller
    const { top } = field.getBoundingClientRect()
    Object.assign(this.held, { top: Math.abs(top - wanted) < NEARLY_PX ? wanted : top, at, length })
  }

  // The page became shorter, and the browser had to scroll back to its end.
  isCutShort({ scroller, at, length }) {
    const { scrollTop, scrollHeight, clientHeight } = scroller
    return scrollTop < at && scrollHeight < length && scrollTop + clientHeight >= scrollHeight - 1
  }

  // As room below, not as a least height: what changes in the page must still change its size, which is what is watched.
  keep({ page, scroller }, room) {
    const own = this.rooms.get(page)?.own ?? parseFloat(getComputedStyle(page).paddingBottom)
    page.style.paddingBottom = room > 0 ? `${own + room}px` : ""
    if (room > 0) this.rooms.set(page, { scroller, room, own })
    else this.rooms.delete(page)
  }

  // Room that nobody sees goes.
  tidy() {
    for (const [page, { scroller, room }] of this.rooms) {
      const below = Math.max(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop, 0)
      if (!page.isConnected) this.rooms.delete(page)
      else if (below > 0) this.keep({ page, scroller }, room - below)
    }
  }

  mind() {
    if (!this.held) return
    const { field, scroller, page, top, at, length } = this.held
    if (!field.isConnected) return
    if (this.isCutShort(this.held)) {
      this.keep(this.held, (this.rooms.get(page)?.room ?? 0) + length - scroller.scrollHeight)
      scroller.scrollTop = at
    }
    const scrolled = scroller.scrollTop - at
    const shifted = field.getBoundingClientRect().top + scrolled - top
    // The browser held something above, and the field with it.
    const isHeld = Math.abs(shifted) > STILL_PX && Math.abs(shifted - scrolled) < NEARLY_PX
    const lacks = isHeld ? shifted - scrolled : shifted
    if (Math.abs(lacks) > STILL_PX) scroller.scrollTop += lacks
    this.note(isHeld ? top : top - scrolled)
  }
}

globalThis[Symbol.for("folkmoot.still_field")] ??= new StillField()

