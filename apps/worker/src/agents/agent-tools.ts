/** The tools that an agent's model is offered. */
import { requestSigningFor } from "../security/index.ts";
import type { AgentRecord } from "./agent-settings.ts";
import { builtinTools, httpTools } from "./tools/index.ts";
import type { Tool } from "./tools/index.ts";

/** Tools of the installation by name, parsed once for each value of the setting. */
const installed = new Map<string, ReadonlyMap<string, Tool>>();

/** All tools there are here: built in, and those that `HTTP_TOOLS` declares. */
export function availableTools(env: Pick<Env, "HTTP_TOOLS">): ReadonlyMap<string, Tool> {
  const setting = env.HTTP_TOOLS ?? "";
  let tools = installed.get(setting);
  if (!tools) {
    tools = new Map([...builtinTools, ...httpTools(env.HTTP_TOOLS)].map((tool) => [tool.name, tool]));
    installed.set(setting, tools);
  }
  return tools;
}

const documentTools = new Set(["read_document", "search_documents"]);

/** Those of an agent, their requests signed where they are to be; the tools for documents only where there are some. */
export function toolsFor(
  env: Env,
  { settings, workspaceId }: AgentRecord,
  hasDocuments: boolean,
): ReadonlyMap<string, Tool> {
  const available = availableTools(env);
  const tools = new Map<string, Tool>();
  for (const name of settings.tools) {
    const tool = available.get(name);
    if (!tool || (!hasDocuments && documentTools.has(name))) continue;
    tools.set(name, tool.signedBy?.(requestSigningFor(env, workspaceId)) ?? tool);
  }
  return tools;
}
