// Places in a text as Yjs writes them down, and where others' are: from stdin an update in base64, and places; to stdout
// all places of the text, and for each of the given ones where that is, null for nowhere, or what was thrown.
import { readFileSync } from "node:fs"
import * as Y from "yjs"

const { update, places } = JSON.parse(readFileSync(0, "utf-8"))
const doc = new Y.Doc()
Y.applyUpdate(doc, Buffer.from(update, "base64"))
const text = doc.getText("policy")

function found(place) {
  try {
    return Y.createAbsolutePositionFromRelativePosition(place, doc)?.index ?? null
  } catch (error) {
    return String(error)
  }
}

const own = [-1, 0].flatMap((assoc) =>
  Array.from({ length: text.length + 1 }, (_, at) => Y.createRelativePositionFromTypeIndex(text, at, assoc)),
)
process.stdout.write(JSON.stringify({ own, found: places.map(found) }))
