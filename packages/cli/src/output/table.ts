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
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(String(value(row) ?? "–"))));
  const widths = columns.map(({ heading }, at) =>
    Math.max(widthOf(heading), ...cells.map((row) => widthOf(row[at] ?? ""))),
  );
  if (stream.isTTY === true && stream.columns !== undefined) shrink(widths, columns, stream.columns);

  const line = (texts: readonly string[], paint: (at: number, text: string) => string) =>
    columns
      .map(({ align }, at) => {
        const width = widths[at] ?? 0;
        const text = fit(texts[at] ?? "", width);
        const space = " ".repeat(Math.max(0, width - widthOf(text)));
        const isLast = at === columns.length - 1;
        return align === "right" ? space + paint(at, text) : paint(at, text) + (isLast ? "" : space);
      })
      .join(gap);

  return [
    line(
      columns.map(({ heading }) => heading),
      (_, text) => style.dim(text),
    ),
    ...rows.map((row, index) =>
      line(cells[index] ?? [], (at, text) => columns[at]?.paint?.(row, text) ?? text),
    ),
  ]
    .map((text) => `${text}\n`)
    .join("");
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], available: number): void {
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
    if (total <= available) return;
    const widest = columns.reduce(
      (best, { elastic }, at) =>
        elastic === true && (widths[at] ?? 0) > (widths[best] ?? narrowest) ? at : best,
      -1,
    );
    const width = widths[widest];
    if (width === undefined || width <= narrowest) return;
    widths[widest] = Math.max(narrowest, width - (total - available));
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
