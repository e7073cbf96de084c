/** From what lay in Redis to a message. */

/** Characters that a message may have. */
export const messageLimit = 1024 * 1024;

/** How deep objects and lists may lie in one another: what walks over a message does so by recursion. */
export const nestingLimit = 64;

export type ParsedText = { value: Record<string, unknown> } | { problem: string };

/** What is wrong with a message that is too large to be read. */
export const tooLarge = (bytes: number): { problem: string } => ({
  problem: `it has ${bytes} bytes, and a message has at most ${messageLimit} characters`,
});

/** Reads a message's text. What is wrong with it is a reason for the dead letters. */
export function parseText(text: string | null): ParsedText {
  if (text === null) return { problem: "the entry has no field `message`" };
  if (text.length > messageLimit) {
    return { problem: `it has ${text.length} characters, and a message has at most ${messageLimit}` };
  }
  if (isTooDeep(text)) return { problem: `it is nested more than ${nestingLimit} levels deep` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "it is JSON, but not an object" };
  }
  return { value: value as Record<string, unknown> };
}

/** Whether JSON is nested deeper than {@link nestingLimit}. Brackets within its texts count for nothing. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (quoted) {
      if (character === "\\") index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > nestingLimit) return true;
    } else if (character === "}" || character === "]") depth -= 1;
  }
  return false;
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
