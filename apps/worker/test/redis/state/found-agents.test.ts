/** What is found of existing agents in a real Redis, in whatever form they keep it; and states that are hashes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { BridgePort } from "../../../src/channels/redis/contract.ts";
import { findAgents } from "../../../src/applications/fuse/migration/found-agents.ts";
import { importAgents } from "../../../src/applications/fuse/migration/import-agents.ts";
import { written } from "../../../src/applications/fuse/state/state-document.ts";
import { readState, writeState } from "../../../src/applications/fuse/state/state-scripts.ts";
import type { FuseAgent } from "@orrery/protocol";
import { OrreryError } from "@orrery/protocol";
import type { Client } from "../ownership/observed-redis.ts";

let redis: RedisServer;
let client: Client;
let port: Pick<BridgePort, "command" | "script">;
beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
  port = {
    command: (name = "", ...args) => client.call(name, ...args),
    script: (source, names, args) => client.eval(source, names.length, ...names, ...args),
  };
});
afterAll(() => redis.stop());
beforeEach(() => client.flushall());

const findAll = async () => (await findAgents(port, new Map())).found;
const findNamed = async (ids: string[]) => (await findAgents(port, new Map(), ids)).found;

describe("agents are found", () => {
  test("by their keys, with capabilities of every form, and nothing else is", async () => {
    await client.set("agent:json:state", JSON.stringify({ capabilities: ["plan", "draw"] }));
    await client.hset("agent:hash:state", { status: "busy", capabilities: "plan,write" });
    await client.set("agent:listed:capabilities", '["search"]');
    await client.sadd("agent:set:capabilities", "sum");
    await client.rpush("agent:row:capabilities", "one", "two");
    await client.hset("agent:fields:capabilities", { chat: "1" });
    await client.set("agent:beating:heartbeat", "now");
    await client.set("agent:known:status", "active");
    await client.set("agent:broken:state", "{not JSON");
    await client.set("agent:json:owner", "{}");
    await client.set("session:9:state", "{}");
    expect(await findAll()).toEqual([
      { id: "beating", capabilities: [] },
      { id: "broken", capabilities: [] },
      { id: "fields", capabilities: ["chat"] },
      { id: "hash", capabilities: ["plan", "write"] },
      { id: "json", capabilities: ["plan", "draw"] },
      { id: "known", capabilities: [] },
      { id: "listed", capabilities: ["search"] },
      { id: "row", capabilities: ["one", "two"] },
      { id: "set", capabilities: ["sum"] },
    ]);
  });

  test("among many thousand other keys", async () => {
    const others = Array.from({ length: 20_000 }, (_, at) => [`other:${at}`, "x"]).flat();
    await client.mset(...others);
    await client.set("agent:planner:state", "{}");
    expect(await findAll()).toEqual([{ id: "planner", capabilities: [] }]);
  });

  test("a thousand at once, beside those that are here, until there are no more", async () => {
    const all = Array.from({ length: 2_500 }, (_, at) => `agent-${at}`);
    await client.mset(...all.flatMap((id) => [`agent:${id}:state`, "{}"]));
    await client.set("agent:no name:state", "{}");
    const known = new Map<string, readonly string[]>();
    const rounds: { fresh: number; truncated: boolean }[] = [];
    for (let more = true; more;) {
      const { found, truncated } = await findAgents(port, known);
      const fresh = found.filter(({ id, problem }) => problem === undefined && !known.has(id));
      for (const { id } of fresh) known.set(id, ["known"]);
      rounds.push({ fresh: fresh.length, truncated });
      more = truncated;
    }
    expect(rounds).toEqual([
      { fresh: 1_000, truncated: true },
      { fresh: 1_000, truncated: true },
      { fresh: 500, truncated: false },
    ]);
    const { found } = await findAgents(port, known);
    expect(found.find(({ id }) => id === "agent-7")).toEqual({ id: "agent-7", capabilities: ["known"] });
    expect(found).toHaveLength(2_501);
  });

  test("by name, each once; what is not there, or cannot be a name, is said", async () => {
    await client.set("agent:planner:state", JSON.stringify({ capabilities: ["plan"] }));
    await client.set("agent:a:b c:state", "{}");
    expect(await findNamed(["planner", "planner", "nobody"])).toEqual([
      { id: "planner", capabilities: ["plan"] },
      { id: "nobody", capabilities: [], problem: "Redis has no key of it" },
    ]);
    expect(await findAll()).toEqual([
      { id: "a:b c", capabilities: [], problem: "its name has characters that an agent's name cannot have" },
      { id: "planner", capabilities: ["plan"] },
    ]);
  });
});

describe("an import", () => {
  const run = (made: string[], { dryRun = false, existing = [] as string[] } = {}) =>
    importAgents(
      [
        { id: "ada", capabilities: ["plan"] },
        { id: "bob", capabilities: [] },
        { id: "b c", capabilities: [], problem: "no name" },
      ],
      {
        bridgeId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
        model: "auto",
        confidential: false,
        dryRun,
        exists: (id) => existing.includes(id),
        make: async ({ id, mode }) => {
          if (id === "bob") throw new OrreryError("conflict", "There is one already");
          made.push(`${id} ${mode}`);
          return {} as FuseAgent;
        },
      },
    );

  test("makes what is missing in legacy mode, and says what became of each", async () => {
    const made: string[] = [];
    expect(await run(made)).toEqual([
      { id: "ada", capabilities: ["plan"], outcome: "created" },
      { id: "bob", capabilities: [], outcome: "existing" },
      { id: "b c", capabilities: [], outcome: "failed", detail: "no name" },
    ]);
    expect(made).toEqual(["ada legacy"]);
  });

  test("that is only tried makes nothing, and one that is repeated makes nothing twice", async () => {
    const made: string[] = [];
    expect((await run(made, { dryRun: true, existing: ["bob"] })).map(({ outcome }) => outcome)).toEqual([
      "would-create",
      "existing",
      "failed",
    ]);
    await run(made, { existing: ["ada", "bob"] });
    expect(made).toEqual([]);
  });
});

describe("a state that is a hash", () => {
  test("stays one: the fields that differ are written, where nobody wrote meanwhile", async () => {
    await client.hset("agent:planner:state", { status: "busy", capabilities: "plan", role: "chief" });
    const before = await readState(port, "planner");
    const after = written(before, "planner", { status: "inactive", capabilities: ["plan"] }, 4);
    expect(await writeState(port, "planner", before, after)).toBe(true);
    expect(await client.hgetall("agent:planner:state")).toEqual({
      status: "inactive",
      capabilities: "plan",
      role: "chief",
      version: "4",
    });
    expect(await writeState(port, "planner", before, after)).toBe(false);
  });

  test("is not written over by one that was read as JSON, nor the other way round", async () => {
    const nothing = await readState(port, "planner");
    await client.hset("agent:planner:state", { status: "busy" });
    expect(await writeState(port, "planner", nothing, "{}")).toBe(false);
    const hash = await readState(port, "planner");
    await client.set("agent:planner:state", "{}");
    expect(await writeState(port, "planner", hash, { status: "active" })).toBe(false);
  });
});
