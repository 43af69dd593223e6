// Two files for the browser: the editor, with the licences of what is in it, and what offers its words without it.
import { build } from "esbuild"

await build({
  entryPoints: { shared_editor: "src/main.js", kept_words: "src/kept_words.js" },
  outdir: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
})
