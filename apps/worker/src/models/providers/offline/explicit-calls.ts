/** Calls that a message spells out: `call write_ledger with {"entry": 1}`. */
import type { ModelTool } from "../../contract.ts";

/** Characters behind names of tools that are gone through in one message, and of one sentence. */
const readLimit = 4_000_000;
const sentenceLimit = 2_000;

export interface ExplicitCall {
  name: string;
  input: Record<string, unknown>;
}

/** The end of the JSON object that begins at `start`, or -1. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === "\\") at += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === "{") depth += 1;
    else if (letter === "}" && (depth -= 1) === 0) return at + 1;
  }
  return -1;
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : null;
  } catch {
    // Braces that are not JSON.
    return null;
  }
}

const propertiesOf = ({ inputSchema }: ModelTool): Record<string, unknown> => {
  const properties = inputSchema["properties"];
  return typeof properties === "object" && properties !== null
    ? Object.fromEntries(Object.entries(properties))
    : {};
};

/** A written value as the schema's type wants it. */
function typed(written: string, schema: unknown): unknown {
  const type: unknown =
    typeof schema === "object" && schema !== null && "type" in schema ? schema.type : undefined;
  if (
    (type === "number" || type === "integer") &&
    written.trim() !== "" &&
    Number.isFinite(Number(written))
  ) {
    return Number(written);
  }
  if (type === "boolean" && /^(true|false)$/i.test(written)) return /^true$/i.test(written);
  return written;
}

/** A name is looked for once in a run of word characters, whose digits in front are not of it. */
const pair = /(?<!\w)\d*([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,;]+))/g;

/** A value without the points and brackets of the sentence around it. */
function bareValue(written: string): string {
  let end = written.length;
  while (end > 0 && ".)".includes(written[end - 1] ?? " ")) end -= 1;
  return written.slice(0, end);
}

function pairsIn(text: string, tool: ModelTool): Record<string, unknown> | null {
  const properties = propertiesOf(tool);
  const input: Record<string, unknown> = {};
  for (const [, key = "", double, single, bare] of text.matchAll(pair)) {
    if (!Object.hasOwn(properties, key)) continue;
    input[key] = typed(double ?? single ?? bareValue(bare ?? ""), properties[key]);
  }
  return Object.keys(input).length > 0 ? input : null;
}

const needsNothing = ({ inputSchema }: ModelTool): boolean => {
  const required = inputSchema["required"];
  return !Array.isArray(required) || required.length === 0;
};

/**
 * The calls in the order they are written, and the message with blanks in their place. A tool is called when its name is
 * followed by a JSON object or by `key=value` pairs of its schema, or stands after "call", "use" or "run" and
 * needs no input.
 */
export function explicitCalls(
  message: string,
  tools: readonly ModelTool[],
): { calls: ExplicitCall[]; rest: string } {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const calls: ExplicitCall[] = [];
  let rest = "";
  let done = 0;
  let left = readLimit;
  const mention =
    /(?:\b(?:then |and |please )*(call|use|run|invoke|execute)\s+(?:the\s+)?(?:tool\s+)?)?[`"']?\b([a-z][a-z0-9_]*)\b[`"']?(?:\s+tool\b)?/gi;
  for (const match of message.matchAll(mention)) {
    const tool = byName.get(match[2] ?? "");
    if (tool === undefined || match.index < done) continue;
    // A message that names tools without an end calls no more of them.
    if (left <= 0) break;
    const after = match.index + match[0].length;
    const open =
      /^[\s(]*(?:(?:with|using|on|for|and|args?|arguments?|inputs?|parameters?|as|the|json|:|=)[\s(]*)*`{0,3}(?:json)?\s*(?=\{)/i.exec(
        message.slice(after, after + 80),
      );
    let end = after;
    let input: Record<string, unknown> | null = null;
    if (open) {
      const start = after + open[0].length;
      const stop = endOfObject(message, start);
      left -= (stop === -1 ? message.length : stop) - start;
      input = stop === -1 ? null : parseObject(message.slice(start, stop));
      if (input) end = stop;
    }
    if (input === null) {
      const sentence =
        /^[^\n?!]*?(?=$|[\n?!]|\.\s|\b(?:then|and) (?:call|use|run|invoke|execute)\b)/i.exec(
          message.slice(after, after + sentenceLimit),
        )?.[0] ?? "";
      left -= sentence.length;
      input = pairsIn(sentence, tool);
      if (input) end = after + sentence.length;
    }
    if (input === null && match[1] !== undefined && needsNothing(tool)) input = {};
    if (input === null) continue;
    calls.push({ name: tool.name, input });
    rest += message.slice(done, match.index);
    done = end + (/^[`)\s]*[.,;]?/.exec(message.slice(end))?.[0].length ?? 0);
    rest += " ".repeat(done - match.index);
  }
  return { calls, rest: rest + message.slice(done) };
}
