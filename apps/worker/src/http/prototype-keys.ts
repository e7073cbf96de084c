import { OrreryError } from "@orrery/protocol";

/**
 * Keys that objects have a use of their own for are kept by JSON and dropped by whoever copies it. A request that has one
 * would be answered as if it had not: it is refused instead.
 */
const key = "__proto__";

/** An escape of one of its characters: JSON may spell any of them so, and hardly anybody does. */
const escaped = /\\u00(?:5[Ff]|6[Ff]|7[024])/;

/** Where a value has such a key, as a JSON path; null where it has none. */
function placeIn(value: unknown): string | null {
  const open: [path: string[], value: unknown][] = [[[], value]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [path, object] = next;
    if (typeof object !== "object" || object === null) continue;
    if (Object.hasOwn(object, key)) return [...path, key].join(".");
    for (const [name, inner] of Object.entries(object)) open.push([[...path, name], inner]);
  }
  return null;
}

/** @throws OrreryError invalid_request (422) for JSON text with such a key; what is no JSON is another's to refuse */
export function refusePrototypeKeys(text: string): void {
  if (!text.includes(key) && !escaped.test(text)) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  const path = placeIn(value);
  if (path === null) return;
  throw new OrreryError("invalid_request", "The request's body is not what this route takes", {
    status: 422,
    errors: [{ path, message: "There is no such field" }],
  });
}
