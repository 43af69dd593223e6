// The tag at a clause's end, such as [always], is its last word: who goes to the end of the line to write on stands before it.

const TAG = /\[(?:always|when:[^[\]]*)\][ \t]*$/i

// Where the tag of a row begins, with the blanks before it; null if it has none. These are no part of the pattern, which
// would try them anew from each blank of a row.
function tagIn(editor, row) {
  const line = editor.session.getLine(row)
  const tag = TAG.exec(line)
  return tag && line.slice(0, tag.index).trimEnd().length
}

// Where the last words of a clause end, before its tag: [row, column].
export function wordsEnd(editor, { row: first, lastRow }) {
  let row = lastRow
  while (row > first && !editor.session.getLine(row).trim()) row--
  return [row, tagIn(editor, row) ?? editor.session.getLine(row).trimEnd().length]
}

export function keepTagsLast(editor) {
  const end = editor.commands.byName.gotolineend
  editor.commands.addCommand({
    ...end,
    exec(target, args) {
      const before = target.getCursorPosition()
      end.exec(target, args)
      const { row, column } = target.getCursorPosition()
      const tag = tagIn(target, row)
      // A second press goes to the very end, where the tag itself can be changed.
      if (tag !== null && column > tag && !(before.row === row && before.column >= tag)) target.navigateTo(row, tag)
    },
  })
  // Whoever is behind a tag by a click or an arrow key writes on before it too, and pastes there.
  const stepBeforeTag = () => {
    const { row, column } = editor.getCursorPosition()
    const tag = tagIn(editor, row)
    const isAtEnd = column === editor.session.getLine(row).length
    if (tag !== null && isAtEnd && editor.selection.isEmpty()) editor.navigateTo(row, tag)
  }
  editor.on("click", stepBeforeTag)
  editor.commands.on("exec", ({ command, args }) => {
    const text = { insertstring: args, paste: args?.text }[command.name]
    if (typeof text === "string" && !text.includes("\n")) stepBeforeTag()
  })
  // Enter there begins the next line after the tag, which stays where it is.
  editor.commands.addCommand({
    name: "leaveTag",
    bindKey: "Return",
    exec() {
      const { row, column } = editor.getCursorPosition()
      if (editor.selection.isEmpty() && column > 0 && column === tagIn(editor, row)) {
        editor.navigateTo(row, editor.session.getLine(row).length)
      }
      return false
    },
  })
}
