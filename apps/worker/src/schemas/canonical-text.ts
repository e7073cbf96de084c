/** JSON values as texts that are equal where the values are. */
import type { Steps } from "./steps.ts";

/** Levels to which values are compared. */
const deepest = 200;

/**
 * Equal for equal JSON values, whatever the order of an object's keys.
 * @throws TooManySteps, also for what is nested too deeply
 */
export function canonicalText(value: unknown, steps: Steps, depth = 0): string {
  steps.take(depth > deepest ? Number.POSITIVE_INFINITY : 1);
  if (typeof value === "string") steps.take(value.length / 16);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalText(item, steps, depth + 1)).join(",")}]`;
  }
  const members = Object.entries(value)
    .toSorted(([x], [y]) => (x < y ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member, steps, depth + 1)}`);
  return `{${members.join(",")}}`;
}
