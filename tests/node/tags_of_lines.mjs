// Where the words of lines end for the editor, before their tags: from stdin a list of lines, to stdout a list of columns.
import { readFileSync } from "node:fs"
import { wordsEnd } from "../../components/shared_editor/src/tag.js"

function endOf(line) {
  const editor = { session: { getLine: () => line } }
  return wordsEnd(editor, { row: 0, lastRow: 0 })[1]
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(endOf)))
