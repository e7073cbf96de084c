/** A report of usage for spreadsheets. */
import type { UsageReport } from "@orrery/protocol";
import Papa from "papaparse";
import { totalNames } from "./usage.ts";

/**
 * RFC 4180, with a header: what the lines are by, for agents their names too, then the sums as the report
 * calls them. Cells that a spreadsheet would take for a formula begin with an apostrophe.
 */
export function usageCsv({ by, items }: UsageReport): string {
  const keys = by === "agent" ? ["agent", "name"] : [by];
  const lines = items.map((item) => [
    ...(by === "agent" ? [item.key, item.name ?? ""] : [item.key]),
    ...totalNames.map((name) => item[name]),
  ]);
  return `${Papa.unparse([[...keys, ...totalNames], ...lines], { escapeFormulae: true })}\r\n`;
}
