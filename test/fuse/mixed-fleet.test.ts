/** Agents that were here before beside ours, on the same channels. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { echoOf } from "./echo-model.ts";
import { startExistingAgent } from "./peers/existing-agent.ts";
import type { ExistingAgent, ExistingAgentOptions } from "./peers/existing-agent.ts";
import { messageOf } from "./peers/message.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const oldAnswer = (input: string): string => `The existing one heard: ${input}`;

describe.each(["pubsub", "streams"] as const)("over %s", (mode) => {
  let around: Surroundings;
  const existing: ExistingAgent[] = [];

  beforeAll(async () => {
    around = await begin();
    const start = async (options: Omit<ExistingAgentOptions, "answer">): Promise<void> => {
      existing.push(await startExistingAgent(around.redis, { ...options, mode, answer: oldAnswer }));
    };
    await start({ id: "alpha" });
    await start({ id: "beta", takesMs: 20 });
    await start({ id: "omega", form: "bare" });
    const bridgeId = await around.bridge({ channels: channelsIn(mode) });
    for (const id of ["writer", "reader"]) await around.agent(bridgeId, id);
  });
  afterAll(async () => {
    for (const agent of existing) await agent.stop();
    await around.stop();
  });

  it(requirement("fuse-mixed-fleet", mode), async () => {
    const dispatcher = await around.dispatcher({ mode });
    const targets = ["alpha", "beta", "writer", "reader"];
    const tasks = Array.from({ length: 80 }, (_, index) => ({
      id: `mixed-${index}`,
      target: targets[index % targets.length] ?? "writer",
    }));
    const bare = Array.from({ length: 40 }, (_, index) => ({
      id: `bare-${index}`,
      agentId: index % 2 === 0 ? "omega" : "writer",
    }));
    await Promise.all([
      ...tasks.map((task) => dispatcher.task(`Do ${task.id}`, task)),
      ...bare.map((task) => dispatcher.bareTask({ ...task, payload: `Do ${task.id}` })),
    ]);
    const answerOf = (agent: string, input: string): string =>
      ["alpha", "beta", "omega"].includes(agent) ? oldAnswer(input) : echoOf(input);
    for (const { id, target } of tasks) {
      const result = messageOf(await dispatcher.result(id));
      expect(result?.header).toMatchObject({ source: target, target: "dispatcher" });
      expect(result?.body.content["result"]).toBe(answerOf(target, `Do ${id}`));
    }
    for (const { id, agentId } of bare) {
      expect(await dispatcher.result(id)).toMatchObject({
        taskId: id,
        result: answerOf(agentId, `Do ${id}`),
      });
    }
    await aWhile();
    for (const { id } of [...tasks, ...bare]) expect(dispatcher.resultsOf(id)).toHaveLength(1);
  });

  it(requirement("fuse-mixed-fleet", `what is known of both is in the same keys, ${mode}`), async () => {
    const client = around.redis.client();
    for (const id of ["alpha", "writer"]) {
      await expect.poll(() => client.get(`agent:${id}:status`), { timeout: 15_000 }).toBe("active");
      const beatAt = async (): Promise<number> =>
        Date.parse((await client.get(`agent:${id}:heartbeat`)) ?? "");
      await expect.poll(beatAt, { timeout: 15_000 }).toBeGreaterThan(0);
      expect(await client.pttl(`agent:${id}:heartbeat`)).toBeGreaterThan(0);
      const state = async (): Promise<unknown> =>
        JSON.parse((await client.get(`agent:${id}:state`)) ?? "null");
      await expect.poll(state, { timeout: 15_000 }).toMatchObject({ id, status: "active" });
      await expect
        .poll(async () => Number(await client.hget("monitor:msg_count", id)), { timeout: 15_000 })
        .toBeGreaterThanOrEqual(20);
      expect(await client.hexists("monitor:response_time", id)).toBe(1);
    }
  });
});
