/** JSON laid out for reading. */

/**
 * JSON indented by two spaces, one value a line, every number and string exactly as it was written
 * (a parse and a print would round long numbers). JSON lines are laid out value by value; text that
 * is not JSON is returned as it is.
 */
export function jsonText(json: string): string {
  const text = json.trim();
  if (isJson(text)) return indent(text);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 && lines.every(isJson) ? lines.map((line) => line.trim()).join("\n") : json;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Re-indents valid JSON token by token. */
function indent(json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  let out = "";
  const line = (): string => `\n${"  ".repeat(Math.min(depth, 40))}`;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token === "{" || token === "[") {
      const empty = next === "}" || next === "]";
      depth += 1;
      out += empty ? token : token + line();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = tokens[at - 1];
      out += before === "{" || before === "[" ? token : line() + token;
    } else if (token === ",") out += token + line();
    else if (token === ":") out += ": ";
    else out += token;
  }
  return out;
}
