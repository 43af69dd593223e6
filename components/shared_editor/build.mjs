// One file for the browser, with the licences of what is in it.
import { build } from "esbuild"

await build({
  entryPoints: ["src/main.js"],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
})
