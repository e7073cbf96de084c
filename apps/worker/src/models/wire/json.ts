/** Careful reading of what upstreams send: every step down into a value may find something else there. */

/** The value of a key, or undefined where `value` is no object or has no such key. */
export function at(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

export const textAt = (value: unknown, key: string): string | undefined => {
  const found = at(value, key);
  return typeof found === "string" ? found : undefined;
};

/** The values of these keys that are words or numbers, as one string: an error's type and code, say. */
export const wordsAt = (value: unknown, keys: readonly string[]): string =>
  keys
    .map((key) => at(value, key))
    .filter((word) => typeof word === "string" || typeof word === "number")
    .join(" ");

/** A count of tokens: a non-negative integer, or 0 where the upstream says nothing usable. */
export const countAt = (value: unknown, key: string): number => {
  const found = at(value, key);
  return typeof found === "number" && Number.isFinite(found) && found > 0 ? Math.round(found) : 0;
};

export const listAt = (value: unknown, key: string): readonly unknown[] => {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A tool call's arguments from the text a model wrote. No text means no arguments; text that is not JSON is
 * handed on as it is, so that the tool's own complaint about it goes back to the model.
 */
export function parseArguments(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
