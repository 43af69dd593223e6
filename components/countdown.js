// What is left of the shared countdown, below `clock.js`.

export default function ({ data, parentElement }) {
  const left = parentElement.querySelector(".left")
  parentElement.querySelector(".label").textContent = data.label
  hearTime(data.now_ms)
  const draw = () => {
    const leftMs = data.paused_ms ?? data.ends_ms - serverNowMs()
    const seconds = Math.max(0, Math.round(leftMs / 1000))
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    const text =
      data.paused_ms !== null ? `${clock} left, paused` : seconds === 0 ? "Time is up" : `${clock} left`
    if (left.textContent !== text) left.textContent = text
  }
  draw()
  clearInterval(left.ticking)
  if (data.paused_ms === null) left.ticking = setInterval(draw, 1000)
  return whenGone(parentElement, () => clearInterval(left.ticking))
}
