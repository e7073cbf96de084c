import type { OutputStream } from "../terminal.ts";
import type { Style } from "./style.ts";
import { fit, oneLine, widthOf } from "./text.ts";

export interface Column<Row> {
  heading: string;
  value: (row: Row) => string | number | null | undefined;
  align?: "right";
  /** Colours the cell; given its text, padded. */
  paint?: (row: Row, text: string) => string;
  /** May be cut short to make the table fit; columns that may not keep their width. */
  elastic?: boolean;
  /** May be left out where there is no room, the last such column first. */
  optional?: boolean;
}

/** Columns a table keeps for an elastic column at least. */
const narrowest = 8;
const gap = "  ";

/** Rows under headings, as wide as they need; on a terminal no wider than it is. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { stream, style }: { stream: OutputStream; style: Style },
): string {
  const available = stream.isTTY === true && stream.columns !== undefined ? stream.columns : Infinity;
  const measured = columns.map((column) => {
    const cells = rows.map((row) => oneLine(String(column.value(row) ?? "–")));
    return { column, cells, width: Math.max(widthOf(column.heading), ...cells.map(widthOf)) };
  });
  const shown = fitted(measured, available);

  const line = (textOf: (at: number) => string, paint: (column: Column<Row>, text: string) => string) =>
    shown
      .map(({ column, width }, at) => {
        const text = fit(textOf(at), width);
        const space = " ".repeat(Math.max(0, width - widthOf(text)));
        if (column.align === "right") return space + paint(column, text);
        return paint(column, text) + (at === shown.length - 1 ? "" : space);
      })
      .join(gap);

  return [
    line(
      (at) => shown[at]?.column.heading ?? "",
      (_, text) => style.dim(text),
    ),
    ...rows.map((row, index) =>
      line(
        (at) => shown[at]?.cells[index] ?? "",
        (column, text) => column.paint?.(row, text) ?? text,
      ),
    ),
  ]
    .map((text) => `${text}\n`)
    .join("");
}

interface Measured<Row> {
  column: Column<Row>;
  cells: string[];
  width: number;
}

/** Columns with the widths they get: elastic ones give way first, then optional ones go. */
function fitted<Row>(columns: readonly Measured<Row>[], available: number): Measured<Row>[] {
  const shown = columns.map((column) => ({ ...column }));
  for (;;) {
    const total = shown.reduce((sum, { width }) => sum + width, 0) + gap.length * (shown.length - 1);
    if (total <= available) return shown;
    const widest = shown
      .filter(({ column, width }) => column.elastic === true && width > narrowest)
      .sort((one, other) => other.width - one.width)[0];
    if (widest !== undefined) {
      widest.width = Math.max(narrowest, widest.width - (total - available));
      continue;
    }
    const optional = shown.findLastIndex(({ column }) => column.optional === true);
    if (optional === -1) return shown;
    shown.splice(optional, 1);
    // With a column less, the others may have their width back.
    for (const column of shown)
      column.width = columns.find((one) => one.column === column.column)?.width ?? column.width;
  }
}

/** Facts of one thing, a line each; those without a value are left out. */
export function facts(
  entries: readonly [string, string | number | null | undefined][],
  style: Style,
): string {
  const shown = entries.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const width = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${String(value)}\n`).join("");
}
