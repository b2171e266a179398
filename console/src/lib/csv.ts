// csv.ts - lists as CSV (RFC 4180) for spreadsheets. What came from users never becomes a formula
// there: such cells begin with an apostrophe.

const NUMBER = /^-?\d+(\.\d+)?$/;
/** What spreadsheets take for a formula, also after white space and in full width. */
const FORMULA = /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n]/;

function cell(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export type Cells = readonly (string | number | undefined)[];

export const csv = (head: readonly string[], rows: readonly Cells[]) =>
  [head, ...rows].map((r) => `${r.map(cell).join(',')}\r\n`).join('');
