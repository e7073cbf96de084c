/** Reading fields that peers name differently. */

export type Fields = Readonly<Record<string, unknown>>;

/** What a task's id is called where it is said inside of something else. */
export const idNames = ["taskId", "task_id", "id"] as const;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object under `name`, or one without fields. */
export function fieldsOf(value: Fields, name: string): Fields {
  const inner = value[name];
  return isFields(inner) ? inner : {};
}

/** The first of these fields that is a text with something in it, or a whole number, as text. */
export function textOf(value: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const field = value[name];
    if (typeof field === "string" && field.trim() !== "") return field;
    if (typeof field === "number" && Number.isSafeInteger(field)) return String(field);
  }
  return null;
}

/** The texts of the first of these fields that is a list. */
export function textsOf(value: Fields, ...names: readonly string[]): readonly string[] {
  for (const name of names) {
    const field = value[name];
    if (Array.isArray(field)) return field.filter((one): one is string => typeof one === "string");
  }
  return [];
}

/** Numbers below this are seconds since 1970, above it milliseconds: it is 1973 in the one, 5138 in the other. */
const firstMilliseconds = 100_000_000_000;

/** A time in epoch milliseconds, from RFC 3339 or a number of seconds or milliseconds; null where it is none. */
export function timeOf(value: unknown): number | null {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) {
    return Math.round(value < firstMilliseconds ? value * 1_000 : value);
  }
  if (typeof value !== "string") return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}

/** A duration in milliseconds; null where it is none. */
export const durationOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.round(value) : null;
