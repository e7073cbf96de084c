/** How the API's routes and agents reach a bridge of the New Fuse, and a bridge its agents. */
import type { NewFuseAgent } from "../agent/new-fuse-agent.ts";
import type { FuseAgentStub, FuseBridgePort } from "../contract.ts";
import type { FuseBridgeObject } from "./fuse-bridge-object.ts";

/** The methods of a bridge that this application has beyond those of every bridge. */
export type FuseBridgeStub = FuseBridgePort &
  Pick<
    FuseBridgeObject,
    "agents" | "describe" | "differences" | "dismiss" | "enrol" | "importable" | "migrate" | "setActivity"
  >;

/** A bridge's object by its id; the runtime's own stub type maps every `unknown` (a message's fields) to `never`. */
export function fuseBridgeStub(env: Pick<Env, "BRIDGES">, bridgeId: string): FuseBridgeStub {
  const stub: unknown = env.BRIDGES.getByName(bridgeId);
  return stub as FuseBridgeStub;
}

/** What an agent may ask of its bridge. */
export const fuseBridgePort = (env: Pick<Env, "BRIDGES">, bridgeId: string): FuseBridgePort =>
  fuseBridgeStub(env, bridgeId);

/** An agent's object as its bridge, and the existing system, know it. */
export type FuseAgentObjectStub = FuseAgentStub &
  Pick<NewFuseAgent, "executeTask" | "handleTask" | "initialize" | "state">;

/** An agent's object by its bridge and its name in the existing system. */
export function fuseAgentStub(
  env: Pick<Env, "FUSE_AGENTS">,
  bridgeId: string,
  fuseAgentId: string,
): FuseAgentObjectStub {
  const stub: unknown = env.FUSE_AGENTS.getByName(`${bridgeId}/${fuseAgentId}`);
  return stub as FuseAgentObjectStub;
}
