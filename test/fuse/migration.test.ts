/** Agents that move here one at a time and back, while the others, and they themselves, know nothing of it. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { startExistingAgent } from "./peers/existing-agent.ts";
import type { ExistingAgent, ExistingAgentOptions } from "./peers/existing-agent.ts";
import { messageOf } from "./peers/message.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const oldAnswer = (input: string): string => `The existing one heard: ${input}`;
/** As docs/fuse.md has it: whether a task is among the share of a canary. */
const isInShare = (taskId: string, percent: number): boolean =>
  createHash("sha256").update(taskId).digest().readUInt32BE(0) % 100 < percent;

describe.each(["pubsub", "streams"] as const)("over %s", (mode) => {
  let around: Surroundings;
  let dispatcher: Dispatcher;
  let bridgeId: string;
  const existing = new Set<ExistingAgent>();

  beforeAll(async () => {
    around = await begin();
    bridgeId = await around.bridge({ channels: channelsIn(mode) });
    dispatcher = await around.dispatcher({ mode });
  });
  afterEach(async () => {
    for (const agent of existing) await agent.stop();
    existing.clear();
  });
  afterAll(() => around.stop());

  const start = async (options: Omit<ExistingAgentOptions, "answer" | "mode">): Promise<ExistingAgent> => {
    const agent = await startExistingAgent(around.redis, { ...options, mode, answer: oldAnswer });
    existing.add(agent);
    return agent;
  };
  const ask = async (target: string, ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map((id) => dispatcher.task(`Do ${id}`, { id, target })));
  };
  const answerOf = async (id: string): Promise<unknown> =>
    messageOf(await dispatcher.result(id))?.body.content["result"];
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const once = (ids: readonly string[]): void => {
    expect(ids.filter((id) => dispatcher.resultsOf(id).length !== 1)).toEqual([]);
  };
  const privately = (id: string) => ({
    tasks: `AI_TASK_CHANNEL:legacy:${id}`,
    results: `AI_RESULT_CHANNEL:legacy:${id}`,
  });

  it(requirement("fuse-shadow", mode), async () => {
    await start({ id: "shadowed" });
    await around.agent(bridgeId, "shadowed", { mode: "legacy" });
    await around.api.migrate(bridgeId, "shadowed", { mode: "shadow" });
    const ids = names("shadow", 10);
    await ask("shadowed", ids);
    for (const id of ids) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    const compared = async () => (await around.api.agent(bridgeId, "shadowed")).shadow.compared;
    await expect.poll(compared, { timeout: 10_000 }).toBe(10);
    for (const id of ids) expect(around.model.asked).toContain(`Do ${id}`);
    const differences = await around.api.differences(bridgeId, "shadowed");
    expect(differences.map(({ taskId }) => taskId).toSorted()).toEqual(ids.toSorted());
    expect(differences.every(({ same, orrery }) => !same && orrery.preview.startsWith("Heard: "))).toBe(true);
    once(ids);
  });

  it(requirement("fuse-take-over", mode), async () => {
    const old = await start({ id: "stopped" });
    await around.agent(bridgeId, "stopped", { mode: "legacy" });
    const before = names("before", 5);
    await ask("stopped", before);
    for (const id of before) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    await expect(around.api.migrate(bridgeId, "stopped", { mode: "orrery" })).rejects.toThrow("409");
    await old.stop();
    existing.delete(old);
    await around.api.migrate(bridgeId, "stopped", { mode: "orrery" });
    const after = names("after", 5);
    await ask("stopped", after);
    for (const id of after) expect(await answerOf(id)).toBe(echoOf(`Do ${id}`));
    const client = around.redis.client();
    const owner = JSON.parse((await client.get("agent:stopped:owner")) ?? "{}") as Record<string, unknown>;
    expect(owner).toMatchObject({ owner: "orrery" });
    expect(owner["token"]).toBe(Number(await client.get("{agent:stopped:owner}:fence")));
    once([...before, ...after]);
  });

  it(requirement("fuse-roll-back", `to shared channels, ${mode}`), async () => {
    const before = await start({ id: "returned" });
    await before.stop();
    existing.delete(before);
    await around.agent(bridgeId, "returned", { model: "echo/echo-4000" });
    await ask("returned", ["done-here"]);
    expect(await answerOf("done-here")).toBe(echoOf("Do done-here"));
    const ids = names("unfinished", 5);
    await ask("returned", ids);
    const running = async () => (await around.api.agent(bridgeId, "returned")).tasks.running;
    await expect.poll(running).toBe(5);
    // What is published is heard by who listens at the moment; a stream is read on from where one stopped.
    if (mode === "pubsub") await start({ id: "returned" });
    const { handedBack } = await around.api.migrate(bridgeId, "returned", { mode: "legacy" });
    expect(handedBack).toBe(5);
    if (mode === "streams") await start({ id: "returned" });
    for (const id of ids) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    await ask("returned", ["and-after"]);
    expect(await answerOf("and-after")).toBe(oldAnswer("Do and-after"));
    await aWhile(1_000);
    once(["done-here", ...ids, "and-after"]);
  });

  it(requirement("fuse-canary", mode), async () => {
    await around.agent(bridgeId, "shared", { mode: "legacy" });
    await around.api.migrate(bridgeId, "shared", {
      mode: "canary",
      percent: 40,
      legacyChannels: "private",
      force: true,
    });
    await start({ id: "shared", channels: privately("shared") });
    const ids = names(`canary-${mode}`, 60);
    await ask("shared", ids);
    const answers = await Promise.all(ids.map(answerOf));
    const expected = ids.map((id) => (isInShare(id, 40) ? echoOf(`Do ${id}`) : oldAnswer(`Do ${id}`)));
    expect(answers).toEqual(expected);
    await aWhile();
    once(ids);
  });

  it(requirement("fuse-roll-back", `at once to private channels, ${mode}`), async () => {
    await around.agent(bridgeId, "private", { mode: "legacy", model: "echo/echo-5000" });
    await start({ id: "private", channels: privately("private") });
    const to = (step: "shadow" | "orrery" | "legacy") =>
      around.api.migrate(bridgeId, "private", { mode: step, legacyChannels: "private", force: true });
    await to("shadow");
    const first = names("private-first", 5);
    await ask("private", first);
    for (const id of first) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    await to("orrery");
    const ours = names("private-ours", 5);
    await ask("private", ours);
    await expect.poll(async () => (await around.api.agent(bridgeId, "private")).tasks.running).toBe(5);
    expect((await to("legacy")).handedBack).toBe(5);
    for (const id of ours) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    const last = names("private-last", 5);
    await ask("private", last);
    for (const id of last) expect(await answerOf(id)).toBe(oldAnswer(`Do ${id}`));
    await aWhile(1_000);
    once([...first, ...ours, ...last]);
  });
});
