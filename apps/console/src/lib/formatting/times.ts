const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const sameYear = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const otherYear = new Intl.DateTimeFormat("en", {
  year: "numeric",
  month: "short",
  day: "numeric",
});
const full = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long before `now` something was, as people say it: "just now", "5 min. ago", "Mar 3". */
export function ago(at: string, now: number): string {
  const then = Date.parse(at);
  const age = now - then;
  if (age < 45_000) return "just now";
  if (age < hour) return relative.format(-Math.max(1, Math.round(age / minute)), "minute");
  if (age < day) return relative.format(-Math.round(age / hour), "hour");
  if (age < 7 * day) return relative.format(-Math.round(age / day), "day");
  const date = new Date(then);
  const format = date.getFullYear() === new Date(now).getFullYear() ? sameYear : otherYear;
  return format.format(date);
}

const units = [
  { unit: "day", length: day },
  { unit: "hour", length: hour },
  { unit: "minute", length: minute },
] as const;

/** For how long something has been so at `now`, by the largest unit that it fills: "5 min", "2 days". */
export function lasting(since: string, now: number): string {
  const age = now - Date.parse(since);
  const fitting = units.find(({ length }) => age >= length);
  if (!fitting) return "less than a minute";
  const { unit, length } = fitting;
  const words = new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "short" });
  return words.format(Math.floor(age / length));
}

/** Date and time of day in the reader's zone, by the 24-hour clock: "Nov 20, 2026, 14:03". */
export const dateAndTime = (at: string): string => full.format(new Date(at));

/** Time of day in the reader's zone, to the second: "14:03:09". */
export const timeOfDay = (at: string): string => clock.format(new Date(at));

/** A length of time: "84 ms", "1.24 s", "2 m 05 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(2)} s`;
  if (milliseconds < minute) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < hour) {
    const seconds = Math.floor((milliseconds % minute) / 1000);
    return `${Math.floor(milliseconds / minute)} m ${String(seconds).padStart(2, "0")} s`;
  }
  const minutes = Math.floor((milliseconds % hour) / minute);
  return `${Math.floor(milliseconds / hour)} h ${String(minutes).padStart(2, "0")} m`;
}
