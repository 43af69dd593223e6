// The time of day as an answer in “Try it now” says it. From stdin: a moment in milliseconds; to stdout: the words.
import { readFileSync } from "node:fs"

globalThis.location = { pathname: "/" }
const at = JSON.parse(readFileSync(0, "utf-8"))
const source = readFileSync(`${import.meta.dirname}/../../components/try_now.js`, "utf-8")
const { clock } = await import(`data:text/javascript,${encodeURIComponent(`${source}\nexport { clock }`)}`)
process.stdout.write(JSON.stringify(clock(at)))
