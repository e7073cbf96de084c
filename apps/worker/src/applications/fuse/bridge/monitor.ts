/**
 * The existing system's monitoring keys, kept up for our agents as it does for its own. A key that is there keeps its
 * type, since peers read it as they always did; one that is not there becomes a hash with a field for each agent.
 *
 * | key                     | hash (or nothing yet)            | string              | list or sorted set          |
 * | ----------------------- | -------------------------------- | ------------------- | --------------------------- |
 * | `monitor:msg_count`     | tasks answered, by agent         | grows by them       |                             |
 * | `monitor:errors`        | of them, those that failed       | grows by them       |                             |
 * | `monitor:response_time` | milliseconds, moving average     | the newest          | each one, the newest 1,000  |
 * | `monitor:agent_load`    | tasks that wait and run          | goes as ours go     |                             |
 *
 * A string is the whole system's, ours and theirs: to it is added what changed on our side.
 */
import { OrreryError } from "@orrery/protocol";
import type { BridgePort } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { AnsweredTask } from "../contract.ts";
import { SerialWork } from "../migration/serial-work.ts";

/** Weight of the newest answer in the average of response times. */
const weight = 0.1;

/** What both that follow begin with. Each key has a script of its own, since in a cluster they lie on different nodes. */
const readWhole = `
local type = redis.call('TYPE', KEYS[1]).ok
local each = type == 'hash' or type == 'none'
if not each and type ~= 'string' then return type end
local whole = not each and redis.call('GET', KEYS[1])
if whole and not tonumber(whole) then return whole end
`;

/**
 * Adds to a count. ARGV[2] is by how much the whole changed. Answers 1 where a whole was changed, 0 where a hash was, and
 * what the key holds where that is no number.
 */
const addScript = `${readWhole}
if each then
  for _, seen in ipairs(cjson.decode(ARGV[1])) do redis.pcall('HINCRBYFLOAT', KEYS[1], seen.agent, seen.value) end
  return 0
end
redis.call('INCRBYFLOAT', KEYS[1], ARGV[2])
return 1
`;

/**
 * The same of what is now: a hash is set, and a whole changed by how much ours did, but to nothing below none. ARGV[3]
 * are agents that are no more.
 */
const loadScript = `${readWhole}
if each then
  for _, agent in ipairs(cjson.decode(ARGV[3])) do redis.call('HDEL', KEYS[1], agent) end
  for _, seen in ipairs(cjson.decode(ARGV[1])) do redis.call('HSET', KEYS[1], seen.agent, seen.value) end
  return 0
end
local sum = math.max(0, tonumber(whole) + tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.17g', sum), 'KEEPTTL')
return 1
`;

/** Says how long answers took. ARGV[2] tells the members of a sorted set apart, ARGV[3] is the newest. */
const timesScript = `
local type = redis.call('TYPE', KEYS[1]).ok
for _, seen in ipairs(cjson.decode(ARGV[1])) do
  if type == 'hash' or type == 'none' then redis.call('HSET', KEYS[1], seen.agent, seen.value)
  elseif type == 'list' then redis.call('LPUSH', KEYS[1], seen.value)
  elseif type == 'zset' then redis.call('ZADD', KEYS[1], seen.value, seen.agent .. ':' .. ARGV[2]) end
end
if type == 'string' then redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL') end
if type == 'list' then redis.call('LTRIM', KEYS[1], 0, 999) end
if type == 'zset' then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1001) end
return 0
`;

interface Seen {
  answered: number;
  failed: number;
  /** Milliseconds, the moving average; negative until there was an answer. */
  latency: number;
  load: number;
}

interface Value {
  readonly agent: string;
  readonly value: number;
}

/** What was written: a number of the whole system's, or each agent's; nothing where the key holds none of both. */
type Written = "whole" | "each" | "unusable" | "failed";

/** Under which it is kept over restarts how much of a load that is one number is each agent's. */
const sharesKey = "fuse-monitor-load";
type Shares = Readonly<Record<string, number>>;

export interface MonitorHost {
  readonly port: Pick<BridgePort, "script" | "connected">;
  readonly kv: Pick<SyncKvStorage, "get" | "put">;
}

export class Monitor {
  readonly #host: MonitorHost;
  /** Since the last writing; averages stay. */
  readonly #seen = new Map<string, Seen>();
  readonly #changed = new Set<string>();
  /** Agents that are no more, whose share of the load is still there. */
  readonly #gone = new Set<string>();
  /** Keys of which it was said that they hold what cannot be counted on. */
  readonly #complained = new Set<string>();

  /** What is written is told by what was written before. */
  readonly #writing = new SerialWork();

  constructor(host: MonitorHost) {
    this.#host = host;
  }

  /** Counts answers; each is to be given once, however often it is told. */
  answered(fuseAgentId: string, answers: readonly AnsweredTask[]): void {
    if (answers.length === 0) return;
    const seen = this.#of(fuseAgentId);
    for (const { latencyMs, failed } of answers) {
      seen.answered += 1;
      if (failed) seen.failed += 1;
      seen.latency = seen.latency < 0 ? latencyMs : seen.latency + weight * (latencyMs - seen.latency);
    }
    this.#changed.add(fuseAgentId);
  }

  /** How many tasks wait and run now. */
  load(fuseAgentId: string, tasks: number): void {
    const seen = this.#of(fuseAgentId);
    if (tasks !== seen.load) this.#changed.add(fuseAgentId);
    seen.load = tasks;
  }

  #of(fuseAgentId: string): Seen {
    const seen = this.#seen.get(fuseAgentId) ?? { answered: 0, failed: 0, latency: -1, load: -1 };
    this.#seen.set(fuseAgentId, seen);
    return seen;
  }

  /**
   * Writes what was seen since the last time; kept for the next while there is no connection. Where that is lost meanwhile,
   * the load is written again, and counts are not: they may be there.
   */
  write(now: number): Promise<void> {
    return this.#writing.run("write", () => this.#write(now));
  }

  async #write(now: number): Promise<void> {
    if ((this.#changed.size === 0 && this.#gone.size === 0) || !this.#host.port.connected) return;
    const agents = [...this.#changed].flatMap((agent) => {
      const seen = this.#seen.get(agent);
      return seen ? [{ agent, ...seen }] : [];
    });
    this.#changed.clear();
    for (const { agent } of agents) {
      const seen = this.#seen.get(agent);
      if (seen) Object.assign(seen, { answered: 0, failed: 0 });
    }
    const values = (of: (seen: Seen) => number, from: number): Value[] =>
      agents
        .map((seen) => ({ agent: seen.agent, value: Math.round(of(seen)) }))
        .filter(({ value }) => value >= from);
    await Promise.all([
      this.#add(
        "monitor:msg_count",
        values(({ answered }) => answered, 1),
      ),
      this.#add(
        "monitor:errors",
        values(({ failed }) => failed, 1),
      ),
      this.#times(
        values(({ answered, latency }) => (answered > 0 ? latency : -1), 0),
        now,
      ),
      this.#load(values(({ load }) => load, 0)),
    ]);
  }

  async #add(key: string, values: readonly Value[]): Promise<void> {
    if (values.length > 0) await this.#run(key, addScript, values, [String(sumOf(values))]);
  }

  async #times(values: readonly Value[], now: number): Promise<void> {
    const newest = values.at(-1)?.value;
    if (newest === undefined) return;
    await this.#run("monitor:response_time", timesScript, values, [String(now), String(newest)]);
  }

  /** What is one number has a share of each agent's in it, which goes with the agent. */
  async #load(values: readonly Value[]): Promise<void> {
    const shares = this.#host.kv.get<Shares>(sharesKey) ?? {};
    const gone = new Set(this.#gone);
    const next = {
      ...Object.fromEntries(Object.entries(shares).filter(([agent]) => !gone.has(agent))),
      ...Object.fromEntries(values.map(({ agent, value }) => [agent, value])),
    };
    const sum = (of: Shares): number => Object.values(of).reduce((all, share) => all + share, 0);
    const args = [String(sum(next) - sum(shares)), JSON.stringify([...gone])];
    const written = await this.#run("monitor:agent_load", loadScript, values, args);
    if (written === "failed") {
      for (const { agent } of values) this.#changed.add(agent);
      return;
    }
    for (const agent of gone) this.#gone.delete(agent);
    this.#host.kv.put(sharesKey, written === "whole" ? next : {});
  }

  /** Writes one key; what is wrong with it keeps no other from being written. */
  async #run(
    key: string,
    script: string,
    values: readonly Value[],
    args: readonly string[],
  ): Promise<Written> {
    try {
      const answer = await this.#host.port.script(script, [key], [JSON.stringify(values), ...args]);
      if (typeof answer !== "string") return answer === 1 ? "whole" : "each";
      if (!this.#complained.has(key)) {
        log.warn("fuse.monitor-key-unusable", { key, holds: answer.slice(0, 64) });
      }
      this.#complained.add(key);
      return "unusable";
    } catch (error) {
      if (!(error instanceof OrreryError)) log.warn("fuse.monitor-not-written", { key, error });
      return "failed";
    }
  }

  forget(fuseAgentId: string): void {
    this.#seen.delete(fuseAgentId);
    this.#changed.delete(fuseAgentId);
    this.#gone.add(fuseAgentId);
  }
}

const sumOf = (values: readonly Value[]): number => values.reduce((sum, { value }) => sum + value, 0);
