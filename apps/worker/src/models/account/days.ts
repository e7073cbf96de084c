/** UTC days as `2026-11-20`: they sort as text. */

export const dayMs = 24 * 60 * 60_000;

/** The day of a moment in epoch milliseconds. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** The day `count` days after `day`, or before it. */
export const dayAfter = (day: string, count: number): string => dayOf(Date.parse(day) + count * dayMs);

/** Days from `from` to `to`, both included; 0 or less where `to` comes first. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
