/** JSON laid out for reading. */
import { TextWriter } from "./text-writer.ts";

/** Levels that are indented; what lies deeper is indented like them. */
const deepest = 40;

/**
 * JSON indented by two spaces, one value a line, every number and string exactly as it was written
 * (a parse and a print would round long numbers). JSON lines are laid out value by value; text that
 * is not JSON is returned as it is.
 * @throws TextTooLong
 */
export function jsonText(json: string, limit: number): string {
  const text = json.trim();
  if (isJson(text)) return indented(text, limit);
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
function indented(json: string, limit: number): string {
  const out = new TextWriter(limit);
  let depth = 0;
  let before = "";
  const line = (): void => out.write(`\n${"  ".repeat(Math.min(depth, deepest))}`);
  for (const token of tokensOf(json)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    const opened = before === "{" || before === "[";
    // A list without items, and an object without names, stay on their line.
    if (opened !== closes) line();
    out.write(token);
    if (token === "{" || token === "[") depth += 1;
    else if (token === ",") line();
    else if (token === ":") out.write(" ");
    before = token;
  }
  return out.toString();
}

/** The signs and values of valid JSON in order. */
function* tokensOf(json: string): Generator<string> {
  let at = 0;
  while (at < json.length) {
    const end = endOfToken(json, at);
    if (end > at) yield json.slice(at, end);
    at = Math.max(end, at + 1);
  }
}

/** The end of the token that begins at `from`; `from` itself for white space. */
function endOfToken(json: string, from: number): number {
  const first = json[from] ?? "";
  if (/\s/.test(first)) return from;
  if ("{}[],:".includes(first)) return from + 1;
  let end = from + 1;
  if (first === '"') {
    while (json[end] !== '"') end += json[end] === "\\" ? 2 : 1;
    return end + 1;
  }
  while (end < json.length && !/[\s{}[\],:]/.test(json[end] ?? "")) end += 1;
  return end;
}
