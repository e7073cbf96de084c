/** Agents of the existing system, as their keys in Redis tell of them. */
import { FuseAgentId } from "@orrery/protocol";
import { z } from "zod";
import type { BridgePort } from "../../../channels/index.ts";
import { agentKeys } from "../state/agent-keys.ts";
import { readFields } from "../state/state-document.ts";
import { readState } from "../state/state-scripts.ts";

/** Keys that Redis looks through at once, and how often it is asked: a database of millions is not read to its end. */
const scannedAtOnce = 1_000;
const scans = 10_000;
/** Agents that are found at most beside those that are here already, and looked at at once. */
export const mostAgents = 1_000;
const readAtOnce = 32;
/** Names that no agent can have, of which it is said so. */
const mostUnusable = 100;

export interface FoundAgent {
  readonly id: string;
  readonly capabilities: readonly string[];
  /** Why it cannot be taken over; undefined where it can. */
  readonly problem?: string;
}

type Port = Pick<BridgePort, "command" | "script">;

const Scanned = z.tuple([z.coerce.string(), z.array(z.string())]);
const agentKey = /^agent:(.+):(?:state|status|heartbeat|capabilities)$/;

/** Names that have keys, and whether there are more of them. */
interface Names {
  readonly names: readonly string[];
  readonly truncated: boolean;
}

/**
 * The names of agents that have keys, sorted: all `known` ones that are met on the way, and so many others.
 * @throws OrreryError `upstream_failed`
 */
async function namesOf(port: Port, known: ReadonlySet<string>): Promise<Names> {
  const [fresh, unusable, met] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const end = (truncated: boolean): Names => ({
    names: [...[...fresh].slice(0, mostAgents), ...unusable, ...met].toSorted(),
    truncated,
  });
  let cursor = "0";
  for (let scan = 0; scan < scans && fresh.size <= mostAgents; scan++) {
    const answer = await port.command("SCAN", cursor, "MATCH", "agent:*", "COUNT", String(scannedAtOnce));
    const [next, keys] = Scanned.parse(answer);
    for (const key of keys) {
      const name = agentKey.exec(key)?.[1];
      if (name === undefined) continue;
      if (known.has(name)) met.add(name);
      else if (FuseAgentId.safeParse(name).success) fresh.add(name);
      else if (unusable.size < mostUnusable) unusable.add(name);
    }
    if (next === "0") return end(fresh.size > mostAgents);
    cursor = next;
  }
  return end(true);
}

/** Names under `agent:{id}:capabilities`, whatever type it has. Key: capabilities. */
const capabilitiesScript = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then return {kind, redis.call('GET', KEYS[1])} end
if kind == 'set' then return {kind, unpack(redis.call('SMEMBERS', KEYS[1]))} end
if kind == 'list' then return {kind, unpack(redis.call('LRANGE', KEYS[1], 0, 255))} end
if kind == 'zset' then return {kind, unpack(redis.call('ZRANGE', KEYS[1], 0, 255))} end
if kind == 'hash' then return {kind, unpack(redis.call('HKEYS', KEYS[1]))} end
return {kind}
`;

async function capabilitiesOf(port: Port, id: string): Promise<readonly string[]> {
  const answer = await port.script(capabilitiesScript, [agentKeys(id).capabilities], []);
  const [kind, ...texts] = z.array(z.string()).parse(answer);
  const { capabilities } = readFields({ capabilities: kind === "string" ? texts[0] : texts });
  return Array.isArray(capabilities) ? (capabilities as string[]) : [];
}

async function look(port: Port, id: string, isNamed: boolean): Promise<FoundAgent> {
  if (!FuseAgentId.safeParse(id).success) {
    return { id, capabilities: [], problem: "its name has characters that an agent's name cannot have" };
  }
  const { status, heartbeat } = agentKeys(id);
  const [state, own, others] = await Promise.all([
    readState(port, id),
    capabilitiesOf(port, id),
    Promise.all([status, heartbeat].map((key) => port.command("EXISTS", key))),
  ]);
  const { capabilities } = state.fields;
  const told = Array.isArray(capabilities) ? (capabilities as string[]) : [];
  const all = [...new Set([...told, ...own])].slice(0, 64);
  const isKnown = state.kind !== "none" || all.length > 0 || others.some((exists) => Number(exists) === 1);
  if (isNamed && !isKnown) return { id, capabilities: [], problem: "Redis has no key of it" };
  return { id, capabilities: all };
}

/** Agents that are here already, by name, with what they can do. */
type Known = ReadonlyMap<string, readonly string[]>;

/**
 * What Redis tells of these agents, or of those that have keys there; `truncated` where there are more. In a cluster
 * only the keys of one node are found: name them there. @throws OrreryError `upstream_failed`
 */
export async function findAgents(
  port: Port,
  known: Known,
  ids?: readonly string[],
): Promise<{ found: FoundAgent[]; truncated: boolean }> {
  const { names, truncated } =
    ids === undefined
      ? await namesOf(port, new Set(known.keys()))
      : { names: [...new Set(ids)], truncated: false };
  const found: FoundAgent[] = [];
  for (let start = 0; start < names.length; start += readAtOnce) {
    const some = names.slice(start, start + readAtOnce).map(async (id): Promise<FoundAgent> => {
      const capabilities = known.get(id);
      return capabilities ? { id, capabilities } : await look(port, id, ids !== undefined);
    });
    found.push(...(await Promise.all(some)));
  }
  return { found, truncated };
}
