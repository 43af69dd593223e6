// Loaded into @supabase/lite 0.10.0 before its own code: `node --import mend_lite.mjs …`.
// What is mended here would keep lite from standing for PostgREST. What it does differently besides is listed in
// tests/support/supabase_lite.py.
import { registerHooks } from "node:module";

// Whoever started this holds the other end of standard input: when they are gone, however they went, so is this.
process.stdin.on("end", () => process.exit(0)).resume();

const MENDED = "@supabase/lite/dist/index.js";
const FAULTS = [
  // A jsonb argument was encoded by lite and once more by its driver: {"a": 1} arrived as the string "{\"a\": 1}".
  [
    'x=E==="json"||E==="array"&&!Array.isArray(_)?ao(_):_;return sql`${sql.raw(y)} := ${x}::${sql.raw(b)}`',
    'x=E==="array"&&!Array.isArray(_)?ao(_):_;return E==="json"' +
      "?sql`${sql.raw(y)} := ${_==null?null:JSON.stringify(_)}::text::${sql.raw(b)}`" +
      ":sql`${sql.raw(y)} := ${x}::${sql.raw(b)}`",
  ],
  // Every SQLSTATE that lite does not know, and a database that is away, was a 500 with code “SUP”.
  ['T(500,"SUP",String(o),null,null)', 'T(...globalThis.answerOfPostgrest(o))'],
];

// https://docs.postgrest.org/en/stable/references/errors.html, those that lite leaves to its last branch.
globalThis.answerOfPostgrest = (error) => {
  const code = String(error?.code ?? "");
  // The driver's codes for a connection that broke, and Node's for one that could not be made.
  if (code.startsWith("CONNECT"))
    return [503, "PGRST001", "Database client error. Retrying the connection.", error.message, null];
  if (/^E[A-Z]+$/.test(code) && (error.syscall || error.errors))
    return [503, "PGRST000", "Database connection error. Retrying the connection.", error.message, null];
  if (!/^[0-9A-Z]{5}$/.test(code)) return [500, "SUP", String(error), null, null];
  return [statusOf(code), code, error.message, error.detail ?? null, error.hint ?? null];
};

function statusOf(code) {
  const exact = { "57P01": 503, P0001: 400 }[code];
  const ofClass = { "08": 503, "0L": 403, "0P": 403, 28: 403 }[code.slice(0, 2)];
  const failures = ["09", "25", "2D", "38", "39", "3B", "40", "54", "57", "58", "F0", "HV", "P0", "XX"];
  return exact ?? ofClass ?? (failures.includes(code.slice(0, 2)) ? 500 : 400);
}

// When the database ends a connection, the driver's promise for it is nobody's, and Node would end lite for it.
process.on("unhandledRejection", (error) => console.error("unhandled:", error));
process.on("uncaughtException", (error) => {
  console.error("uncaught:", error);
  if (error.syscall === "listen") process.exit(1);
});

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(MENDED)) return loaded;
    let source = loaded.source.toString();
    for (const [fault, mended] of FAULTS) {
      if (source.split(fault).length !== 2) throw new Error(`mend_lite.mjs does not fit this lite: ${fault}`);
      source = source.replace(fault, () => mended);
    }
    return { ...loaded, source };
  },
});
