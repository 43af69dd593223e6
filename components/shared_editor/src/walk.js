// One way through a Y.Text: where the characters are that Yjs names by client and clock, who typed which stretch, and what
// of some edits stands in it.

// Where these characters stand: a map from each given { client, clock } to { index, isGone }. What was deleted has the place
// at which it stood; what is not here yet has none.
export function placesOf(text, characters) {
  const wanted = new Map()
  for (const one of characters) {
    if (!wanted.has(one.client)) wanted.set(one.client, [])
    wanted.get(one.client).push(one)
  }
  for (const ones of wanted.values()) ones.sort((one, other) => one.clock - other.clock)
  const found = new Map()
  let index = 0
  for (let item = text._start; item; item = item.right) {
    const ones = wanted.get(item.id.client)
    const { clock } = item.id
    for (let at = ones ? firstFrom(ones, clock) : 0; at < (ones?.length ?? 0) && ones[at].clock < clock + item.length; at++) {
      found.set(ones[at], { index: index + (item.deleted ? 0 : ones[at].clock - clock), isGone: item.deleted })
    }
    if (!item.deleted) index += item.length
  }
  return found
}

function firstFrom(ones, clock) {
  let [low, high] = [0, ones.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ones[middle].clock < clock) low = middle + 1
    else high = middle
  }
  return low
}

// The text in stretches of one writer each: [{ start, end, by }], where `nameOf` gives who types under a client's number.
export function stretchesOf(text, nameOf) {
  const found = []
  let index = 0
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue
    const by = nameOf(item.id.client)
    const last = found.at(-1)
    if (last && last.by === by) last.end += item.length
    else found.push({ start: index, end: index + item.length, by })
    index += item.length
  }
  return found
}

// The words that these edits, the structs of an update, brought and that still stand, in the text's order. What does not
// touch what is before it begins a line.
export function wordsOf(text, structs) {
  const ranges = new Map()
  for (const { id, length, content } of structs) {
    if (!content) continue // a gap, or what was collected
    if (!ranges.has(id.client)) ranges.set(id.client, [])
    const ofClient = ranges.get(id.client)
    if (ofClient.at(-1)?.end === id.clock) ofClient.at(-1).end += length
    else ofClient.push({ first: id.clock, end: id.clock + length })
  }
  let [words, index, last] = ["", 0, 0]
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue
    const { client, clock } = item.id
    for (const { first, end } of ranges.get(client) ?? []) {
      const [from, to] = [Math.max(0, first - clock), Math.min(item.length, end - clock)]
      if (from >= to) continue
      if (words && !words.endsWith("\n") && index + from !== last) words += "\n"
      words += item.content.str.slice(from, to)
      last = index + to
    }
    index += item.length
  }
  return words
}
