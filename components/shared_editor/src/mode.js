// How the text is coloured, and what Enter begins the next line with: after a clause the next one, unless it is there
// already, and with one dash.

import ace from "ace-builds/src-noconflict/ace.js"
import "ace-builds/src-noconflict/mode-markdown.js"

const BEGUN = /^\s*(?:[-+*#]|\d{1,9}[.)])/
const ONLY_A_DASH = /^\s*- $/

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

// Who types a dash and a space by habit where Enter has just made them gets no second ones.
export function keepOneDash(editor) {
  let begun = null
  const here = () => {
    const { row, column } = editor.getCursorPosition()
    const line = editor.session.getLine(row)
    return { row, line, isAtEnd: column === line.length && editor.selection.isEmpty() }
  }
  editor.commands.on("exec", (event) => {
    if (event.command.name !== "insertstring" || event.args !== " ") return
    const { row, line, isAtEnd } = here()
    if (isAtEnd && row === begun?.row && line === `${begun.line}-`) {
      event.preventDefault()
      editor.remove("left")
    }
  })
  editor.commands.on("afterExec", ({ command, args }) => {
    if (command.name !== "insertstring" || args !== "\n") return
    const place = here()
    begun = place.isAtEnd && ONLY_A_DASH.test(place.line) ? place : null
  })
}
