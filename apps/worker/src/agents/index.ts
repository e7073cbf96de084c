/** Agents: their registry and objects, their turns, executions and sessions. */
import type { Api } from "../security/index.ts";
import { agentsRoutes } from "./agents-routes.ts";
import { documentsRoutes } from "./documents-routes.ts";
import { edgeRoutes } from "./edge-routes.ts";
import { executionsRoutes } from "./executions-routes.ts";
import { indexRoutes } from "./index-routes.ts";
import { sessionsRoutes } from "./sessions-routes.ts";

/** The Durable Object of one agent. */
export { AgentObject } from "./agent-object.ts";
/** For applications whose objects have agents do their work: making one, reaching it, waking up after a crash. */
export { newAgent } from "./agents-routes.ts";
export { agentStub } from "./agent-access.ts";
export type { AgentStub } from "./agent-access.ts";
export { templateVariables } from "./prompt.ts";
export { WakeUp } from "./wake-up.ts";
/** Names of agents, by id. */
export { agentNames } from "./agent-names.ts";
/** What is wrong with the setting that declares an installation's own tools. */
export { toolsProblem } from "./agent-tools.ts";
/** The SDK's own socket, which lies outside the API. */
export { openSocket, socketAgentId } from "./socket-route.ts";

/** Adds all routes of this domain to the API. */
export function agentRoutes(api: Api): void {
  agentsRoutes(api);
  executionsRoutes(api);
  sessionsRoutes(api);
  documentsRoutes(api);
  edgeRoutes(api);
  indexRoutes(api);
}
