/** A report of usage for spreadsheets. */
import type { UsageBy, UsageLine } from "@orrery/protocol";
import Papa from "papaparse";
import { totalNames } from "./usage.ts";

const linesOf = (lines: readonly (readonly (string | number)[])[]): string =>
  lines.length === 0 ? "" : `${Papa.unparse([...lines], { escapeFormulae: true })}\r\n`;

/** The header: what the lines are by, for agents their names too, then the sums as the report calls them. */
export const csvHeader = (by: UsageBy): string =>
  linesOf([[...(by === "agent" ? ["agent", "name"] : [by]), ...totalNames]]);

/** RFC 4180. Cells that a spreadsheet would take for a formula begin with an apostrophe. */
export const csvLines = (by: UsageBy, lines: readonly UsageLine[]): string =>
  linesOf(
    lines.map((line) => [
      ...(by === "agent" ? [line.key, line.name ?? ""] : [line.key]),
      ...totalNames.map((name) => line[name]),
    ]),
  );
