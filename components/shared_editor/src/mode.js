// How the text is coloured, and what Enter begins the next line with: after a clause the next one, unless it is there
// already, and with one dash, whether what comes after it is typed or pasted.

import ace from "ace-builds/src-noconflict/ace.js"
import "ace-builds/src-noconflict/mode-markdown.js"

const BEGUN = /^\s*(?:[-+*#]|\d{1,9}[.)])/
const ONLY_A_DASH = /^\s*- $/
const ONLY_A_MARKER = /^\s*(?:[-+*]|\d{1,9}[.)])\s+$/
const FIRST_MARKER = /^\s*(?:[-+*]|\d{1,9}[.)])\s+(?=\S)/

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
  dropPastedDash(editor)
  let begun = null
  const here = () => {
    const { row, column } = editor.getCursorPosition()
    return { row, before: editor.session.getLine(row).slice(0, column) }
  }
  editor.commands.on("exec", (event) => {
    if (event.command.name !== "insertstring" || event.args !== " ") return
    const { row, before } = here()
    if (editor.selection.isEmpty() && row === begun?.row && before === `${begun.before}-`) {
      event.preventDefault()
      editor.remove("left")
    }
  })
  editor.commands.on("afterExec", ({ command, args }) => {
    if (command.name !== "insertstring" || args !== "\n") return
    const place = here()
    begun = ONLY_A_DASH.test(place.before) ? place : null
  })
}

// A whole clause that was cut brings its marker and its line's end along. After a marker that stands there already it is
// that clause again, and not one with two markers.
function dropPastedDash(editor) {
  editor.commands.on("exec", ({ command, args }) => {
    if (command.name !== "paste" || !FIRST_MARKER.test(args?.text)) return
    const { start, end } = editor.getSelectionRange()
    if (!ONLY_A_MARKER.test(editor.session.getLine(start.row).slice(0, start.column))) return
    args.text = args.text.replace(FIRST_MARKER, "")
    const isLineOver = !editor.session.getLine(end.row).slice(end.column).trim()
    if (isLineOver) args.text = args.text.replace(/\r?\n$/, "")
  })
}
