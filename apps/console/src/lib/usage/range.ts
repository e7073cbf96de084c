import { dayOf, daysBetween, plusDays } from "./days.ts";

/** Days that the platform reports at once at most. */
const longest = 366;

/** The first and the last day of what is looked at. */
export interface DayRange {
  from: string;
  to: string;
}

/** Lengths to choose from, in days up to today; `custom` is whatever two days say. */
export const rangeChoices = [
  { value: "7", label: "Last 7 days" },
  { value: "30", label: "Last 30 days" },
  { value: "90", label: "Last 90 days" },
  { value: "custom", label: "From … to …" },
] as const;

/** The last `days` days, today (UTC) included. */
export function lastDays(days: number, now: number): DayRange {
  const to = dayOf(now);
  return { from: plusDays(to, 1 - days), to };
}

/** What is wrong with a range that was typed; undefined where nothing is. */
export function rangeProblem({ from, to }: DayRange, now: number): string | undefined {
  if (Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(to))) return "Choose both days.";
  if (from > to) return "The first day comes after the last.";
  if (from > dayOf(now)) return "That is in the future.";
  if (daysBetween(from, to) > longest) return `At most ${longest} days at once.`;
  return undefined;
}
