/** Ways back that lose nothing: after a drain, under load, with an agent or its bridge removed, by an operator's hand. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { untilConnected } from "./api.ts";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { startExistingAgent } from "./peers/existing-agent.ts";
import type { ExistingAgent } from "./peers/existing-agent.ts";
import { message, messageOf } from "./peers/message.ts";
import { openWire, parse } from "./peers/wire.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const oldAnswer = (input: string): string => `The existing one heard: ${input}`;
const soon = { timeout: 30_000, interval: 50 };

describe("over streams", () => {
  let around: Surroundings;
  let dispatcher: Dispatcher;
  let bridgeId: string;
  let client: ReturnType<Surroundings["redis"]["client"]>;
  const existing = new Set<ExistingAgent>();
  let id = "";
  let count = 0;

  beforeAll(async () => {
    around = await begin();
    client = around.redis.client();
    bridgeId = await around.bridge({ channels: channelsIn("streams") });
    dispatcher = await around.dispatcher({ mode: "streams" });
  });
  beforeEach(() => {
    id = `agent-${(count += 1)}`;
  });
  afterEach(async () => {
    for (const agent of existing) await agent.stop();
    existing.clear();
  });
  afterAll(() => around.stop());

  const start = async (): Promise<ExistingAgent> => {
    const agent = await startExistingAgent(around.redis, { id, mode: "streams", answer: oldAnswer });
    existing.add(agent);
    return agent;
  };
  /** Makes the existing agent's place in the stream, from which it goes on when it is started again. */
  const wasHere = async (): Promise<void> => {
    const agent = await start();
    await agent.stop();
    existing.delete(agent);
  };
  const ask = async (ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map((task) => dispatcher.task(`Do ${task}`, { id: task, target: id })));
  };
  const names = (number: number): string[] =>
    Array.from({ length: number }, (_, index) => `${id}-task-${index}`);
  const card = () => around.api.agent(bridgeId, id);
  const path = (rest = ""): string => `/fuse/agents/${bridgeId}/${id}${rest}`;
  const owner = async (): Promise<unknown> =>
    (JSON.parse((await client.get(`agent:${id}:owner`)) ?? "{}") as Record<string, unknown>)["owner"];
  const answers = (ids: readonly string[]): number[] => ids.map((task) => dispatcher.resultsOf(task).length);
  const eachOnce = async (ids: readonly string[]): Promise<void> => {
    await expect.poll(() => answers(ids).filter((times) => times < 1).length, soon).toBe(0);
    await aWhile(1_000);
    expect(answers(ids).filter((times) => times !== 1)).toEqual([]);
  };

  it("what waited for an agent that drained is there for the existing one when it is rolled back", async () => {
    await wasHere();
    await around.agent(bridgeId, id);
    await around.api.request("POST", path("/drain"));
    const ids = names(5);
    await ask(ids);
    await aWhile(1_000);
    expect((await card()).tasks).toMatchObject({ queued: 0, running: 0, completed: 0 });
    await around.api.migrate(bridgeId, id, { mode: "legacy" });
    await start();
    await eachOnce(ids);
    for (const task of ids) {
      expect(messageOf(dispatcher.resultsOf(task)[0]?.value ?? null)?.body.content["result"]).toBe(
        oldAnswer(`Do ${task}`),
      );
    }
  });

  it("an agent is removed under load, and each task is answered by one of both", async () => {
    await wasHere();
    await around.agent(bridgeId, id, { model: "echo/echo-200" });
    const ids = names(2_000);
    const removal = { over: false };
    const asking = (async () => {
      let asked = 0;
      for (; asked < ids.length && !removal.over; asked += 10) {
        await ask(ids.slice(asked, asked + 10));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return ids.slice(0, asked);
    })();
    await expect.poll(async () => (await card()).tasks.queued, soon).toBeGreaterThan(0);
    await around.api.request("DELETE", path());
    removal.over = true;
    const sent = await asking;
    expect(await owner()).toBe("legacy");
    await expect(card()).rejects.toThrow("404");
    await start();
    await eachOnce(sent);
  });

  it("one that is made again under its name answers what it is asked, whatever the one before answered", async () => {
    await around.agent(bridgeId, id);
    const [task = ""] = names(1);
    await ask([task]);
    await eachOnce([task]);
    const isWatched = (): Promise<number> => client.hexists("monitor:agent_load", id);
    await expect.poll(isWatched, soon).toBe(1);
    await around.api.request("DELETE", path());
    expect(await isWatched()).toBe(0);
    await around.agent(bridgeId, id);
    await ask([task]);
    await expect.poll(() => answers([task]), soon).toEqual([2]);
  });

  it("for good, in the order of the documentation, at once after one another", async () => {
    await wasHere();
    await around.agent(bridgeId, id, { model: "echo/echo-60000" });
    const ids = names(500);
    await ask(ids);
    await expect.poll(async () => (await card()).tasks.queued + (await card()).tasks.running, soon).toBe(500);
    await around.api.migrate(bridgeId, id, { mode: "legacy", legacyChannels: "shared" });
    await around.api.request("DELETE", path());
    expect(await owner()).toBe("legacy");
    await start();
    await eachOnce(ids);
  });

  it("an agent whose tasks cannot be handed back stays until that is forced", async () => {
    await around.agent(bridgeId, id, { model: "echo/echo-60000" });
    await ask(names(3));
    await expect.poll(async () => (await card()).tasks.running, soon).toBe(3);
    await around.api.request("PATCH", `/bridges/${bridgeId}`, { enabled: false });
    await expect(around.api.request("DELETE", path())).rejects.toThrow("409");
    expect(await card()).toMatchObject({ mode: "legacy", migrating: true });
    await around.api.request("DELETE", path("?force=true"));
    await expect(card()).rejects.toThrow("404");
    await around.api.request("PATCH", `/bridges/${bridgeId}`, { enabled: true });
    await untilConnected(around.api, bridgeId);
  });

  it("what came after an operator gave the agent away by hand is done once", async () => {
    await around.agent(bridgeId, id, { model: "echo/echo-1000", mode: "legacy" });
    await around.api.migrate(bridgeId, id, { mode: "orrery", force: true });
    // One that was taught to ask who owns the agent before it answers.
    const wire = openWire(around.redis, "streams", `asking:${id}`);
    await wire.listen(["AI_TASK_CHANNEL"], (_, text) => {
      const task = messageOf(parse(text));
      if (task?.header.target !== id) return;
      void owner().then(async (now) => {
        if (now !== "legacy") return;
        const { taskId, message: input } = task.body.content;
        const content = { taskId, message: "done", result: oldAnswer(String(input)) };
        const said = message("TASK", { source: id, target: task.header.source }, content);
        await wire.send("AI_RESULT_CHANNEL", JSON.stringify(said));
      });
    });
    const before = names(3);
    await ask(before);
    await expect.poll(async () => (await card()).tasks.running, soon).toBe(3);
    const { token } = JSON.parse((await client.get(`agent:${id}:owner`)) ?? "{}") as { token: number };
    const byHand = { owner: "legacy", token: token + 1, until: null };
    await client.set(`{agent:${id}:owner}:fence`, String(token + 1));
    await client.set(`agent:${id}:owner`, JSON.stringify(byHand));
    const after = names(8).slice(3);
    await ask(after);
    await expect.poll(async () => (await card()).mode, soon).toBe("legacy");
    await eachOnce([...before, ...after]);
    const acknowledged = dispatcher
      .ofType("ACKNOWLEDGMENT")
      .flatMap(({ header, body }) => (header.source === id ? [String(body.content["taskId"])] : []));
    expect(acknowledged.toSorted()).toEqual(before.toSorted());
    wire.close();
  });

  it("a task that the existing agent never answered is answered when it is asked again of ours", async () => {
    await around.agent(bridgeId, id, { mode: "legacy" });
    const [task = ""] = names(1);
    await ask([task]);
    await aWhile();
    await around.api.migrate(bridgeId, id, { mode: "orrery" });
    await around.api.migrate(bridgeId, id, { mode: "legacy" });
    await around.api.migrate(bridgeId, id, { mode: "orrery" });
    await ask([task]);
    await eachOnce([task]);
    // One that was handed back, and is asked again when ours answers again.
    await around.api.request("POST", path("/pause"));
    const back = `${task}-back`;
    await ask([back]);
    await expect.poll(async () => (await card()).tasks.queued, soon).toBe(1);
    await around.api.migrate(bridgeId, id, { mode: "legacy" });
    await expect.poll(async () => (await card()).migrating, soon).toBe(false);
    await around.api.migrate(bridgeId, id, { mode: "orrery" });
    await around.api.request("POST", path("/resume"));
    await ask([back]);
    await eachOnce([back]);
    const result = messageOf(dispatcher.resultsOf(back)[0]?.value ?? null);
    expect(result?.body.content["result"]).toBe(echoOf(`Do ${back}`));
  });

  it("one whose predecessor was stopped politely works when it takes over, and when it is resumed", async () => {
    await client.set(`agent:${id}:state`, JSON.stringify({ id, status: "offline", capabilities: ["sum"] }));
    await around.agent(bridgeId, id, { mode: "legacy" });
    await expect.poll(async () => (await card()).state.status, soon).toBe("inactive");
    await around.api.migrate(bridgeId, id, { mode: "orrery" });
    const ids = names(2);
    await ask(ids.slice(0, 1));
    await eachOnce(ids.slice(0, 1));
    expect((await card()).state.status).toBe("active");
    const state = JSON.parse((await client.get(`agent:${id}:state`)) ?? "{}") as Record<string, unknown>;
    await client.set(`agent:${id}:state`, JSON.stringify({ ...state, status: "stopped" }));
    await expect.poll(async () => (await card()).state.status, soon).toBe("inactive");
    await around.api.request("POST", path("/resume"));
    await ask(ids.slice(1));
    await eachOnce(ids.slice(1));
  });
});

it("an agent that is removed under load, over pub/sub, leaves nothing that it acknowledged", async () => {
  const around = await begin();
  try {
    const bridgeId = await around.bridge();
    const dispatcher = await around.dispatcher();
    await around.agent(bridgeId, "busy", { model: "echo/echo-100" });
    const sent: string[] = [];
    const removal = { over: false };
    const taken = (): string[] =>
      dispatcher.ofType("ACKNOWLEDGMENT").map(({ body }) => String(body.content["taskId"]));
    const asking = (async () => {
      while (!removal.over) {
        await expect
          .poll(() => removal.over || taken().length > sent.length - 100, { timeout: 60_000, interval: 5 })
          .toBe(true);
        const ids = Array.from({ length: 20 }, (_, index) => `task-${sent.length + index}`);
        sent.push(...ids);
        await Promise.all(ids.map((id) => dispatcher.task(`Do ${id}`, { id, target: "busy" })));
      }
    })();
    const queued = async () => (await around.api.agent(bridgeId, "busy")).tasks.queued;
    await expect.poll(queued, { timeout: 20_000 }).toBeGreaterThan(100);
    await around.api.request("DELETE", `/fuse/agents/${bridgeId}/busy`).finally(() => {
      removal.over = true;
    });
    await asking;
    await aWhile(1_000);
    const acknowledged = taken();
    const asked = new Map<string, number>();
    for (const { channel, value } of dispatcher.heard) {
      const task = channel === "AI_TASK_CHANNEL" ? messageOf(value)?.body.content["taskId"] : undefined;
      if (typeof task === "string") asked.set(task, (asked.get(task) ?? 0) + 1);
    }
    // Answered here, or handed back on the channel by which it came; one of both, and once.
    const lost = acknowledged.filter(
      (id) => dispatcher.resultsOf(id).length + (asked.get(id) ?? 0) - 1 !== 1,
    );
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(lost).toEqual([]);
  } finally {
    await around.stop();
  }
});

it("a bridge that is removed hands back what its agents have not finished", async () => {
  const around = await begin();
  try {
    const client = around.redis.client();
    const bridgeId = await around.bridge({ channels: channelsIn("streams") });
    const dispatcher = await around.dispatcher({ mode: "streams" });
    const agents = ["one", "two", "three"];
    for (const id of agents) {
      await around.agent(bridgeId, id, { model: "echo/echo-60000" });
    }
    const ids = Array.from({ length: 3_000 }, (_, index) => `task-${index}`);
    await Promise.all(
      ids.map((id, index) => dispatcher.task(`Do ${id}`, { id, target: agents[index % 3] ?? "one" })),
    );
    const waiting = async (): Promise<number> => {
      const cards = await Promise.all(agents.map((id) => around.api.agent(bridgeId, id)));
      return cards.reduce((sum, { tasks }) => sum + tasks.queued + tasks.running, 0);
    };
    await expect.poll(waiting, { timeout: 60_000 }).toBe(3_000);
    const removal = () => around.api.request("DELETE", `/bridges/${bridgeId}`);
    // It may take longer than one call; what was begun goes on.
    await expect
      .poll(() => removal().then(() => "gone", String), { timeout: 90_000, interval: 200 })
      .toBe("gone");
    for (const id of agents) {
      const owner = JSON.parse((await client.get(`agent:${id}:owner`)) ?? "{}") as Record<string, unknown>;
      expect(owner["owner"]).toBe("legacy");
    }
    const left = await client.xrange("AI_TASK_CHANNEL", "-", "+");
    const inStream = left.map(([, [, text = "{}"]]) => messageOf(parse(text))?.body.content["taskId"]);
    expect(new Set(inStream).size).toBe(3_000);
    expect(inStream).toHaveLength(3_000);
  } finally {
    await around.stop();
  }
});
