import { get, type Readable } from "svelte/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OrreryError } from "@orrery/protocol";
import { createClient, textOf, type OrreryClient } from "../src/index.ts";
import { createOrrery, type Orrery } from "../src/svelte/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;
let orrery: Orrery;
let disconnect: () => void;

beforeEach(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
  orrery = createOrrery(client);
  disconnect = orrery.connect();
  await until(orrery.connection, (status) => status === "open");
});
afterEach(async () => {
  disconnect();
  await wire.close();
});

/** Resolves with the store's first value that is right. */
const until = <Value>(store: Readable<Value>, isRight: (value: Value) => boolean): Promise<Value> =>
  new Promise((resolve) => {
    let unsubscribe = () => {};
    let found = false;
    unsubscribe = store.subscribe((value) => {
      if (found || !isRight(value)) return;
      found = true;
      resolve(value);
      queueMicrotask(() => unsubscribe());
    });
  });

describe("the stores", () => {
  test("follow what others do", async () => {
    const agent = await client.agents.create({ name: "Ada" });
    await until(orrery.agents, (agents) => agents.some(({ id }) => id === agent.id));
    await client.agents.update(agent.id, { name: "Ida" });
    await until(orrery.agents, ([first]) => first?.name === "Ida");
    const { id } = await client.executions.create(agent.id, "hello");
    const executions = await until(orrery.executions, ([first]) => first?.status === "completed");
    expect(executions).toMatchObject([{ id, inputPreview: "hello", agentName: "Ida" }]);
    await client.agents.delete(agent.id);
    await until(orrery.agents, (agents) => agents.length === 0);
    expect(get(orrery.error)).toBeNull();
  });

  test("are read anew with each new connection, since news may have been lost", async () => {
    const { id } = await client.agents.create({ name: "Ada" });
    await until(orrery.agents, (agents) => agents.length === 1);
    // Nobody is told of this.
    wire.agents.delete(id);
    wire.dropEvents();
    await until(orrery.agents, (agents) => agents.length === 0);
    await until(orrery.connection, (status) => status === "open");
  });

  test("say why they could not be read, and are in order again after", async () => {
    wire.fail("GET /api/v1/agents", new OrreryError("internal", "broken"));
    await orrery.refresh();
    expect(get(orrery.error)).toMatchObject({ code: "internal" });
    await orrery.refresh();
    expect(get(orrery.error)).toBeNull();
  });

  test("are filtered and read on", async () => {
    for (const name of ["Ada", "Bob", "Amy"]) await orrery.createAgent({ name });
    await orrery.filterAgents({ q: "a" });
    expect(get(orrery.agents).map(({ name }) => name)).toEqual(["Amy", "Ada"]);
    const small = createOrrery(client, { pageSize: 2 });
    await small.refresh();
    expect([get(small.agents).length, get(small.hasMoreAgents)]).toEqual([2, true]);
    await small.loadMoreAgents();
    expect([get(small.agents).length, get(small.hasMoreAgents)]).toEqual([3, false]);
  });
});

describe("the actions", () => {
  test("show a change at once, and take it back when it is refused", async () => {
    const agent = await orrery.createAgent({ name: "Ada", systemPrompt: "brief" });
    const change = orrery.updateAgent(agent.id, { name: "Ida", systemPrompt: null });
    expect(get(orrery.agents)[0]).toMatchObject({ name: "Ida" });
    expect(get(orrery.agents)[0]).not.toHaveProperty("systemPrompt");
    await change;

    await expect(orrery.updateAgent(agent.id, { name: "" })).rejects.toMatchObject({
      code: "invalid_request",
    });
    expect(get(orrery.agents)[0]).toMatchObject({ name: "Ida" });

    wire.fail("DELETE", new OrreryError("forbidden", "no"));
    const removal = orrery.deleteAgent(agent.id);
    expect(get(orrery.agents)).toEqual([]);
    await expect(removal).rejects.toMatchObject({ code: "forbidden" });
    expect(get(orrery.agents)[0]).toMatchObject({ name: "Ida" });
    await orrery.deleteAgent(agent.id);
    expect(get(orrery.agents)).toEqual([]);
  });

  test("execute an agent, whose answer is read to its end", async () => {
    const { id } = await orrery.createAgent({ name: "Ada" });
    wire.hold(5);
    const turn = await orrery.executeAgent(id, "one two three");
    expect(get(orrery.isExecuting)).toBe(true);
    await until(turn.message, (message) => textOf(message) === "echo: one ");
    wire.release();
    expect(await turn.finished).toMatchObject({ status: "completed", output: "echo: one two three" });
    expect(textOf(get(turn.message))).toBe("echo: one two three");
    expect([get(turn.isStreaming), get(turn.error), get(orrery.isExecuting)]).toEqual([false, null, false]);
  });

  test("follow an execution again, cancel it, and leave it", async () => {
    const { id } = await orrery.createAgent({ name: "Ada" });
    wire.hold(4);
    const turn = await orrery.executeAgent(id, "one two three");
    const again = await orrery.followExecution(turn.executionId);
    await until(again.message, (message) => textOf(message) === "echo: ");
    turn.leave();
    await expect(turn.finished).rejects.toMatchObject({ name: "AbortError" });
    await again.cancel();
    expect(await again.finished).toMatchObject({ status: "cancelled" });
    expect(get(orrery.isExecuting)).toBe(false);
    await expect(orrery.executeAgent("nobody", "x")).rejects.toMatchObject({ code: "not_found" });
    expect(get(orrery.isExecuting)).toBe(false);
  });
});
