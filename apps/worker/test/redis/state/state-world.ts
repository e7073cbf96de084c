/** An agent's state on both sides, and all that can happen between them. */
import { OrreryError } from "@orrery/protocol";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { BridgePort } from "../../../src/channels/redis/contract.ts";
import type { Member, StateSync } from "../../../src/applications/fuse/contract.ts";
import { agentKeys } from "../../../src/applications/fuse/state/agent-keys.ts";
import { documentOf, fieldsOfState } from "../../../src/applications/fuse/state/state-document.ts";
import { readScript } from "../../../src/applications/fuse/state/state-scripts.ts";
import { createStateSync } from "../../../src/applications/fuse/state/state-sync.ts";
import { StoredMembers } from "../../../src/applications/fuse/routing/members.ts";
import { AgentDouble } from "../ownership/agent-double.ts";
import { memberOf } from "../ownership/member.ts";
import { durableStore } from "../ownership/durable-store.ts";
import type { StateRedis } from "./redis-double.ts";

const change = fc.constantFrom("capability", "status", "metrics");

/** What may happen. A peer that `reads` writes later, by what it read then. */
export const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("object" as const), change }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("peer" as const), change, forgets: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("reads" as const, "writes" as const), change }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("sync" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "heal" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("killed" as const), calls: fc.nat(4) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("meanwhile" as const),
      side: fc.constantFrom("object", "peer"),
    }),
  },
);
/** What a peer should not do. */
export const damage = fc.record({ kind: fc.constantFrom("garbage" as const, "deletes" as const) });
export type StateEvent =
  typeof event extends fc.Arbitrary<infer One>
    ? typeof damage extends fc.Arbitrary<infer Other>
      ? One | Other
      : never
    : never;

class Killed extends Error {}

export class StateWorld {
  readonly agent: AgentDouble;
  /** Capabilities that either side ever added. */
  readonly added = new Set<string>();
  readonly #id: string;
  readonly #redis: StateRedis;
  readonly #storage = durableStore();
  readonly #members: StoredMembers;
  #sync: StateSync;
  #cut = false;
  #callsLeft = Infinity;
  #meanwhile: (() => Promise<void>) | undefined;
  /** What a peer read and has not written back. */
  #read: string | undefined;
  /** Whether what was written last was made from an old version, which whoever forgets versions would hide. */
  #stale = false;
  #serial = 0;

  constructor(id: string, redis: StateRedis, conflicts: Member["conflicts"]) {
    this.#id = id;
    this.#redis = redis;
    this.agent = new AgentDouble(id);
    this.#members = new StoredMembers(this.#storage.sql);
    this.#members.save({ ...memberOf(id), mode: "orrery", conflicts });
    this.#sync = this.#born();
  }

  async play(happened: StateEvent): Promise<void> {
    try {
      await this.#do(happened);
    } catch (error) {
      if (!(error instanceof OrreryError)) throw error;
    }
  }

  /** Lets both sides come to rest, and holds them to having the same. */
  async settle(): Promise<void> {
    this.#cut = false;
    this.#callsLeft = Infinity;
    this.#meanwhile = undefined;
    await this.#sync.connected();
    for (let tick = 0; tick < 3; tick++) await this.#sync.tick(0);
    const document = await this.#document();
    expect(document.fields).toEqual(fieldsOfState(this.agent.state));
    const before = await this.#redis.get(this.#key);
    const { version } = this.agent;
    await this.#sync.tick(0);
    // At rest nothing is written any more.
    expect([await this.#redis.get(this.#key), this.agent.version]).toEqual([before, version]);
  }

  get #key(): string {
    return agentKeys(this.#id).state;
  }

  async #document() {
    return documentOf(await this.#redis.script(readScript, [this.#key], []));
  }

  async #do(happened: StateEvent): Promise<void> {
    switch (happened.kind) {
      case "object":
        return this.#objectWrites(happened.change);
      case "peer":
        if (this.#read !== undefined) return;
        return await this.#peerWrites(happened.change, happened.forgets && !this.#stale);
      case "reads":
        this.#read ??= await this.#versioned();
        return;
      case "writes": {
        const read = this.#read;
        this.#read = undefined;
        this.#stale ||= read !== undefined;
        return read === undefined ? undefined : await this.#peerWrites(happened.change, false, read);
      }
      case "sync":
        await this.#sync.tick(0);
        this.#stale &&= this.#cut;
        return;
      case "cut":
        this.#cut = true;
        return;
      case "heal":
        this.#cut = false;
        return await this.#sync.connected();
      case "restart":
        this.#sync = this.#born();
        return;
      case "killed":
        this.#callsLeft = happened.calls;
        await this.#sync.tick(0);
        this.#callsLeft = Infinity;
        this.#sync = this.#born();
        return;
      case "meanwhile":
        this.#meanwhile = async () => {
          if (happened.side === "object") this.#objectWrites("capability");
          else if (this.#read === undefined) await this.#peerWrites("capability", false);
        };
        return;
      case "garbage":
        await this.#redis.set(this.#key, "{not JSON");
        return;
      case "deletes":
        await this.#redis.del(this.#key);
        return;
    }
  }

  /** What a peer reads before it thinks: what it read before there was a version, it cannot be told to have read. */
  async #versioned(): Promise<string | undefined> {
    const text = await this.#redis.get(this.#key);
    return text === null || documentOf(["string", text]).version === null ? undefined : text;
  }

  #objectWrites(what: string): void {
    const { state } = this.agent;
    if (what === "status") this.agent.write({ status: state.status === "active" ? "inactive" : "active" });
    else if (what === "metrics") {
      const requestsHandled = state.metrics.requestsHandled + 1;
      this.agent.write({ metrics: { ...state.metrics, requestsHandled } });
    } else this.agent.write({ capabilities: [...state.capabilities, this.#name("ours")] });
  }

  /** A peer reads the JSON, changes what it wants, and writes all of it: it may not know the version. */
  async #peerWrites(what: string, forgets: boolean, read?: string | null): Promise<void> {
    const text = read === undefined ? await this.#redis.get(this.#key) : read;
    let state: Record<string, unknown> = {};
    try {
      state = JSON.parse(text ?? "{}") as Record<string, unknown>;
    } catch {
      // Somebody wrote what cannot be read: it begins anew.
    }
    const { fields } = documentOf(["string", JSON.stringify(state)]);
    if (what === "status") state["status"] = fields["status"] === "active" ? "inactive" : "active";
    else if (what === "metrics") {
      const metrics = fields["metrics"] as { requestsHandled: number } | undefined;
      state["metrics"] = {
        lastActive: null,
        ...metrics,
        requestsHandled: (metrics?.requestsHandled ?? 0) + 1,
      };
    } else {
      const capabilities = (fields["capabilities"] as string[] | undefined) ?? [];
      state["capabilities"] = [...capabilities, this.#name("theirs")];
    }
    if (forgets) {
      delete state["version"];
      delete state["stamps"];
    }
    await this.#redis.set(this.#key, JSON.stringify(state));
  }

  #name(side: string): string {
    const name = `${side}-${++this.#serial}`;
    this.added.add(name);
    return name;
  }

  #born(): StateSync {
    const port: BridgePort = {
      workspaceId: "lab",
      bridgeId: "one",
      channels: {} as BridgePort["channels"],
      connected: true,
      send: () => Promise.resolve({ taken: [], known: [], refused: [] }),
      newest: 0,
      forget: () => {},
      forgetAll: () => {},
      enforce: () => Promise.resolve(),
      listen: () => Promise.resolve(),
      command: () => this.#ask(() => Promise.resolve(null)),
      script: (source, keys, args) => this.#ask(() => this.#redis.script(source, keys, args)),
    };
    return createStateSync(
      {
        port,
        storage: this.#storage,
        members: this.#members,
        agent: () => this.agent.stub(),
        summary: () => null,
        heard: () => {},
        changed: () => {},
        now: () => 0,
      },
      { holds: () => true },
      { of: () => Promise.resolve({ enabled: () => true }) },
    );
  }

  async #ask(work: () => Promise<unknown>): Promise<unknown> {
    if (this.#cut) throw new OrreryError("upstream_failed", "There is no way to Redis");
    if (--this.#callsLeft < 0) throw new Killed();
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    const answer = await work();
    await meanwhile?.();
    return answer;
  }
}
