/** From what lay in Redis to a message. */

/** Characters that a message may have. */
export const messageLimit = 1024 * 1024;

export type ParsedText = { value: Record<string, unknown> } | { problem: string };

/** Reads a message's text. What is wrong with it is a reason for the dead letters. */
export function parseText(text: string | null): ParsedText {
  if (text === null) return { problem: "the entry has no field `message`" };
  if (text.length > messageLimit) {
    return { problem: `it has ${text.length} characters, and a message has at most ${messageLimit}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is no JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "it is JSON, but no object" };
  }
  return { value: value as Record<string, unknown> };
}

/**
 * The message's text among an entry's fields (name, value, name, value…): the field `message`, or the only one there is
 * whatever it is called.
 */
export function textOfFields(fields: readonly string[]): string | null {
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] === "message") return fields[index + 1] ?? null;
  }
  return fields.length === 2 ? (fields[1] ?? null) : null;
}
