/** CSV to lines that say what each value is. */
import Papa from "papaparse";

/**
 * One line a row, `column: value; column: value`, in the file's order; empty cells are left out. A file
 * whose first row holds a number or an empty or repeated cell has no header: its rows are cells between bars.
 * Delimiters (comma, semicolon, tab, bar) are recognised. Never throws.
 */
export function csvText(csv: string): string {
  const { data } = Papa.parse<string[]>(csv, { skipEmptyLines: "greedy" });
  const rows = data.map((row) => row.map((cell) => cell.replace(/\s+/g, " ").trim()));
  const [first, ...rest] = rows;
  if (first === undefined) return "";
  if (!isHeader(first) || rest.length === 0) return rows.map((row) => row.join(" | ")).join("\n");
  const lines = rest.map((row) =>
    row
      .map((cell, column) => (cell === "" ? "" : `${first[column] ?? `column ${column + 1}`}: ${cell}`))
      .filter((field) => field !== "")
      .join("; "),
  );
  return `Columns: ${first.join(", ")}\n\n${lines.join("\n")}`;
}

function isHeader(row: readonly string[]): boolean {
  const named = row.every((cell) => cell !== "" && !/^[-+$€£]?[\d.,]+%?$/.test(cell));
  return named && new Set(row).size === row.length;
}
