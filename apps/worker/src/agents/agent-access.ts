/** How the worker reaches agents' objects. */
import { OrreryError, agentTagOf } from "@orrery/protocol";
import type { Agent } from "@orrery/protocol";
import type { AgentObject } from "./agent-object.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { leftMessage } from "./presence.ts";
import { Registry } from "./registry.ts";
import { valueOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The methods of an agent's object as they are, over RPC. The runtime's own stub type maps every
 * `unknown` in an answer (a tool's output, say) to `never`, so it is not used.
 */
export type AgentStub = Pick<AgentObject, Exclude<keyof AgentObject, OwnMethods>>;
type OwnMethods = "lifecycle" | "onStart" | "alarm" | "fetch" | `webSocket${string}`;

/** An agent's object by its id. A call that meets it leaving memory is made again. */
export function agentStub(
  env: Pick<Env, "AGENTS">,
  agentId: string,
  location?: DurableObjectLocationHint,
): AgentStub {
  return new Proxy({} as AgentStub, {
    get:
      (_, method: keyof AgentStub) =>
      (...args: unknown[]) =>
        untilLetIn(() => {
          const stub: object = env.AGENTS.getByName(agentId, location && { locationHint: location });
          // The same methods, typed without the mapping.
          const call = Reflect.get(stub, method) as (...args: unknown[]) => Promise<unknown>;
          return call(...args);
        }),
  });
}

/** Times that an agent may be leaving just as it is called. */
const attempts = 3;

/**
 * Calls an agent, and again where it was leaving memory: such a call has run none of the agent's code. `call`
 * must take a new stub each time, since one whose object has gone leads nowhere.
 */
export async function untilLetIn<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === attempts || !(error instanceof Error) || error.message !== leftMessage) throw error;
    }
  }
}

/**
 * Makes an agent and enrols it with its workspace: an agent that was answered for is on the roll from which
 * the index is rebuilt, should all else be lost.
 */
export async function makeAgent(
  env: Pick<Env, "AGENTS" | "FLEETS">,
  workspaceId: string,
  settings: AgentSettings,
): Promise<Agent> {
  const location = settings.edgeLocations.find((place) => place !== "auto");
  const [outcome] = await Promise.all([
    agentStub(env, settings.id, location).create(workspaceId, settings),
    env.FLEETS.getByName(workspaceId).enroll(settings.id),
  ]);
  return valueOf(outcome);
}

/** Agents of executions already looked up; an execution never changes its agent. */
const agentsByExecution = new Map<string, string>();
const rememberedExecutions = 10_000;

/**
 * Calls the agent that owns an execution. Its id names the agent by a tag of 40 bits, so now and then
 * two agents of a workspace are asked.
 * @throws OrreryError `not_found` where no agent of the workspace has it.
 */
export async function withExecution<Value>(
  env: Pick<Env, "AGENTS" | "DB">,
  workspaceId: string,
  executionId: string,
  call: (agent: AgentStub) => Promise<Outcome<Value>>,
): Promise<Value> {
  const known = agentsByExecution.get(`${workspaceId}:${executionId}`);
  const candidates = known
    ? [known]
    : await new Registry(env.DB).agentsByTag(workspaceId, agentTagOf(executionId));
  for (const agentId of candidates) {
    const outcome = await call(agentStub(env, agentId));
    if (!outcome.ok && outcome.refusal.code === "not_found") continue;
    if (!known) remember(`${workspaceId}:${executionId}`, agentId);
    return valueOf(outcome);
  }
  throw new OrreryError("not_found", "There is no such execution.");
}

function remember(key: string, agentId: string): void {
  if (agentsByExecution.size >= rememberedExecutions) agentsByExecution.clear();
  agentsByExecution.set(key, agentId);
}
