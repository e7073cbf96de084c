/** The SDK's socket of an agent: `/agents/agent/<id>`, where `AgentClient` and `useAgent` look for it. */
import { OrreryError } from "@orrery/protocol";
import { assertScopes, edgeLocation, isUpgrade, permitOf } from "../security/index.ts";
import type { Identity } from "../security/index.ts";
import { agentStub, untilLetIn } from "./agent-access.ts";
import { openedBy } from "./agent-sockets.ts";
import { valueOf } from "./outcome.ts";

const path = /^\/agents\/agent\/([0-9a-f-]{36})$/;

/** The agent's id in such a path, or null. */
export const socketAgentId = (pathname: string): string | null => path.exec(pathname)?.[1] ?? null;

/**
 * Opens an agent's socket for a caller who may run it.
 * @throws OrreryError `forbidden` or `not_found`
 */
export async function openSocket(
  env: Env,
  agentId: string,
  identity: Identity,
  request: Request,
): Promise<Response> {
  assertScopes(identity, ["agents:read", "executions:run"]);
  if (!isUpgrade(request.headers)) {
    throw new OrreryError("invalid_request", "This address is for WebSockets only.");
  }
  valueOf(await agentStub(env, agentId).describe(identity.workspaceId));
  const opened = openedBy(request, { permit: permitOf(identity), edgeLocation: edgeLocation(request) });
  return await untilLetIn(() => env.AGENTS.getByName(agentId).fetch(opened));
}
