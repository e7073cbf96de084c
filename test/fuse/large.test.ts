/** Tasks and answers that are as large as a message may be, and more of them than one call carries. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { message, messageOf } from "./peers/message.ts";
import type { Message } from "./peers/message.ts";
import { begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

/** Characters that a message may have. */
const messageLimit = 1_048_576;

let around: Surroundings;
let dispatcher: Dispatcher;
let bridgeId: string;
beforeAll(async () => {
  around = await begin();
  bridgeId = await around.bridge({ channels: channelsIn("streams") });
  await around.agent(bridgeId, "writer");
  dispatcher = await around.dispatcher({ mode: "streams" });
});
afterAll(() => around.stop());

const contentOf = async (id: string): Promise<Message["body"]["content"] | undefined> =>
  messageOf(await dispatcher.result(id, 60_000))?.body.content;

it("a plan whose steps give more than a message holds is answered without them, and the agent goes on", async () => {
  const plan = [
    { name: "long", prompt: "x".repeat(180_000) },
    ...Array.from({ length: 6 }, () => ({ prompt: "{{steps.long}}" })),
  ];
  await dispatcher.task("A plan", { id: "plan", target: "writer", more: { plan } });
  const content = await contentOf("plan");
  expect(content).toMatchObject({ status: "completed" });
  expect(content).not.toHaveProperty("steps");
  expect(String(content?.["result"])).toHaveLength(echoOf(echoOf("x".repeat(180_000))).length);
  await dispatcher.task("After it", { id: "after-plan", target: "writer" });
  expect((await contentOf("after-plan"))?.["result"]).toBe(echoOf("After it"));
});

it("an answer that no message has room for says so, and the agent goes on", async () => {
  const plan = [
    { name: "long", prompt: "y".repeat(300_000) },
    // Two bytes a letter: what a prompt has room for, and a message has not.
    { prompt: `{{steps.long}}{{steps.long}}${"é".repeat(380_000)}` },
  ];
  await dispatcher.task("A plan", { id: "too-large", target: "writer", more: { plan } });
  expect(await contentOf("too-large")).toMatchObject({
    status: "failed",
    error: "The result is too large for a message.",
  });
  await dispatcher.task("After it", { id: "after-large", target: "writer" });
  expect((await contentOf("after-large"))?.["result"]).toBe(echoOf("After it"));
});

it("a task that is as large as a message may be is accepted and answered, with what there is room for", async () => {
  const task = message("TASK", { source: "dispatcher", target: "writer" }, { message: "Hi", taskId: "full" });
  Object.assign(task.body.metadata, { correlation: "c-1", filler: "" });
  const filler = "f".repeat(messageLimit - 6 - JSON.stringify(task).length);
  Object.assign(task.body.metadata, { filler });
  expect(JSON.stringify(task)).toHaveLength(1_048_570);
  await dispatcher.send("tasks", JSON.stringify(task));
  const result = messageOf(await dispatcher.result("full", 60_000));
  expect(result?.body).toMatchObject({
    content: { status: "completed", result: echoOf("Hi") },
    metadata: { correlation: "c-1", in_reply_to: "full" },
  });
  const accepted = dispatcher.ofType("ACKNOWLEDGMENT").find(({ body }) => body.content["taskId"] === "full");
  expect(accepted?.body.metadata).toMatchObject({ correlation: "c-1" });
  await dispatcher.task("After it", { id: "after-full", target: "writer" });
  expect((await contentOf("after-full"))?.["result"]).toBe(echoOf("After it"));
});

it("more unfinished tasks than one call carries are handed back, all of them", async () => {
  await around.agent(bridgeId, "collector");
  await around.api.request("POST", `/fuse/agents/${bridgeId}/collector/pause`);
  const ids = Array.from({ length: 45 }, (_, index) => `back-${index}`);
  for (const id of ids) {
    await dispatcher.task("z".repeat(1_000_000), { id, target: "collector" });
  }
  const queued = async () => (await around.api.agent(bridgeId, "collector")).tasks.queued;
  await expect.poll(queued, { timeout: 60_000 }).toBe(ids.length);
  const { handedBack } = await around.api.migrate(bridgeId, "collector", { mode: "legacy" });
  expect(handedBack).toBe(ids.length);
  const migrating = async () => (await around.api.agent(bridgeId, "collector")).migrating;
  await expect.poll(migrating, { timeout: 60_000 }).toBe(false);
  const asked = (id: string): number =>
    dispatcher.heard.filter(({ value }) => {
      const { header, body } = messageOf(value) ?? {};
      return header?.target === "collector" && header.type === "TASK" && body?.content["taskId"] === id;
    }).length;
  // Once by whoever asked, and once as it was handed back.
  await expect.poll(() => ids.filter((id) => asked(id) !== 2), { timeout: 30_000 }).toEqual([]);
});
