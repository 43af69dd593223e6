// How the text is coloured, and what Enter begins the next line with: after a clause the next one, unless there it is already.

import ace from "ace-builds/src-noconflict/ace.js"
import "ace-builds/src-noconflict/mode-markdown.js"

const BEGUN = /^\s*(?:[-+*#]|\d{1,9}[.)])/
const ONLY_A_MARK = /^\s*([-+*]) $/

export function modeFor(editor) {
  const { Mode } = ace.require("ace/mode/markdown")
  const mode = new Mode()
  const next = mode.getNextLineIndent.bind(mode)
  mode.getNextLineIndent = (state, line, tab) => {
    const { row, column } = editor.getCursorPosition()
    return BEGUN.test(editor.session.getLine(row).slice(column)) ? "" : next(state, line, tab)
  }
  return mode
}

// Who types a dash by habit where Enter has just made one gets no second one, nor a second space.
export function keepOneMark(editor) {
  let begun = null
  const markHere = () => {
    const { row, column } = editor.getCursorPosition()
    const line = editor.session.getLine(row)
    return column === line.length ? ONLY_A_MARK.exec(line) : null
  }
  editor.commands.on("exec", (event) => {
    if (event.command.name !== "insertstring") return
    const mark = begun && markHere()
    if (mark?.[0] === begun && [mark[1], " "].includes(event.args)) event.preventDefault()
    else begun = null
  })
  editor.commands.on("afterExec", ({ command, args }) => {
    if (command.name === "insertstring" && args === "\n") begun = markHere()?.[0] ?? null
  })
}
