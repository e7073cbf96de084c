/** Existing agents on channels of their own: all that they are asked and all that they say passes the bridge. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { startExistingAgent } from "./peers/existing-agent.ts";
import type { ExistingAgent } from "./peers/existing-agent.ts";
import { message, messageOf } from "./peers/message.ts";
import type { Message } from "./peers/message.ts";
import { openWire } from "./peers/wire.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const oldAnswer = (input: string): string => `The existing one heard: ${input}`;

describe.each(["pubsub", "streams"] as const)("over %s", (mode) => {
  let around: Surroundings;
  let dispatcher: Dispatcher;
  let bridgeId: string;
  const existing: ExistingAgent[] = [];
  const results = "AI_RESULT_CHANNEL:legacy:solo";

  beforeAll(async () => {
    around = await begin();
    bridgeId = await around.bridge({ channels: channelsIn(mode) });
    dispatcher = await around.dispatcher({ mode });
    await around.agent(bridgeId, "solo", { mode: "legacy", capabilities: ["sums"] });
    await around.api.migrate(bridgeId, "solo", { mode: "shadow", legacyChannels: "private" });
    const channels = { tasks: "AI_TASK_CHANNEL:legacy:solo", results };
    existing.push(await startExistingAgent(around.redis, { id: "solo", mode, channels, answer: oldAnswer }));
  });
  afterAll(async () => {
    for (const agent of existing) await agent.stop();
    await around.stop();
  });

  it("a task for whoever can do it reaches one that is compared, and is compared", async () => {
    await dispatcher.task("2 + 2", { id: "open", capability: "sums" });
    const handed = async (): Promise<boolean> =>
      (await around.api.tasks(bridgeId, "solo")).some(({ id, shadow }) => id === "open" && shadow);
    await expect.poll(handed, { timeout: 10_000 }).toBe(true);
    const handedOn = async (): Promise<boolean> => {
      const client = around.redis.client();
      return mode === "pubsub" || (await client.xlen("AI_TASK_CHANNEL:legacy:solo")) === 1;
    };
    await expect.poll(handedOn, { timeout: 10_000 }).toBe(true);
    // The existing agent of these tests answers what names it alone: here it is another that does.
    const said = message(
      "TASK",
      { source: "solo", target: "dispatcher" },
      { taskId: "open", message: "4", result: "4" },
    );
    const wire = openWire(around.redis, mode);
    await wire.send(results, JSON.stringify(said));
    const answer = messageOf(await dispatcher.result("open"));
    expect(answer?.body.content["result"]).toBe("4");
    const compared = async () => (await around.api.agent(bridgeId, "solo")).shadow.compared;
    await expect.poll(compared, { timeout: 10_000 }).toBe(1);
    await aWhile();
    expect(dispatcher.resultsOf("open")).toHaveLength(1);
    wire.close();
  });

  it("whatever an existing agent says by its channel comes to the shared one, once", async () => {
    const wire = openWire(around.redis, mode);
    const from = { source: "solo", target: "dispatcher" };
    const inMetadata = message("TASK", from, { message: "5", result: "5" });
    Object.assign(inMetadata.body.metadata, { task_id: "in-metadata" });
    const said: (Message | Record<string, unknown>)[] = [
      message("CONVERSATION", from, { message: "Good morning", conversationId: "c-1" }),
      message("STATUS", from, { message: "half done", taskId: "elsewhere", status: "running" }),
      message("ACKNOWLEDGMENT", from, { message: "accepted", taskId: "elsewhere" }),
      inMetadata,
      { note: "of a kind that nobody thought of", from: "solo" },
    ];
    for (const one of said) await wire.send(results, JSON.stringify(one));
    const heard = (one: unknown): number =>
      dispatcher.heard.filter(({ channel, value }) => {
        if (channel !== "AI_RESULT_CHANNEL") return false;
        return JSON.stringify(value) === JSON.stringify(one);
      }).length;
    for (const one of said) await expect.poll(() => heard(one), { timeout: 10_000 }).toBe(1);
    await aWhile();
    expect(said.map(heard)).toEqual([1, 1, 1, 1, 1]);
    wire.close();
  });
});
