// What Yjs makes of updates: from stdin lists of them, each update in base64; to stdout for each list its text, or what
// was thrown.
import { readFileSync } from "node:fs"
import * as Y from "yjs"

function textOf(updates) {
  const doc = new Y.Doc()
  try {
    for (const update of updates) Y.applyUpdate(doc, Buffer.from(update, "base64"))
  } catch (error) {
    return { thrown: String(error) }
  }
  const waits = Boolean(doc.store.pendingStructs || doc.store.pendingDs)
  return { text: doc.getText("policy").toString(), waits }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(textOf)))
