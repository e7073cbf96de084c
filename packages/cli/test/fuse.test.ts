/** Agents behind Redis, their way here and back, and flags. */
import { timestamp, type Bridge, type FuseAgent, type MigrationResult } from "@orrery/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wireFuseAgent, wireTask } from "../../client/test/wire/wire-fuse.ts";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { cli } from "./fake-terminal.ts";

let wire: WireServer;
let bridgeId: string;

beforeAll(async () => {
  wire = await startWireServer();
});
afterAll(() => wire.close());
beforeEach(async () => {
  wire.forgetBridges();
  bridgeId = (await json<Bridge>("bridge create newfuse --redis redis://127.0.0.1:6379")).id;
  wire.requests.length = 0;
});

const orrery = (line: string) =>
  cli(line.split(" "), { env: { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token } });

async function json<Value>(line: string): Promise<Value> {
  const { code, out, err } = await orrery(`${line} --json`);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Value;
}

const lastBody = (): unknown => wire.requests.findLast(({ body }) => body !== undefined)?.body;

/** Puts an agent behind the bridge. */
function put(id: string, changes: Partial<FuseAgent> = {}): FuseAgent {
  const agent = { ...wireFuseAgent(bridgeId, id), ...changes };
  wire.fuse.agents.set(`${agent.bridgeId}/${id}`, agent);
  return agent;
}

describe("fuse import", () => {
  test("says what would be made, makes it, and leaves alone what is there", async () => {
    const dry = await orrery("fuse import --dry-run");
    expect(dry.out).toMatch(/^AGENT +OUTCOME +CAPABILITIES +BECAUSE\nplanner +would-create +summarize /);
    expect(wire.fuse.agents.size).toBe(0);
    await orrery("fuse import planner --model offline/extract");
    expect(lastBody()).toEqual({ bridgeId, ids: ["planner"], model: "offline/extract" });
    const { out } = await orrery("fuse import --bridge newfuse");
    expect(out).toMatch(/\nplanner +existing .+\nsummarizer +created /);
  });

  test("goes on while there are more, and says so where nothing is to be made", async () => {
    wire.fuse.importable = Array.from({ length: 7 }, (_, at) => `agent-${at}`);
    wire.fuse.importedAtOnce = 3;
    const dry = await orrery("fuse import --dry-run");
    expect([dry.out.match(/would-create/g)?.length, dry.err]).toEqual([
      3,
      "There are more: import again, or name them.\n",
    ]);
    const { out, err } = await orrery("fuse import --confidential");
    expect(lastBody()).toEqual({ bridgeId, confidential: true });
    expect([out.match(/ created /g)?.length, err]).toEqual([7, ""]);
    expect(wire.fuse.agents.size).toBe(7);
  });

  test("fails where one of them cannot be made, and says why", async () => {
    const { code, out, err } = await orrery("fuse import nobody");
    expect([code, err]).toEqual([1, "orrery: 1 agent could not be imported.\n"]);
    expect(out).toContain("there are no keys of it");
  });

  test("says so where nobody is there", async () => {
    wire.fuse.importable = [];
    expect(await orrery("fuse import")).toMatchObject({
      code: 0,
      err: "No agent's keys were found in this Redis.\n",
    });
  });
});

describe("fuse agents", () => {
  test("are listed with who answers for each, by bridge and mode", async () => {
    expect((await orrery("fuse agents")).err).toContain("orrery fuse import");
    put("planner");
    put("summarizer", {
      mode: "canary",
      canaryPercent: 10,
      tasks: { queued: 1, running: 2, completed: 30, failed: 4, cancelled: 0 },
      shadow: { compared: 20, different: 3, legacyMs: 900, orreryMs: 400, costMicros: 1_200 },
    });
    const { out } = await orrery("fuse");
    expect(out).toMatch(/^AGENT +MODE +LEASE +ACTIVITY +QUEUED +RUNNING +DONE +FAILED +DIFFER/);
    expect(out).toMatch(/\nsummarizer +canary 10% +legacy +running +1 +2 +30 +4 +3\/20 /);
    expect((await orrery("fuse agents --mode canary --bridge newfuse")).out).not.toContain("planner");
    expect(await orrery("fuse agents --mode half")).toMatchObject({ code: 2 });
  });

  test("are shown with their lease and what shadow found", async () => {
    put("summarizer", {
      mode: "shadow",
      lease: { owner: "orrery", token: 7, expiresAt: timestamp(0) },
      shadow: { compared: 20, different: 3, legacyMs: 900, orreryMs: 1_400, costMicros: 1_200 },
    });
    const { out } = await orrery("fuse show summarizer");
    expect(out).toMatch(/^summarizer {2}shadow\n/);
    expect(out).toMatch(/\nlease +orrery, token 7, until 1970-01-01T00:00:00.000Z\n/);
    expect(out).toMatch(/\nexisting agent +gives signs of life\n/);
    expect(out).toMatch(/\nshadow +3 of 20 results differ; 900 ms there, 1\.4 s here; \$0\.0012\n/);
    expect(await json("fuse show summarizer")).toMatchObject({ id: "summarizer", bridgeId });
    expect(out).not.toContain("state in Redis");
    put("odd", { stateProblem: "agent:odd:state is a list in Redis, and neither JSON nor a hash" });
    expect((await orrery("fuse show odd")).out).toMatch(
      /\nstate in Redis +agent:odd:state is a list in Redis/,
    );
  });

  test("of one name behind two bridges are told apart", async () => {
    const other = await json<Bridge>("bridge create other --redis redis://127.0.0.1:6380");
    put("summarizer");
    put("summarizer", { bridgeId: other.id });
    const { code, err } = await orrery("fuse show summarizer");
    expect([code, err]).toEqual([1, expect.stringContaining(`--bridge ${other.id}`)]);
    expect((await orrery("fuse show summarizer --bridge other")).out).toContain(other.id);
    expect((await orrery("fuse show nobody")).err).toContain("There is no agent nobody here.");
    expect((await orrery("fuse show nobody --bridge other")).code).toBe(1);
  });

  test("are made with all that was given, and taken away when that is meant", async () => {
    const { id: agentId } = await json<{ id: string }>("agents create Ada");
    await orrery(
      "fuse create translator --agent Ada --capability translate --mode orrery --legacy-channels private --conflict capabilities=merge --confidential",
    );
    expect(lastBody()).toEqual({
      id: "translator",
      bridgeId,
      agentId,
      capabilities: ["translate"],
      mode: "orrery",
      legacyChannels: "private",
      conflicts: { "*": "object-wins", capabilities: "merge" },
      confidential: true,
    });
    expect(await orrery("fuse create x --conflict a=mine")).toMatchObject({ code: 2 });
    expect(await orrery("fuse create x --agent Ada --model auto")).toMatchObject({ code: 2 });
    expect(await orrery("fuse delete translator")).toMatchObject({ code: 2 });
    expect((await orrery("fuse delete translator --yes")).out).toBe("Took translator off Redis.\n");
    expect(wire.fuse.agents.size).toBe(0);
    put("held-up");
    await orrery("fuse delete held-up --force --yes");
    expect(wire.requests.findLast(({ method }) => method === "DELETE")?.path).toMatch(/held-up\?force=true$/);
  });
});

describe("fuse migrate", () => {
  test("goes from legacy over shadow and canary to orrery, and back at once", async () => {
    put("summarizer", { tasks: { queued: 2, running: 0, completed: 0, failed: 0, cancelled: 0 } });
    expect((await orrery("fuse migrate summarizer shadow")).out).toMatch(/^summarizer {2}shadow\n/);
    const canary = await orrery("fuse migrate summarizer canary --percent 25 --legacy-channels private");
    expect(canary.out).toMatch(/^summarizer {2}canary 25%\nanswered by +Orrery for 25 of 100 tasks/);
    expect(lastBody()).toEqual({ mode: "canary", percent: 25, legacyChannels: "private" });
    const { agent } = await json<MigrationResult>("fuse migrate summarizer orrery");
    expect(agent.lease).toMatchObject({ owner: "orrery" });
    expect((await orrery("fuse rollback summarizer")).out).toMatch(
      /^summarizer {2}legacy\n[^]+\n2 unfinished tasks handed back\.\n$/,
    );
  });

  test("asks before it may let both sides answer", async () => {
    put("summarizer");
    const { code, err } = await orrery("fuse migrate summarizer orrery --force");
    expect([code, err]).toEqual([2, expect.stringContaining("Peers may then hear two answers.")]);
    expect(wire.fuse.agents.get(`${bridgeId}/summarizer`)?.mode).toBe("legacy");
    expect((await orrery("fuse migrate summarizer orrery --force --yes")).code).toBe(0);
    expect(lastBody()).toEqual({ mode: "orrery", force: true });
  });

  test.each(["shadow --percent 5", "canary --percent 101", "half"])("does not take %s", async (mode) => {
    put("summarizer");
    expect(await orrery(`fuse migrate summarizer ${mode}`)).toMatchObject({ code: 2, out: "" });
    expect(wire.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });
});

describe("the tasks of an agent", () => {
  test("are listed by their status with what they took, and cancelled", async () => {
    put("summarizer");
    expect((await orrery("fuse tasks summarizer")).err).toBe("It took over no such tasks.\n");
    for (const task of [wireTask("t-1", "queued"), wireTask("t-2", "failed")])
      wire.fuse.tasks.set(task.id, task);
    const { out } = await orrery("fuse tasks summarizer");
    expect(out).toMatch(/\nt-2 +planner +summarize +HIGH +failed +1\.5 s .+ the model did not answer\n/);
    expect((await orrery("fuse tasks summarizer --status queued")).out).not.toContain("t-2");
    expect((await orrery("fuse cancel summarizer t-1")).out).toBe("t-1: cancelled\n");
    expect((await orrery("fuse cancel summarizer t-9")).code).toBe(1);
  });

  test("wait, run empty and go on", async () => {
    put("summarizer");
    expect((await orrery("fuse pause summarizer")).out).toMatch(/\nactivity +paused\n/);
    expect((await orrery("fuse drain summarizer")).out).toMatch(/\nactivity +draining\n/);
    expect((await orrery("fuse resume summarizer")).out).not.toContain("activity");
  });

  test("that both sides did are compared, in a table or in full", async () => {
    put("summarizer");
    expect((await orrery("fuse differences summarizer")).err).toContain("Nothing was compared yet");
    const at = timestamp(0);
    wire.fuse.differences.push(
      {
        taskId: "t-1",
        same: true,
        similarity: 1,
        legacy: { preview: "four", latencyMs: 900 },
        orrery: { preview: "four", latencyMs: 300, costMicros: 20 },
        at,
      },
      {
        taskId: "t-2",
        same: false,
        similarity: 0.456,
        legacy: { preview: "four\neuros", latencyMs: null },
        orrery: { preview: "five", latencyMs: 300, costMicros: 20 },
        at,
      },
    );
    const { out } = await orrery("fuse differences summarizer");
    expect(out).toMatch(/\nt-1 +same +900 ms +300 ms +\$0\.00002 +four +four\n/);
    expect(out).toMatch(/\nt-2 +46% alike +– +300 ms .+ four euros +five\n/);
    const full = await orrery("fuse differences summarizer --full");
    expect(full.out).toContain("t-2  46% alike\nthere, –\nfour\neuros\nhere, 300 ms, $0.00002\nfive\n");
  });
});

describe("flags", () => {
  test("are said of the workspace, of one agent, and taken back", async () => {
    const { id } = await json<{ id: string }>("agents create Flagged");
    expect((await orrery("flags set fuse-progress off")).out).toMatch(/\nfuse-progress +off +workspace /);
    await orrery("flags set fuse-progress on --agent Flagged");
    expect(lastBody()).toEqual({ enabled: true, agentId: id });
    expect((await orrery("flags")).out).toContain(`${id} on`);
    await orrery("flags set fuse-progress default");
    expect(lastBody()).toEqual({ enabled: null });
    expect((await orrery("flags list")).out).toMatch(/\nfuse-progress +on +default /);
    expect(await orrery("flags set fuse-progress maybe")).toMatchObject({ code: 2 });
    expect(await orrery("flags set no-such-flag on")).toMatchObject({ code: 1 });
  });
});
