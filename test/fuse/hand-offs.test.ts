/** Tasks that go from agent to agent, that are cancelled on the way, and that wait for who can do them. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { message, messageOf } from "./peers/message.ts";
import type { Message } from "./peers/message.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

let around: Surroundings;
let dispatcher: Dispatcher;
let bridgeId: string;
let name = "";
let count = 0;
beforeAll(async () => {
  around = await begin();
  bridgeId = await around.bridge({ channels: channelsIn("streams") });
  dispatcher = await around.dispatcher({ mode: "streams" });
});
beforeEach(() => {
  name = `test-${(count += 1)}`;
});
afterAll(() => around.stop());

const soon = { timeout: 20_000, interval: 50 };
const card = (id: string) => around.api.agent(bridgeId, id);
const act = (id: string, verb: "pause" | "resume" | "drain") =>
  around.api.request("POST", `/fuse/agents/${bridgeId}/${id}/${verb}`);
const cancel = (id: string, task: string) =>
  around.api.request("POST", `/fuse/agents/${bridgeId}/${id}/tasks/${task}/cancel`);
const statusOf = async (id: string, task: string): Promise<string | undefined> =>
  (await around.api.tasks(bridgeId, id)).find((one) => one.id === task)?.status;
const resultOf = async (task: string): Promise<Message | null> => messageOf(await dispatcher.result(task));

/** Commands an agent, and waits for its word that it has done so. */
async function command(target: string, content: Record<string, unknown>): Promise<Message> {
  const sent = message("SYSTEM", { source: "dispatcher", target }, { message: "do", ...content });
  Object.assign(sent.body.metadata, { message_id: `command-${(count += 1)}` });
  const id = sent.body.metadata["message_id"];
  await dispatcher.coordinate(sent);
  const { value } = await dispatcher.find((heard) => {
    const found = messageOf(heard.value);
    return found?.header.source === target && found.body.metadata["in_reply_to"] === id;
  });
  return value as Message;
}
const handOff = (from: string, taskId: string, to?: string): Promise<Message> =>
  command(from, { command: "handoff", taskId, ...(to !== undefined && { to }) });

it("a task that is handed to another agent and back is answered, whether it had begun or not", async () => {
  const [a, b] = [`${name}-a`, `${name}-b`];
  await around.agent(bridgeId, a, { model: "echo/echo-60000" });
  await around.agent(bridgeId, b);
  await act(b, "pause");
  const begun = `${name}-begun`;
  await dispatcher.task("Do it", { id: begun, target: a });
  await expect.poll(() => statusOf(a, begun), soon).toBe("running");
  expect((await handOff(a, begun, b)).body.content["status"]).toBe("handed-off");
  expect((await handOff(b, begun, a)).body.content["status"]).toBe("handed-off");
  await expect.poll(() => statusOf(a, begun), soon).toBe("running");
  await cancel(a, begun);
  const result = await resultOf(begun);
  expect(result?.header.source).toBe(a);
  expect(result?.body.content["status"]).toBe("cancelled");
  await act(a, "pause");
  const waiting = `${name}-waiting`;
  await dispatcher.task("Then this", { id: waiting, target: a });
  await expect.poll(() => statusOf(a, waiting), soon).toBe("queued");
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const) {
    expect((await handOff(from, waiting, to)).body.content["status"]).toBe("handed-off");
  }
  // Who sends it again, since it takes long, has it done once all the same.
  await dispatcher.task("Then this", { id: waiting, target: a });
  await act(b, "resume");
  await act(a, "resume");
  const other = await resultOf(waiting);
  expect(other?.header.source).toBe(b);
  expect(other?.body.content).toMatchObject({ status: "completed", result: echoOf("Then this") });
  await aWhile(1_000);
  for (const task of [begun, waiting]) expect(dispatcher.resultsOf(task)).toHaveLength(1);
});

it("a task is handed to an existing agent by the channel that this one hears", async () => {
  const [from, to] = [`${name}-ours`, `${name}-theirs`];
  await around.agent(bridgeId, from);
  await around.agent(bridgeId, to, { mode: "legacy", capabilities: [name] });
  await around.api.migrate(bridgeId, to, { mode: "shadow", legacyChannels: "private" });
  await act(from, "pause");
  const client = around.redis.client();
  const handed = async (): Promise<Message[]> =>
    (await client.xrange(`AI_TASK_CHANNEL:legacy:${to}`, "-", "+")).map(
      ([, [, text = "{}"]]) => JSON.parse(text) as Message,
    );
  for (const named of [true, false]) {
    const task = `${name}-${String(named)}`;
    const sent = { message: "Do it", taskId: task, requires: [name] };
    await dispatcher.send(
      "tasks",
      JSON.stringify(message("TASK", { source: "dispatcher", target: from }, sent)),
    );
    await expect.poll(() => statusOf(from, task), soon).toBe("queued");
    const content = { command: "handoff", taskId: task, ...(named ? { to } : { requires: [name] }) };
    expect((await command(from, content)).body.content).toMatchObject({ status: "handed-off", to });
    await expect
      .poll(
        async () => (await handed()).map(({ header, body }) => [header.target, body.content["taskId"]]),
        soon,
      )
      .toContainEqual([to, task]);
  }
});

it("a task that an existing agent handed back is handed to it again", async () => {
  const [ours, theirs] = [`${name}-ours`, `${name}-theirs`];
  await around.agent(bridgeId, ours);
  await around.agent(bridgeId, theirs, { mode: "legacy" });
  await around.api.migrate(bridgeId, theirs, { mode: "shadow", legacyChannels: "private" });
  await act(ours, "pause");
  const client = around.redis.client();
  const handed = (): Promise<number> => client.xlen(`AI_TASK_CHANNEL:legacy:${theirs}`);
  await dispatcher.task("Do it", { id: name, target: ours });
  for (const time of [1, 2]) {
    await expect.poll(() => statusOf(ours, name), soon).toBe("queued");
    expect((await handOff(ours, name, theirs)).body.content["status"]).toBe("handed-off");
    await expect.poll(handed, soon).toBe(time);
    const back = message("TASK", { source: theirs, target: ours }, { message: "Do it", taskId: name });
    await dispatcher.send("tasks", JSON.stringify(back));
  }
});

it("a task that is too long to be handed on stays where it is", async () => {
  const from = `${name}-ours`;
  await around.agent(bridgeId, from, { model: "echo/echo-60000" });
  const task = message("TASK", { source: "dispatcher", target: from }, { message: "Do it", taskId: name });
  const room = 1_048_570 - JSON.stringify(task).length;
  Object.assign(task.body.metadata, { filler: "f".repeat(room - ',"filler":""'.length) });
  await dispatcher.send("tasks", JSON.stringify(task));
  await expect.poll(() => statusOf(from, name), soon).toBe("running");
  const refused = await handOff(from, name, "somebody-else");
  expect(refused.body.content).toMatchObject({
    status: "refused",
    error: "The task is too long to be handed on",
  });
  expect(await statusOf(from, name)).toBe("running");
  await cancel(from, name);
  expect((await resultOf(name))?.header.source).toBe(from);
});

it("a cancel finds its task where it was handed to, and one that comes before its task holds", async () => {
  const [a, b] = [`${name}-a`, `${name}-b`];
  for (const id of [a, b]) {
    await around.agent(bridgeId, id);
    await act(id, "pause");
  }
  const moved = `${name}-moved`;
  await dispatcher.task("Do it", { id: moved, target: a });
  await expect.poll(() => statusOf(a, moved), soon).toBe("queued");
  await handOff(a, moved, b);
  await dispatcher.coordinate({ type: "cancel", taskId: moved, target: a });
  expect((await resultOf(moved))?.body.content["status"]).toBe("cancelled");
  const early = `${name}-early`;
  await dispatcher.coordinate({ type: "cancel", taskId: early });
  await aWhile(1_000);
  await dispatcher.task("Do it", { id: early, target: a });
  expect((await resultOf(early))?.body.content["status"]).toBe("cancelled");
});

it("a cancel finds its task where it waits for the agent that it is handed to", async () => {
  const [a, b] = [`${name}-a`, `${name}-b`];
  for (const id of [a, b]) await around.agent(bridgeId, id);
  await act(a, "pause");
  await act(b, "drain");
  await dispatcher.task("Do it", { id: name, target: a });
  await expect.poll(() => statusOf(a, name), soon).toBe("queued");
  const content = { message: "do", command: "handoff", taskId: name, to: b };
  await dispatcher.coordinate(message("SYSTEM", { source: "dispatcher", target: a }, content));
  await expect.poll(() => statusOf(a, name), soon).toBe("handed-back");
  await dispatcher.coordinate({ type: "cancel", taskId: name });
  // Answered when what was said before it has been read.
  await command(b, { command: "ping" });
  // It takes tasks again, and begins none.
  await act(b, "pause");
  expect((await resultOf(name))?.body.content["status"]).toBe("cancelled");
});

it("a deadline that has passed is one", async () => {
  const id = `${name}-ours`;
  await around.agent(bridgeId, id);
  await dispatcher.task("Too late", { id: name, target: id, more: { deadline: "2026-01-01T00:00:00Z" } });
  expect((await resultOf(name))?.body.content).toMatchObject({
    status: "failed",
    error: "The deadline passed.",
  });
  expect(around.model.asked).not.toContain("Too late");
});

it("a task for a capability waits for the one agent that has it, be it paused, inactive or draining", async () => {
  for (const state of ["pause", "drain", "inactive"] as const) {
    const [id, capability] = [`${name}-${state}`, `${name}-can-${state}`];
    await around.agent(bridgeId, id, { capabilities: [capability] });
    if (state === "inactive") {
      const client = around.redis.client();
      const key = `agent:${id}:state`;
      await expect.poll(() => client.exists(key), soon).toBe(1);
      const known = JSON.parse((await client.get(key)) ?? "{}") as Record<string, unknown>;
      await client.set(key, JSON.stringify({ ...known, status: "inactive" }));
      await expect.poll(async () => (await card(id)).state.status, soon).toBe("inactive");
    } else await act(id, state);
    const task = `${name}-task-${state}`;
    await dispatcher.task("Do it", { id: task, capability });
    await aWhile(1_000);
    expect(dispatcher.resultsOf(task)).toEqual([]);
    await act(id, "resume");
    expect((await resultOf(task))?.header.source).toBe(id);
  }
});

it("commands are obeyed in a canary, however small its share", async () => {
  const id = `${name}-canary`;
  await around.agent(bridgeId, id, { mode: "legacy" });
  const to = { mode: "canary", percent: 1, legacyChannels: "private", force: true } as const;
  await around.api.migrate(bridgeId, id, to);
  for (let time = 0; time < 10; time += 1) {
    expect((await command(id, { command: "ping" })).body.content).toMatchObject({ message: "pong" });
  }
  await command(id, { command: "pause" });
  expect((await card(id)).activity).toBe("paused");
});

it("an update of capabilities that is none changes nothing, and is said to be none", async () => {
  const id = `${name}-able`;
  await around.agent(bridgeId, id, { capabilities: ["one", "two"] });
  for (const capabilities of [undefined, "all", Array.from({ length: 5_000 }, (_, at) => `c-${at}`), [""]]) {
    const answer = await command(id, { command: "capability_update", capabilities });
    expect(answer.body.content["status"]).toBe("not-understood");
  }
  expect((await card(id)).state.capabilities).toEqual(["one", "two"]);
  await dispatcher.coordinate({ type: "capability_update", capabilities: ["of-whom"] });
  await command(id, { command: "ping" });
  expect(await around.api.deadLetters(bridgeId)).toEqual([]);
});
