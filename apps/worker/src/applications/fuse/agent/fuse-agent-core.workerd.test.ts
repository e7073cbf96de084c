/** An agent's core on real storage, with a bridge that a test can cut off. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import type { TaskDelivery } from "../contract.ts";
import { FuseAgentCore } from "./fuse-agent-core.ts";

interface Scene {
  readonly core: FuseAgentCore;
  readonly storage: DurableObjectStorage;
  readonly bridge: { away: boolean };
  /** Ids of tasks whose answers the bridge was told, in order. */
  readonly told: string[];
  /** Makes the agent, which begins no task. */
  readonly make: () => void;
  /** Has the agent take a task over, and end it. */
  readonly answer: (taskId: string) => Promise<void>;
  /** Lets the time come of what was put off so far. */
  readonly later: () => void;
}

const delivery = (taskId: string): TaskDelivery => ({
  taskId,
  form: "bare",
  source: null,
  type: null,
  priority: "MEDIUM",
  deadline: null,
  conversation: null,
  shadow: false,
  encrypted: false,
  message: { id: taskId, payload: "What is 6 * 7?" },
  receivedAt: Date.now(),
});

const scene = (work: (around: Scene) => Promise<void>): Promise<void> =>
  runInDurableObject(env.FUSE_AGENTS.getByName(newId()), async (_, { storage }) => {
    const bridge = { away: false };
    const told: string[] = [];
    const timers: (() => void)[] = [];
    const core = new FuseAgentCore({
      storage,
      env,
      bridge: () => ({
        report: async (_workspaceId, _id, { answers }) => {
          if (bridge.away) throw new Error("the bridge is away");
          told.push(...answers.map(({ taskId }) => taskId));
          return { ok: true, value: { tooLarge: [] } };
        },
      }),
      now: () => Date.now(),
      // What is told again by itself is told when a test says so.
      after: (_, work) => void timers.push(work),
    });
    const [bridgeId, agentId] = [newId(), newId()];
    await work({
      core,
      storage,
      bridge,
      told,
      make: () => {
        core.initialize({ workspaceId: "default", bridgeId, id: "writer", agentId, confidential: false }, []);
        core.setActivity("paused");
      },
      answer: async (taskId) => {
        await core.accept([delivery(taskId)]);
        await core.doing.cancel(taskId, null);
        await core.doing.settled();
      },
      later: () => {
        for (const work of timers.splice(0)) work();
      },
    });
  });

it("one made again under the name of one that was removed tells again, and is woken", () =>
  scene(async ({ core, storage, bridge, told, make, answer }) => {
    make();
    bridge.away = true;
    await answer("before");
    expect(core.doing.reporter.overfull).toBe(true);
    await core.remove();
    expect(await storage.getAlarm()).toBeNull();

    bridge.away = false;
    make();
    expect(core.doing.reporter.overfull).toBe(false);
    await answer("after");
    expect(told).toEqual(["after"]);
    expect(await storage.getAlarm()).not.toBeNull();
    core.published([{ taskId: "after", outcome: "fenced" }]);
    await core.resend();
    expect(told).toEqual(["after", "after"]);
  }));

it("one that was removed tells what became of its tasks just before", () =>
  scene(async ({ core, make, later }) => {
    make();
    await core.accept([delivery("given back")]);
    await core.handing.handBack(null);
    await core.remove();
    expect(later).not.toThrow();
  }));

it("a task that has come back keeps its message and its steps, whenever its earlier arrival elsewhere is told", () =>
  scene(async ({ core, storage, make, answer }) => {
    make();
    await core.accept([delivery("back")]);
    expect((await core.handing.handBack(null)).tasks).toMatchObject([{ taskId: "back" }]);
    await core.accept([delivery("back")]);
    storage.sql.exec(`INSERT INTO steps (task_id, step) VALUES ('back', 0)`);
    core.handing.handedBack(["back"]);
    expect(storage.sql.exec(`SELECT * FROM steps`).toArray()).toHaveLength(1);
    await answer("back");
    core.handing.handedBack(["back"]);
    core.published([{ taskId: "back", outcome: "fenced" }]);
    expect((await core.handing.handBack(null)).tasks).toMatchObject([
      { taskId: "back", message: { id: "back" } },
    ]);
    core.handing.handedBack(["back"]);
    expect((await core.handing.handBack(null)).tasks).toEqual([]);
  }));

it("an answer that is told again, since the lease had kept it from Redis, is not handed back as well", () =>
  scene(async ({ core, told, make, answer }) => {
    make();
    await answer("kept");
    core.published([{ taskId: "kept", outcome: "fenced" }]);
    await core.resend();
    expect(told).toEqual(["kept", "kept"]);
    expect((await core.handing.handBack(null)).tasks).toEqual([]);
    core.published([{ taskId: "kept", outcome: "fenced" }]);
    expect((await core.handing.handBack(null)).tasks).toMatchObject([{ taskId: "kept" }]);
  }));
