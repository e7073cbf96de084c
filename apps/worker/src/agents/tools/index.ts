/** Tools that agents may be given. */
import { calculate } from "./calculate.ts";
import type { Tool } from "./contract.ts";
import { currentTime } from "./current-time.ts";
import { readDocument } from "./read-document.ts";
import { searchDocuments } from "./search-documents.ts";

export { httpTools } from "./http-tools.ts";
export type { AgentDocument, Reconciled, Tool, ToolContext, ToolEffect } from "./contract.ts";

/** The tools that need no configuration. The first two are of use to agents that hold documents. */
export const builtinTools: readonly Tool[] = [readDocument, searchDocuments, currentTime, calculate];

/**
 * The tools of these names in this order, and the names that are no tool's. `extra` stands behind the
 * built-in ones, whose names it cannot take.
 */
export function toolsByName(
  names: readonly string[],
  extra: readonly Tool[] = [],
): { tools: Tool[]; unknown: string[] } {
  const byName = new Map([...extra, ...builtinTools].map((tool) => [tool.name, tool]));
  const tools: Tool[] = [];
  const unknown: string[] = [];
  for (const name of new Set(names)) {
    const tool = byName.get(name);
    if (tool) tools.push(tool);
    else unknown.push(name);
  }
  return { tools, unknown };
}
