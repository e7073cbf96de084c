/** Agents that take nothing, or answer with what nobody can sign: what that means for those beside them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { message } from "./peers/message.ts";
import { begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

let around: Surroundings;
beforeAll(async () => {
  around = await begin();
});
afterAll(() => around.stop());

describe("an agent that drains", () => {
  it("has its tasks wait in their stream, and hears that it is to go on", async () => {
    const bridgeId = await around.bridge({ channels: channelsIn("streams") });
    await around.agent(bridgeId, "drains");
    await around.agent(bridgeId, "works");
    const dispatcher = await around.dispatcher({ mode: "streams" });
    const say = (command: string): Promise<void> =>
      dispatcher.send(
        "coordination",
        JSON.stringify(message("SYSTEM", { source: "dispatcher", target: "drains" }, { command })),
      );
    await say("drain");
    await dispatcher.find(({ value }) => JSON.stringify(value).includes("draining"));
    const ids = Array.from({ length: 600 }, (_, index) => `waits-${index}`);
    for (const id of ids) await dispatcher.task("Later", { id, target: "drains" });
    await dispatcher.task("Now", { id: "now", target: "works" });
    await dispatcher.result("now");
    expect(ids.filter((id) => dispatcher.resultsOf(id).length > 0)).toEqual([]);
    await say("resume");
    for (const id of ids) await dispatcher.result(id);
    expect((await around.api.bridge(bridgeId)).status).toMatchObject({ deadLetters: 0 });
    await around.api.request("DELETE", `/bridges/${bridgeId}`);
  });
});

describe("what comes when an agent goes on", () => {
  it("is taken behind what has waited for it", async () => {
    const bridgeId = await around.bridge({ channels: channelsIn("streams") });
    await around.agent(bridgeId, "goes-on");
    const dispatcher = await around.dispatcher({ mode: "streams" });
    await around.api.request("POST", `/fuse/agents/${bridgeId}/goes-on/drain`);
    const waiting = Array.from({ length: 20 }, (_, index) => `waited-${index}`);
    for (const id of waiting) await dispatcher.task("First", { id, target: "goes-on" });
    const pending = async () =>
      (await around.api.bridge(bridgeId)).status.channels.find(({ role }) => role === "tasks")?.pending;
    await expect.poll(pending, { timeout: 20_000 }).toBe(20);
    const resume = message("SYSTEM", { source: "dispatcher", target: "goes-on" }, { command: "resume" });
    await dispatcher.send("tasks", JSON.stringify(resume));
    await dispatcher.task("Then", { id: "new", target: "goes-on" });
    const all = [...waiting, "new"];
    for (const id of all) await dispatcher.result(id);
    const accepted = dispatcher
      .ofType("ACKNOWLEDGMENT")
      .flatMap(({ body }) => (body.content["status"] === "accepted" ? [body.content["taskId"]] : []));
    expect(accepted.filter((id) => all.includes(String(id)))).toEqual(all);
    await around.api.request("DELETE", `/bridges/${bridgeId}`);
  });
});

describe("a task with half of a character in it", () => {
  it("is answered on a channel that signs, and so are those that follow", async () => {
    const { coordination, tasks, results } = channelsIn("pubsub");
    const signing = "accept" as const;
    const bridgeId = await around.bridge({
      channels: {
        coordination: { ...coordination, signing },
        tasks: { ...tasks, signing },
        results: { ...results, signing },
      },
    });
    await around.agent(bridgeId, "signs");
    const dispatcher = await around.dispatcher({ mode: "pubsub" });
    const task = message(
      "TASK",
      { source: "dispatcher", target: "signs" },
      { message: "Half: \ud800", taskId: "half" },
    );
    const metadata = { ...task.body.metadata, trace: "\udbff" };
    await dispatcher.send("tasks", JSON.stringify({ ...task, body: { ...task.body, metadata } }));
    await dispatcher.result("half");
    await dispatcher.task("Whole", { id: "whole", target: "signs" });
    await dispatcher.result("whole");
    expect((await around.api.bridge(bridgeId)).status).toMatchObject({ outbox: 0, state: "connected" });
  });
});
