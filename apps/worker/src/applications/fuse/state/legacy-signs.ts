/** Whether an existing agent gives signs of life, and ours beside it. */
import { timestamp } from "@orrery/protocol";
import type { BridgePort } from "../../../channels/index.ts";
import { timeOf } from "../messages/fields.ts";
import { agentKeys } from "./agent-keys.ts";

/** Milliseconds after which a heartbeat that names its time is one of the dead. */
const staleAfter = 60_000;
/** Milliseconds after which ours end by themselves. */
const beatMs = 30_000;

/**
 * The heartbeat, unless it is ours: beside each of ours, a key of ours holds the same text.
 * Keys: heartbeat, by.
 */
const signsScript = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return false end
if kind ~= 'string' then return '' end
local beat = redis.call('GET', KEYS[1])
if beat == redis.call('GET', KEYS[2]) then return false end
return beat
`;

/** Writes ours. Keys: heartbeat, by. Arguments: the beat, milliseconds. */
const beatScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** Takes ours away, and none that is another's. Keys: heartbeat, by. */
const silenceScript = `
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) == redis.call('GET', KEYS[2]) then
  redis.call('DEL', KEYS[1])
end
redis.call('DEL', KEYS[2])
return 1
`;

type Scripts = Pick<BridgePort, "script">;

const keysOf = (fuseAgentId: string): string[] => {
  const { heartbeat, heartbeatBy } = agentKeys(fuseAgentId);
  return [heartbeat, heartbeatBy];
};

/** A time in a heartbeat: RFC 3339, or epoch milliseconds or seconds as text; null where it names none. */
const timeOfBeat = (beat: string): number | null => timeOf(/^\d+(\.\d+)?$/.test(beat) ? Number(beat) : beat);

/**
 * Whether the existing agent lives: its heartbeat is there, is none of ours, and is not of a time long ago.
 * @throws OrreryError `upstream_failed`
 */
export async function isLegacyAlive(port: Scripts, fuseAgentId: string, now: number): Promise<boolean> {
  const beat = await port.script(signsScript, keysOf(fuseAgentId), []);
  if (typeof beat !== "string") return false;
  const at = timeOfBeat(beat);
  return at === null || now - at < staleAfter;
}

/** Gives our sign of life, and the agent's status, for half a minute. @throws as {@link isLegacyAlive} */
export async function beat(
  port: Pick<BridgePort, "command" | "script">,
  fuseAgentId: string,
  { status, now }: { status: string; now: number },
): Promise<void> {
  await Promise.all([
    port.script(beatScript, keysOf(fuseAgentId), [timestamp(now), String(beatMs)]),
    port.command("SET", agentKeys(fuseAgentId).status, status, "PX", String(beatMs)),
  ]);
}

/** Takes our sign of life away. */
export async function silence(port: Scripts, fuseAgentId: string): Promise<void> {
  await port.script(silenceScript, keysOf(fuseAgentId), []);
}
