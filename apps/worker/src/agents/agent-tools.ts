/** The tools that an agent's model is offered. */
import { requestSigningFor } from "../security/index.ts";
import type { AgentRecord } from "./agent-settings.ts";
import { builtinTools, httpTools, missingTool } from "./tools/index.ts";
import type { Tool } from "./tools/index.ts";

interface Installed {
  tools: ReadonlyMap<string, Tool>;
  /** What is wrong with `HTTP_TOOLS`, none of whose tools are there then. */
  problem: string | null;
}

/** Tools of the installation, parsed once for each value of the setting. */
const installed = new Map<string, Installed>();

function installedTools({ HTTP_TOOLS: setting = "" }: Pick<Env, "HTTP_TOOLS">): Installed {
  let known = installed.get(setting);
  if (!known) {
    known = read(setting);
    installed.set(setting, known);
  }
  return known;
}

/** A mistake in the setting must not take the built-in tools away, so it is told and not thrown. */
function read(setting: string): Installed {
  const byName = (tools: readonly Tool[]) => new Map(tools.map((tool) => [tool.name, tool]));
  try {
    return { tools: byName([...builtinTools, ...httpTools(setting)]), problem: null };
  } catch (error) {
    const problem = error instanceof Error ? error.message : "HTTP_TOOLS is not valid.";
    return { tools: byName(builtinTools), problem };
  }
}

/** All tools there are here: built in, and those that `HTTP_TOOLS` declares. */
export const availableTools = (env: Pick<Env, "HTTP_TOOLS">): ReadonlyMap<string, Tool> =>
  installedTools(env).tools;

/** What is wrong with `HTTP_TOOLS`, by field and without its values; null where nothing is. */
export const toolsProblem = (env: Pick<Env, "HTTP_TOOLS">): string | null => installedTools(env).problem;

const documentTools = new Set(["read_document", "search_documents"]);

/** Those of an agent, their requests signed where they are to be; the tools for documents only where there are some. */
export function toolsFor(
  env: Env,
  { settings, workspaceId }: AgentRecord,
  hasDocuments: boolean,
): ReadonlyMap<string, Tool> {
  const { tools: available, problem } = installedTools(env);
  const tools = new Map<string, Tool>();
  for (const name of settings.tools) {
    const tool = available.get(name) ?? (problem === null ? undefined : missingTool(name, problem));
    if (!tool || (!hasDocuments && documentTools.has(name))) continue;
    tools.set(name, tool.signedBy?.(requestSigningFor(env, workspaceId)) ?? tool);
  }
  return tools;
}
