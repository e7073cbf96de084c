import { createOrrery } from "@orrery/client/svelte";
import { platform } from "./platform.ts";
import { ShownList } from "./shown-list.ts";

/**
 * The visitor's workspace, kept in step with the platform while the console is open. It belongs to one
 * identity: signing in or out loads the page anew.
 *
 * Its lists show what their pages filter them to, and go on doing so while one looks at something else: what is
 * found there again is as it was left. Whoever else wants to know of an agent or an execution asks for it.
 */
export const workspace = createOrrery(platform);

export const agentList = new ShownList((filter: Parameters<typeof workspace.filterAgents>[0]) =>
  workspace.filterAgents(filter),
);
export const executionList = new ShownList((filter: Parameters<typeof workspace.filterExecutions>[0]) =>
  workspace.filterExecutions(filter),
);
