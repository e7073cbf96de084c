/** Tools that agents may be given. */
import { calculate } from "./calculate.ts";
import type { Tool } from "./contract.ts";
import { currentTime } from "./current-time.ts";
import { httpToolsBeside } from "./http-tools.ts";
import { readDocument } from "./read-document.ts";
import { searchDocuments } from "./search-documents.ts";

export type { AgentDocument, Reconciled, Tool, ToolContext, ToolEffect } from "./contract.ts";

/** What stands where a tool should be that could not be set up. */
export { missingTool } from "./missing-tool.ts";

/** The tools that need no configuration. The first two are of use to agents that hold documents. */
export const builtinTools: readonly Tool[] = [readDocument, searchDocuments, currentTime, calculate];

/**
 * The tools that the `HTTP_TOOLS` variable describes; none where it is not set.
 * @throws Error naming each wrong field of the variable, but none of its values, which may be secret
 */
export const httpTools = (config: string | undefined): Tool[] =>
  httpToolsBeside(
    config,
    builtinTools.map(({ name }) => name),
  );
