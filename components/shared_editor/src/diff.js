// What to change in one text to get another, and what of one person's text another text does not have.

// One replacement between the ends that are the same: { index, count, words }; null if the texts are equal. Where something
// could as well be taken out further left, such as beside an equal letter, it is what ends at the cursor, if that is given.
export function replacement(before, after, cursor = before.length) {
  if (before === after) return null
  const least = Math.min(before.length, after.length)
  let head = 0
  while (head < least && before[head] === after[head]) head++
  if (isLow(before.charCodeAt(head)) || isLow(after.charCodeAt(head))) head = Math.max(0, head - 1)
  let tail = 0
  while (tail < least - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  if (tail && (isLow(before.charCodeAt(before.length - tail)) || isLow(after.charCodeAt(after.length - tail)))) tail--
  const end = before.length - tail
  const over = end - cursor
  const isTakenOut = head + tail === after.length
  if (isTakenOut && over > 0 && over <= head && before.slice(head - over, head) === before.slice(cursor, end)) {
    return { index: head - over, count: end - head, words: "" }
  }
  return { index: head, count: end - head, words: after.slice(head, after.length - tail) }
}

// The second half of a character that takes two units.
function isLow(code) {
  return code >= 0xdc00 && code <= 0xdfff
}

// What `mine` has more than `theirs`: some words in one place, or else the lines that are different, in their order. Where it
// only lacks something, that is nothing.
export function ownWords(mine, theirs) {
  const change = replacement(theirs, mine)
  if (!change?.words || !change.count) return change?.words ?? ""
  const there = new Map()
  for (const line of theirs.split("\n")) there.set(line, (there.get(line) ?? 0) + 1)
  const own = mine.split("\n").filter((line) => {
    const left = there.get(line) ?? 0
    if (left) there.set(line, left - 1)
    return !left && line.trim()
  })
  return own.join("\n")
}

// What a document can hold: lines end in one way, and nothing in it is invisible control.
export function clean(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\r\n?/g, "\n").replace(/[\0-\x08\x0b-\x1f]/g, "").replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
}
