// How the text is coloured, and what Enter begins the next line with: after a clause the next one, unless there it is already.

import ace from "ace-builds/src-noconflict/ace.js"
import "ace-builds/src-noconflict/mode-markdown.js"

const BEGUN = /^\s*(?:[-+*#]|\d{1,9}[.)])/

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
