/**
 * What the platform's schemas say of a wrong field, in plain words. They speak of types and bounds as their library
 * does; a message that is none of these is shown as it is.
 */
export function fieldWords(message: string): string {
  for (const [pattern, say] of sentences) {
    const match = pattern.exec(message);
    if (match !== null) return say(...match.slice(1));
  }
  return message;
}

const sentences: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^Too small: expected string to have >=1 characters$/, () => "must not be empty"],
  [/^Too (small|big): expected \w+ to have [<>]=(\d+) (\w+?)s?$/, count],
  [/^Too small: expected \w+ to be >=(.+)$/, (least = "") => `must be ${least} or more`],
  [/^Too small: expected \w+ to be >(.+)$/, (bound = "") => `must be more than ${bound}`],
  [/^Too big: expected \w+ to be <=(.+)$/, (most = "") => `must be ${most} or less`],
  [/^Too big: expected \w+ to be <(.+)$/, (bound = "") => `must be less than ${bound}`],
  [/^Invalid input: expected \w+, received undefined$/, () => "is missing"],
  [
    /^Invalid input: expected (\w+), received (\w+)$/,
    (wanted = "", given = "") => `must be ${kind(wanted)}, not ${kind(given)}`,
  ],
  [/^Invalid input: expected ("?)(.+)\1$/, (_quote, value = "") => `must be ${value}`],
  [/^Invalid option: expected one of (.+)$/, (options = "") => `must be one of ${list(options)}`],
  [/^Invalid UUID$/, () => "must be an id, such as 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87"],
  [/^Invalid URL$/, () => "must be an address, such as https://example.com"],
  [/^Invalid ISO datetime$/, () => "must be a time, such as 2026-11-20T12:00:00Z"],
  [/^Invalid ISO date$/, () => "must be a day, such as 2026-11-20"],
  [/^Invalid string: must match pattern .+$/, () => "holds characters that are not allowed here"],
  [/^Unrecognized keys?: (.+)$/, (names = "") => `has no field ${list(names)}`],
];

function count(size = "", bound = "", unit = ""): string {
  const things = `${unit}${bound === "1" ? "" : "s"}`;
  return `must have at ${size === "small" ? "least" : "most"} ${bound} ${things}`;
}

function kind(type: string): string {
  const names: Partial<Record<string, string>> = {
    string: "a text",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    record: "an object",
    object: "an object",
    null: "null",
    undefined: "missing",
  };
  return names[type] ?? `a ${type}`;
}

const list = (quoted: string): string => quoted.replaceAll('"', "").split(/\||, /).join(", ");
