/** As much of Redis as state sync uses, in memory: for more trials than a real one has time for. */
import { readScript, writeScript } from "../../../src/applications/fuse/state/state-scripts.ts";

type Value = string | Map<string, string>;

/** Where states lie: a real Redis, or this. */
export interface StateRedis {
  script(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
  set(key: string, text: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

export class RedisDouble implements StateRedis {
  readonly #values = new Map<string, Value>();

  async script(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const [key = ""] = keys;
    const value = this.#values.get(key);
    if (source === readScript) {
      if (value === undefined) return ["none"];
      return typeof value === "string" ? ["string", value] : ["hash", ...[...value].flat()];
    }
    if (source !== writeScript) return 1;
    const [kind, before, after = ""] = args;
    if (kind === "hash" || value instanceof Map) throw new Error("hashes are for the real one");
    if (value === undefined ? kind !== "none" : value !== before) return 0;
    this.#values.set(key, after);
    return 1;
  }

  async get(key: string): Promise<string | null> {
    const value = this.#values.get(key);
    return typeof value === "string" ? value : null;
  }

  async set(key: string, text: string): Promise<void> {
    this.#values.set(key, text);
  }

  async del(key: string): Promise<void> {
    this.#values.delete(key);
  }
}
