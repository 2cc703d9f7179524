/** Decisions as CSV that no spreadsheet runs as formulas (RFC 4180). Pure. */

const COLUMNS = ["at", "by", "decision", "reason", "note", "image_id", "key"];
const FORMULA = /^[\s"']*[=+\-@\t\r|%＝＋－＠]/;

/** Return the text of a CSV file with a header. */
export function csv(decisions) {
  const rows = decisions.map((decision) => COLUMNS.map((name) => cell(decision[name])).join(","));
  return `\ufeff${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`; // the mark has Excel read UTF-8
}

/** Return a value as a quoted cell; what a spreadsheet may run gets an apostrophe in front. */
export function cell(value) {
  const text = String(value ?? "");
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
