import type { Budget } from "@orrery/client";
import { InvalidArgumentError, type Option } from "commander";
import { dollars } from "../output/units.ts";

/** Parses dollars, as `5` or `0.25`, into micro-dollars; exactly, as money is never a float here. */
export const inDollars = (option: Option): Option =>
  option.argParser((text: string) => {
    const match = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text.trim());
    if (match === null) throw new InvalidArgumentError("Expected dollars, as 5 or 0.25.");
    return Number(match[1]) * 1_000_000 + Number((match[2] ?? "").padEnd(6, "0"));
  });

/** What a budget bounds, in words. */
export function bounded({ scope, targetId, period }: Budget): string {
  const each = targetId === null && scope !== "workspace" ? `each ${scope}` : scope;
  const whom = targetId === null ? each : `${scope} ${targetId}`;
  return `${whom}, ${period === "day" ? "a day" : "in all"}`;
}

/** What is left of it, for a table or a sentence. */
export const left = ({ limitMicros, spentMicros, heldMicros }: Budget): string =>
  dollars(Math.max(0, limitMicros - spentMicros - heldMicros));
