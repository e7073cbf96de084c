/** UTC days as `2026-11-20`: what usage is summed by. */

const dayMs = 86_400_000;

export const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/** The day `count` days after another, or before it. */
export const plusDays = (day: string, count: number): string =>
  dayOf(Date.parse(`${day}T00:00:00Z`) + count * dayMs);

/** How many days a range has, its first and last included. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs) + 1;

const short = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });
const long = new Intl.DateTimeFormat("en", { dateStyle: "full", timeZone: "UTC" });

/** "Nov 20". */
export const shortDay = (day: string): string => short.format(Date.parse(`${day}T00:00:00Z`));

/** "Friday, November 20, 2026". */
export const longDay = (day: string): string => long.format(Date.parse(`${day}T00:00:00Z`));
