/** CSV to lines that say what each value is. */
import { delimiterOf, rowsOf } from "./csv-rows.ts";
import { TextWriter } from "./text-writer.ts";

/**
 * One line a row, `column: value; column: value`, in the file's order; empty cells are left out. A file
 * whose first row holds a number or an empty or repeated cell has no header: its rows are cells between bars.
 * Delimiters (comma, semicolon, tab, bar) are recognised.
 * @throws TextTooLong, TooManyCells
 */
export function csvText(csv: string, limit: number): string {
  const rows = rowsOf(csv, delimiterOf(csv)).map((row) =>
    row.map((cell) => cell.replace(/\s+/g, " ").trim()),
  );
  const first = rows.next().value;
  const second = rows.next().value;
  if (first === undefined) return "";
  const named = second !== undefined && isHeader(first);
  const out = new TextWriter(limit);
  out.write(named ? `Columns: ${first.join(", ")}\n` : first.join(" | "));
  for (let row = second; row !== undefined; row = rows.next().value) {
    out.write(`\n${named ? namedCells(row, first) : row.join(" | ")}`);
  }
  return out.toString();
}

const namedCells = (row: readonly string[], columns: readonly string[]): string =>
  row
    .map((cell, column) => (cell === "" ? "" : `${columns[column] ?? `column ${column + 1}`}: ${cell}`))
    .filter((field) => field !== "")
    .join("; ");

function isHeader(row: readonly string[]): boolean {
  const named = row.every((cell) => cell !== "" && !/^[-+$€£]?[\d.,]+%?$/.test(cell));
  return named && new Set(row).size === row.length;
}
