/** An agent's object on real storage, with the platform's agent that does its work; its bridge is parted from Redis. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { CreateAgent, CreateBridge, newId, valueOf } from "@orrery/protocol";
import type { FuseTask } from "@orrery/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { agentStub, newAgent } from "../../../agents/index.ts";
import { bridgeStub } from "../../../channels/index.ts";
import { fuseAgentStub, fuseBridgeStub } from "../bridge/bridge-access.ts";
import type { TaskDelivery } from "../contract.ts";

const workspaceId = "default";
let bridgeId: string;

const agent = () => fuseAgentStub(env, bridgeId, "writer");

beforeEach(async () => {
  bridgeId = newId();
  const { redis, ...rest } = CreateBridge.parse({
    name: "Test",
    redis: { kind: "tcp", url: "redis://127.0.0.1:1" },
    enabled: false,
  });
  const now = new Date().toISOString();
  const settings = { ...rest, id: bridgeId, redis, workspaceId, createdAt: now, updatedAt: now };
  valueOf(await bridgeStub(env, bridgeId).create(settings));
  const tools = ["calculate", "current_time"];
  const made = await newAgent(
    env,
    workspaceId,
    CreateAgent.parse({ name: "writer", application: "fuse", tools }),
  );
  const member = {
    id: "writer",
    agentId: made.id,
    mode: "orrery",
    canaryPercent: 0,
    legacyChannels: "shared",
    conflicts: {},
    confidential: false,
    agentMade: true,
    capabilities: ["writing"],
  } as const;
  valueOf(await fuseBridgeStub(env, bridgeId).enrol(workspaceId, member));
});

const delivery = (taskId: string, change: Partial<TaskDelivery> = {}): TaskDelivery => ({
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
  ...change,
});

async function ended(taskId: string): Promise<FuseTask> {
  for (;;) {
    const task = valueOf(await agent().task(taskId));
    if (task.status !== "queued" && task.status !== "running") return task;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Ends the object as a crash does; what it does next it does from what is on disk. */
async function crash(): Promise<void> {
  const stub = env.FUSE_AGENTS.getByName(`${bridgeId}/writer`);
  await runInDurableObject(stub, (_, state) => state.abort("crashed")).catch(() => {});
}

describe("as the existing system knows it", () => {
  it("executes a task, and answers with what is told to Redis, too", async () => {
    const answered = valueOf(
      await agent().executeTask({
        id: 7,
        payload: { tool: { name: "calculate", input: { expression: "6*7" } } },
      }),
    );
    expect(answered).toMatchObject({ taskId: 7, result: { result: "42" } });
    expect(valueOf(await agent().state())).toMatchObject({
      id: "writer",
      status: "active",
      capabilities: ["writing"],
      metrics: { requestsHandled: 1 },
    });
  });

  it("takes a task over once, by its id", async () => {
    const first = valueOf(await agent().handleTask({ id: "t", payload: "Hello" }));
    const second = valueOf(await agent().handleTask({ id: "t", payload: "Something else" }));
    expect([first.id, second.id, second.acceptedAt]).toEqual(["t", "t", first.acceptedAt]);
    expect(valueOf(await agent().tasks({ limit: 10 })).items).toHaveLength(1);
  });

  it("says what is no task", async () => {
    expect(await agent().handleTask({ payload: "Hello" })).toMatchObject({
      ok: false,
      refusal: { code: "invalid_request" },
    });
  });

  it("does a plan, whose steps use one another, and says which step failed", async () => {
    const plan = [
      { name: "sum", tool: "calculate", input: { expression: "40+2" } },
      { tool: "calculate", input: { expression: "{{steps.sum.result}} * 2" } },
    ];
    expect(valueOf(await agent().executeTask({ id: "plan", payload: { plan } }))).toMatchObject({
      result: { result: "84" },
    });
    const broken = { plan: [{ tool: "calculate", input: { expression: "1+" } }] };
    const { error } = valueOf(await agent().executeTask({ id: "broken", payload: broken }));
    expect(error).toContain("Step 0 of the plan failed");
  });
});

describe("whatever becomes of the process", () => {
  it("what was accepted is done, once, and what was answered is answered the same", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `t-${index}`);
    const { answers } = await agent().accept(ids.map((id) => delivery(id)));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["accepted"]));
    await crash();
    const again = await agent().accept(ids.map((id) => delivery(id)));
    expect(new Set(again.answers.map(({ outcome }) => outcome))).toEqual(new Set(["known"]));
    const tasks = await Promise.all(ids.map(ended));
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(["completed"]));
    // The model was asked once for each, although some were under way when the process ended.
    expect(new Set(tasks.map(({ executionId }) => executionId)).size).toBe(ids.length);
    const [card] = valueOf(await fuseBridgeStub(env, bridgeId).agents(workspaceId, ["writer"]));
    const platforms = agentStub(env, card?.agentId ?? "");
    const done = await platforms.executions(workspaceId, { limit: 100 });
    expect(valueOf(done).items).toHaveLength(ids.length);
  });

  it("counts what ended, and goes on counting", async () => {
    await agent().accept([delivery("a")]);
    await ended("a");
    await crash();
    await agent().accept([delivery("b")]);
    await ended("b");
    expect(valueOf(await agent().summary()).tasks).toEqual({
      queued: 0,
      running: 0,
      completed: 2,
      failed: 0,
      cancelled: 0,
    });
  });
});

describe("an operator", () => {
  it("has it begin nothing, and cancels what waits", async () => {
    valueOf(await agent().setActivity("paused"));
    await agent().accept([delivery("a"), delivery("b")]);
    expect(valueOf(await agent().cancel("a"))).toMatchObject({ status: "cancelled" });
    expect(valueOf(await agent().cancel("a"))).toMatchObject({ status: "cancelled" });
    expect(valueOf(await agent().tasks({ limit: 10, status: "queued" })).items).toMatchObject([{ id: "b" }]);
    valueOf(await agent().setActivity("running"));
    await ended("b");
    expect(await agent().cancel("b")).toMatchObject({ ok: false, refusal: { code: "conflict" } });
    expect(await agent().cancel("c")).toMatchObject({ ok: false, refusal: { code: "not_found" } });
  });

  it("has it take nothing new while it drains, and knows what it has", async () => {
    await agent().accept([delivery("a")]);
    valueOf(await agent().setActivity("draining"));
    const { answers } = await agent().accept([delivery("a"), delivery("b")]);
    expect(answers).toMatchObject([{ outcome: "known" }, { outcome: "later" }]);
    expect(await ended("a")).toMatchObject({ status: "completed" });
  });

  it("sees pages of tasks, newest first", async () => {
    await agent().accept(["a", "b", "c"].map((id) => delivery(id)));
    const first = valueOf(await agent().tasks({ limit: 2 }));
    expect(first.items.map(({ id }) => id)).toEqual(["c", "b"]);
    const rest = valueOf(await agent().tasks({ limit: 2, cursor: first.nextCursor ?? "" }));
    expect([rest.items.map(({ id }) => id), rest.nextCursor]).toEqual([["a"], null]);
    expect(await agent().tasks({ limit: 2, cursor: "none" })).toMatchObject({ ok: false });
  });
});

describe("handed over", () => {
  it("what is unfinished is given up with all it held, again until it has arrived", async () => {
    valueOf(await agent().setActivity("paused"));
    await agent().accept([delivery("a", { message: { id: "a", payload: "x", extra: true } }), delivery("b")]);
    const { tasks } = await agent().handBack(null);
    expect(tasks).toMatchObject([{ taskId: "a", message: { extra: true } }, { taskId: "b" }]);
    await crash();
    expect((await agent().handBack(null)).tasks).toHaveLength(2);
    await agent().handedBack(["a", "b"]);
    expect((await agent().handBack(null)).tasks).toEqual([]);
    expect(valueOf(await agent().task("a"))).toMatchObject({ status: "handed-back" });
  });

  it("but no shadow, which the existing agent does, and which counts for nothing here", async () => {
    await agent().accept([delivery("a", { shadow: true })]);
    await ended("a");
    valueOf(await agent().setActivity("paused"));
    await agent().accept([delivery("b", { shadow: true }), delivery("c")]);
    const { tasks, summary } = await agent().handBack(null);
    expect(tasks.map(({ taskId }) => taskId)).toEqual(["c"]);
    expect(summary.state.metrics.requestsHandled).toBe(0);
    expect(Object.values(summary.tasks)).toEqual([0, 0, 0, 0, 0]);
    expect(valueOf(await agent().task("b"))).toMatchObject({ status: "cancelled", shadow: true });
  });

  it("so is an answer that the lease kept from Redis", async () => {
    await agent().accept([delivery("a")]);
    await ended("a");
    await agent().published([{ taskId: "a", outcome: "fenced" }]);
    expect((await agent().handBack(null)).tasks).toMatchObject([{ taskId: "a", message: { id: "a" } }]);
  });

  it("and nothing that is in Redis", async () => {
    await agent().accept([delivery("a")]);
    await ended("a");
    await agent().published([{ taskId: "a", outcome: "written" }]);
    expect((await agent().handBack(null)).tasks).toEqual([]);
    expect(valueOf(await agent().task("a")).publishedAt).not.toBeNull();
  });
});

describe("its state", () => {
  it("changes only from what it is taken to be", async () => {
    const { version } = valueOf(await agent().summary());
    const { changed, summary } = await agent().changeState({ capabilities: ["rhyming"] }, version);
    expect([changed, summary.state.capabilities]).toEqual([true, ["rhyming"]]);
    const late = await agent().changeState({ status: "inactive" }, version);
    expect([late.changed, late.summary.state.status]).toEqual([false, "active"]);
  });

  it("holds its tasks up while it is inactive", async () => {
    await agent().changeState({ status: "inactive" }, null);
    await agent().accept([delivery("a")]);
    expect(valueOf(await agent().task("a")).status).toBe("queued");
    await agent().changeState({ status: "active" }, null);
    expect(await ended("a")).toMatchObject({ status: "completed" });
  });
});

it("leaves nothing behind when it is removed", async () => {
  await agent().accept([delivery("a")]);
  valueOf(await fuseBridgeStub(env, bridgeId).dismiss(workspaceId, "writer", { force: true }));
  expect(await agent().summary()).toMatchObject({ ok: false, refusal: { code: "not_found" } });
  await runInDurableObject(env.FUSE_AGENTS.getByName(`${bridgeId}/writer`), async (_, state) => {
    expect([...(await state.storage.list()).keys()]).toEqual([]);
    expect(state.storage.sql.exec(`SELECT name FROM sqlite_master WHERE name = 'tasks'`).toArray()).toEqual(
      [],
    );
  });
});
