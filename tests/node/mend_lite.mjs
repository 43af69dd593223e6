// Loaded into @supabase/lite 0.10.0 before its own code: `node --import mend_lite.mjs …`.
// Two faults of lite's are mended while its code is read, because with them it would not stand for PostgREST. What it
// does differently besides is listed in tests/support/supabase_lite.py.
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
  // A SQLSTATE that lite does not know was answered as “SUP”. PostgREST gives every one, with a status by its class.
  [
    'T(500,"SUP",String(o),null,null)',
    '(/^[0-9A-Z]{5}$/.test(o?.code??"")?T(globalThis.statusOfSqlstate(o.code),o.code,o.message,o.detail??null,' +
      'o.hint??null):T(500,"SUP",String(o),null,null))',
  ],
];

// https://docs.postgrest.org/en/stable/references/errors.html, those that lite leaves to its last branch.
globalThis.statusOfSqlstate = (code) => {
  const exact = { "57P01": 503, P0001: 400 }[code];
  const ofClass = { "08": 503, "0L": 403, "0P": 403, 28: 403 }[code.slice(0, 2)];
  const failures = ["09", "25", "2D", "38", "39", "3B", "40", "54", "57", "58", "F0", "HV", "P0", "XX"];
  return exact ?? ofClass ?? (failures.includes(code.slice(0, 2)) ? 500 : 400);
};

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
