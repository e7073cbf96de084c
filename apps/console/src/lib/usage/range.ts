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
  { value: "custom", label: "Custom range" },
] as const;

/** How many days a choice looks back; a month's where the address says something else. */
export const daysOf = (choice: string): number =>
  choice !== "custom" && rangeChoices.some(({ value }) => value === choice) ? Number(choice) : 30;

/** The last `days` days, today (UTC) included. */
export function lastDays(days: number, now: number): DayRange {
  const to = dayOf(now);
  return { from: plusDays(to, 1 - days), to };
}

/** What is wrong with a range that was typed; undefined where nothing is. */
export function rangeProblem({ from, to }: DayRange, now: number): string | undefined {
  if (Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(to))) return "Choose both days.";
  if (from > to) return "The first day is after the last.";
  if (from > dayOf(now)) return "That is in the future.";
  if (daysBetween(from, to) > longest) return `At most ${longest} days at a time.`;
  return undefined;
}
