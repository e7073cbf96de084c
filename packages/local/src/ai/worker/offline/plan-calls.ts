/** Which tool a request asks for, by rule and never by guess. */
import type { TextRequest, Tool } from "../text/request.ts";
import { fillSchema } from "./fill-schema.ts";
import { termsOf, wordsOf } from "./words.ts";

export interface PlannedCall {
  name: string;
  input: unknown;
}

const spoken = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_.-]+/g, " ");

/** Whether the text, in lower case, names the tool: `get_weather`, or "get weather". */
function isNamed({ name }: Tool, lower: string): boolean {
  return lower.includes(name.toLowerCase()) || lower.includes(spoken(name).toLowerCase());
}

/** Words that the tool's own name and description have in common with what was said. */
function likeness({ name, description }: Tool, said: ReadonlySet<string>): number {
  const inName = new Set(termsOf(spoken(name))).intersection(said).size;
  const inDescription = new Set(termsOf(description)).intersection(said).size;
  return inName * 2 + inDescription;
}

/**
 * The tool to call: the one that is forced or named; else the only one that has words in common with the text and
 * whose required values the text holds. Null where none is, or where it would be a guess between two.
 */
export function planCall({ tools, toolChoice }: TextRequest, text: string): PlannedCall | null {
  if (toolChoice === "none" || tools.length === 0) return null;
  const call = (tool: Tool): PlannedCall => ({
    name: tool.name,
    input: fillSchema(tool.parameters, text).value,
  });
  if (typeof toolChoice === "object") {
    const forced = tools.find(({ name }) => name === toolChoice.name);
    return forced === undefined ? null : call(forced);
  }
  const lower = text.toLowerCase();
  const named = tools.filter((tool) => isNamed(tool, lower));
  const [only] = named;
  if (only !== undefined && named.length === 1) return call(only);

  const said = new Set(termsOf(text));
  const ranked = tools
    .map((tool) => ({ tool, score: likeness(tool, said) }))
    .toSorted((a, b) => b.score - a.score);
  const [best, next] = ranked;
  if (best === undefined) return null;
  const clear = best.score > 0 && best.score > (next?.score ?? 0);
  if (clear && fillSchema(best.tool.parameters, text).found && wordsOf(text).length > 0)
    return call(best.tool);
  return toolChoice === "required" ? call(best.tool) : null;
}
