// The page of a join link: keeps the name in this browser until its writer joins, as the lobby's fields do.

const ANSWER_WITHIN_MS = 20_000
const FORGOTTEN_WITHIN_MS = 500

const form = document.querySelector("form")
const says = document.querySelector("#says")
const back = document.querySelector("#back")
const field = form.elements.name
const { code, workshop } = form.dataset
const ALL_NAMES = "folkmoot:draft:lobby::join:" // those of the lobby too (`kept_field.py`)
const KEY = `${ALL_NAMES}page:${workshop}`

function local(act) {
  try {
    return act(localStorage)
  } catch {
    return undefined // full or forbidden
  }
}

// Who this page makes of its reader. A reload after a lost answer must not make another person of the same name.
function ids() {
  const { person, token } = form.dataset
  try {
    const known = JSON.parse(sessionStorage.getItem(KEY)) ?? { person, token }
    sessionStorage.setItem(KEY, JSON.stringify(known))
    return known
  } catch {
    return { person, token }
  }
}

async function keep() {
  const { value } = field
  const isKept = local((storage) => storage.setItem(KEY, value) ?? true)
  const isWritten = (await writeText(KEY, value)) !== undefined
  if (field.value === value) says.textContent = isKept || isWritten ? "Kept in this browser." : ""
}

async function bringBack() {
  const kept = local((storage) => storage.getItem(KEY)) ?? (await readText(KEY))
  if (kept && !field.value) field.value = kept
}

async function forget() {
  sessionStorage.removeItem(KEY)
  const late = new Promise((done) => setTimeout(done, FORGOTTEN_WITHIN_MS))
  await Promise.race([forgetTexts(ALL_NAMES), late])
}

async function handOver() {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const headers = { "Content-Type": "application/json" }
  const body = JSON.stringify({ code, ...ids(), name: field.value })
  const answer = await fetch("../join", { method: "POST", headers, body, signal })
  return { status: answer.status, ...(await answer.json()) }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  says.textContent = "Joining…"
  back.hidden = true
  const { status, location: target, message } = await handOver().catch(() => ({}))
  if (target) {
    says.textContent = "You are in. The workshop opens…"
    await forget().catch(() => undefined)
    window.location.replace(`..${target}`)
    return
  }
  const why = message ?? "No answer came from the server. Press Join again: you join only once."
  says.textContent = `You have not joined yet. ${why}`
  if (!message) says.textContent = why
  if (status !== 409) return
  back.href = `../?${new URLSearchParams({ code, is: field.value })}`
  back.textContent = `I am ${field.value.trim()}, and want back in`
  back.hidden = false
})
field.addEventListener("input", keep)
form.querySelector("button").disabled = false
bringBack()
