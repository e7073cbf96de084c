/**
 * The existing system's monitoring keys, kept up for our agents as it does for its own. A key that is there keeps its
 * type, since peers read it as they always did; one that is not there becomes a hash with a field for each agent.
 *
 * | key                     | hash (or nothing yet)            | string     | list or sorted set          |
 * | ----------------------- | -------------------------------- | ---------- | --------------------------- |
 * | `monitor:msg_count`     | tasks answered, by agent         | their sum  |                             |
 * | `monitor:errors`        | of them, those that failed       | their sum  |                             |
 * | `monitor:response_time` | milliseconds, moving average     | the newest | each one, the newest 1,000  |
 * | `monitor:agent_load`    | tasks that wait and run          | their sum  |                             |
 */
import { OrreryError } from "@orrery/protocol";
import type { BridgePort } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { AnsweredTask, Summary } from "../contract.ts";

/** Weight of the newest answer in the average of response times. */
const weight = 0.1;

/** Adds to a count. Each key has a script of its own, since in a cluster they lie on different nodes. */
const addScript = `
local type = redis.call('TYPE', KEYS[1]).ok
for _, seen in ipairs(cjson.decode(ARGV[1])) do
  if type == 'string' then redis.call('INCRBY', KEYS[1], seen.value)
  elseif type == 'hash' or type == 'none' then redis.call('HINCRBY', KEYS[1], seen.agent, seen.value) end
end`;

/** Says how things are. ARGV[2] tells the members of a sorted set apart, ARGV[3] is what one value of all is. */
const setScript = `
local type = redis.call('TYPE', KEYS[1]).ok
for _, seen in ipairs(cjson.decode(ARGV[1])) do
  if type == 'hash' or type == 'none' then redis.call('HSET', KEYS[1], seen.agent, seen.value)
  elseif type == 'list' then redis.call('LPUSH', KEYS[1], seen.value)
  elseif type == 'zset' then redis.call('ZADD', KEYS[1], seen.value, seen.agent .. ':' .. ARGV[2]) end
end
if type == 'string' then redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL') end
if type == 'list' then redis.call('LTRIM', KEYS[1], 0, 999) end
if type == 'zset' then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1001) end`;

interface Seen {
  answered: number;
  failed: number;
  /** Milliseconds, the moving average; negative until there was an answer. */
  latency: number;
  load: number;
}

export class Monitor {
  readonly #port: Pick<BridgePort, "script" | "connected">;
  /** Since the last writing; averages stay. */
  readonly #seen = new Map<string, Seen>();
  readonly #changed = new Set<string>();

  constructor(port: Pick<BridgePort, "script" | "connected">) {
    this.#port = port;
  }

  note(fuseAgentId: string, answers: readonly AnsweredTask[], { tasks }: Summary): void {
    const seen = this.#seen.get(fuseAgentId) ?? { answered: 0, failed: 0, latency: -1, load: 0 };
    for (const { latencyMs, failed } of answers) {
      seen.answered += 1;
      if (failed) seen.failed += 1;
      seen.latency = seen.latency < 0 ? latencyMs : seen.latency + weight * (latencyMs - seen.latency);
    }
    const load = tasks.queued + tasks.running;
    if (answers.length > 0 || load !== seen.load) this.#changed.add(fuseAgentId);
    seen.load = load;
    this.#seen.set(fuseAgentId, seen);
  }

  /** Writes what was seen since the last time; kept for the next where Redis cannot be reached. */
  async write(now: number): Promise<void> {
    if (this.#changed.size === 0 || !this.#port.connected) return;
    const agents = [...this.#changed].flatMap((agent) => {
      const seen = this.#seen.get(agent);
      return seen ? [{ agent, ...seen }] : [];
    });
    this.#changed.clear();
    for (const { agent } of agents) {
      const seen = this.#seen.get(agent);
      if (seen) Object.assign(seen, { answered: 0, failed: 0 });
    }
    const values = (of: (seen: Seen) => number, from: number): { agent: string; value: number }[] =>
      agents
        .map((seen) => ({ agent: seen.agent, value: Math.round(of(seen)) }))
        .filter(({ value }) => value >= from);
    const load = [...this.#seen.values()].reduce((sum, seen) => sum + seen.load, 0);
    try {
      await this.#add(
        "monitor:msg_count",
        values(({ answered }) => answered, 1),
      );
      await this.#add(
        "monitor:errors",
        values(({ failed }) => failed, 1),
      );
      await this.#set(
        "monitor:response_time",
        values(({ latency }) => latency, 0),
        now,
      );
      await this.#set(
        "monitor:agent_load",
        values((seen) => seen.load, 0),
        now,
        load,
      );
    } catch (error) {
      // Counts are for people who watch: what was not written while Redis was away is not made up for.
      if (!(error instanceof OrreryError)) log.warn("fuse.monitor-not-written", { error });
    }
  }

  async #add(key: string, values: readonly { agent: string; value: number }[]): Promise<void> {
    if (values.length > 0) await this.#port.script(addScript, [key], [JSON.stringify(values)]);
  }

  async #set(
    key: string,
    values: readonly { agent: string; value: number }[],
    now: number,
    one = values.at(-1)?.value ?? 0,
  ): Promise<void> {
    if (values.length === 0) return;
    await this.#port.script(setScript, [key], [JSON.stringify(values), String(now), String(one)]);
  }

  forget(fuseAgentId: string): void {
    this.#seen.delete(fuseAgentId);
    this.#changed.delete(fuseAgentId);
  }
}
