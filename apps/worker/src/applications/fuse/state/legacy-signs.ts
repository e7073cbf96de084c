/** Whether an existing agent gives signs of life, and ours beside it. */
import type { BridgePort, Fence } from "../../../channels/index.ts";
import { timeOf } from "../messages/fields.ts";
import { agentKeys } from "./agent-keys.ts";

/** Milliseconds after which a heartbeat that names its time is one of the dead. */
const staleAfter = 60_000;
/** Milliseconds after which ours end by themselves. */
const beatMs = 30_000;

/**
 * The heartbeat, unless it is ours: beside each of ours, `agent:{id}:heartbeat:by` holds the same text.
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

/**
 * Writes ours where the lease is ours. Keys: heartbeat, by, status, owner.
 * Arguments: the beat, milliseconds, the status, the token. Answers 1 or 0.
 */
const beatScript = `
local ok, entry = pcall(cjson.decode, redis.call('GET', KEYS[4]) or '')
if not ok or type(entry) ~= 'table' or tonumber(entry.token) ~= tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[2])
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

const byKey = (heartbeat: string): string => `${heartbeat}:by`;

/** A time in a heartbeat: RFC 3339, or epoch milliseconds or seconds as text; null where it names none. */
const timeOfBeat = (beat: string): number | null => timeOf(/^\d+(\.\d+)?$/.test(beat) ? Number(beat) : beat);

/**
 * Whether the existing agent lives: its heartbeat is there, is none of ours, and is not of a time long ago.
 * @throws OrreryError `upstream_failed`
 */
export async function isLegacyAlive(port: Scripts, fuseAgentId: string, now: number): Promise<boolean> {
  const { heartbeat } = agentKeys(fuseAgentId);
  const beat = await port.script(signsScript, [heartbeat, byKey(heartbeat)], []);
  if (typeof beat !== "string") return false;
  const at = timeOfBeat(beat);
  return at === null || now - at < staleAfter;
}

/** Gives our sign of life, and the agent's status, for half a minute; says whether the lease let it through. */
export async function beat(
  port: Scripts,
  fuseAgentId: string,
  sign: { status: string; fence: Fence; now: number },
): Promise<boolean> {
  const { heartbeat, status } = agentKeys(fuseAgentId);
  const keys = [heartbeat, byKey(heartbeat), status, sign.fence.key];
  const args = [new Date(sign.now).toISOString(), String(beatMs), sign.status, String(sign.fence.token)];
  return (await port.script(beatScript, keys, args)) === 1;
}

/** Takes our sign of life away. */
export async function silence(port: Scripts, fuseAgentId: string): Promise<void> {
  const { heartbeat } = agentKeys(fuseAgentId);
  await port.script(silenceScript, [heartbeat, byKey(heartbeat)], []);
}
