import type { Bridge, BridgeMessage, CreateBridge, DeadLetter, Page, UpdateBridge } from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** The workspace's connections to Redis. Whatever changes them needs `admin`. */
export interface Bridges {
  list(query?: PageOptions, options?: RequestOptions): Promise<Page<Bridge>>;
  listAll(options?: RequestOptions): AsyncGenerator<Bridge, void, undefined>;
  /** Makes a bridge, which connects at once unless `enabled` is false. */
  create(bridge: CreateBridge, options?: WriteOptions): Promise<Bridge>;
  /** A bridge and how it is: its connection, its channels' counts, its outbox. */
  get(id: string, options?: RequestOptions): Promise<Bridge>;
  update(id: string, patch: UpdateBridge, options?: WriteOptions): Promise<Bridge>;
  /** Parts it from Redis and forgets it. Where messages of it do not reach Redis that is refused, unless it is forced. */
  delete(id: string, options?: WriteOptions & { force?: boolean }): Promise<void>;
  /** The last messages that passed, newest first, sensitive parts hidden; live ones are `bridge.message` events. */
  messages(id: string, query?: PageOptions, options?: RequestOptions): Promise<Page<BridgeMessage>>;
  /** A page of what nobody could take over, with the reasons. */
  deadLetters(id: string, query?: PageOptions, options?: RequestOptions): Promise<Page<DeadLetter>>;
  deadLettersAll(id: string, options?: RequestOptions): AsyncGenerator<DeadLetter, void, undefined>;
  /** Takes a dead letter in again, as if it had just come. */
  replay(id: string, letterId: string, options?: WriteOptions): Promise<void>;
  /** {@link replay} for all there are; resolves to how many. */
  replayAll(id: string, options?: WriteOptions): Promise<{ replayed: number }>;
  deleteDeadLetter(id: string, letterId: string, options?: WriteOptions): Promise<void>;
}

export function createBridges(transport: Transport): Bridges {
  const root = "/api/v1/bridges";
  const one = (id: string): string => `${root}/${encodeURIComponent(id)}`;
  const letters = (id: string): string => `${one(id)}/dead-letters`;
  const letter = (id: string, letterId: string): string => `${letters(id)}/${encodeURIComponent(letterId)}`;
  const list: Bridges["list"] = (query = {}, options) =>
    transport.json({ ...options, path: root, query: { ...query } });
  const deadLetters: Bridges["deadLetters"] = (id, query = {}, options) =>
    transport.json({ ...options, path: letters(id), query: { ...query } });

  return {
    list,
    listAll: (options) => eachItem((cursor) => list({ limit: 100, cursor }, options)),
    create: (bridge, options) => transport.json({ ...options, method: "POST", path: root, body: bridge }),
    get: (id, options) => transport.json({ ...options, path: one(id) }),
    update: (id, patch, options) =>
      transport.json({ ...options, method: "PATCH", path: one(id), body: patch }),
    delete: (id, { force, ...options } = {}) =>
      transport.none({
        timeoutMs: 0,
        ...options,
        method: "DELETE",
        path: one(id),
        ...(force === true && { query: { force: "true" } }),
      }),
    messages: (id, query = {}, options) =>
      transport.json({ ...options, path: `${one(id)}/messages`, query: { ...query } }),
    deadLetters,
    deadLettersAll: (id, options) => eachItem((cursor) => deadLetters(id, { limit: 100, cursor }, options)),
    replay: (id, letterId, options) =>
      transport.none({ ...options, method: "POST", path: `${letter(id, letterId)}/replay` }),
    replayAll: (id, options) =>
      transport.json({ timeoutMs: 0, ...options, method: "POST", path: `${one(id)}/replay` }),
    deleteDeadLetter: (id, letterId, options) =>
      transport.none({ ...options, method: "DELETE", path: letter(id, letterId) }),
  };
}
