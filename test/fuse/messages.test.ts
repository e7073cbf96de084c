/** Every message of the existing system, answered as docs/fuse.md says. */
import type { Execution } from "@orrery/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { message, messageOf } from "./peers/message.ts";
import type { Message, MessageType } from "./peers/message.ts";
import { aWhile, begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const header = (type: MessageType, source: string, target: string, priority = "MEDIUM") => ({
  source,
  target,
  type,
  version: "2.0.0",
  priority,
});

describe.each(["pubsub", "streams"] as const)("over %s", (mode) => {
  let around: Surroundings;
  let dispatcher: Dispatcher;
  let bridgeId: string;

  beforeAll(async () => {
    around = await begin();
    bridgeId = await around.bridge({ channels: channelsIn(mode) });
    await around.agent(bridgeId, "writer", { capabilities: ["writing"] });
    await around.agent(bridgeId, "slow", { model: "echo/echo-3000", capabilities: ["dreaming"] });
    dispatcher = await around.dispatcher({ mode });
  });
  afterAll(() => around.stop());

  /** The first answer of a type that is about a task or to a message. */
  const answer = async (type: MessageType, fits: (message: Message) => boolean): Promise<Message> => {
    const isIt = (found: Message | null): found is Message =>
      found !== null && found.header.type === type && found.header.source !== "dispatcher" && fits(found);
    const { value } = await dispatcher.find((heard) => isIt(messageOf(heard.value)));
    return value as Message;
  };

  it(requirement("fuse-messages", `TASK, ${mode}`), async () => {
    await dispatcher.task("Write a line", { id: "t-1", target: "writer", priority: "HIGH" });
    const accepted = await answer("ACKNOWLEDGMENT", ({ body }) => body.content["taskId"] === "t-1");
    expect(accepted.header).toEqual(header("ACKNOWLEDGMENT", "writer", "dispatcher", "HIGH"));
    const result = await dispatcher.result("t-1");
    expect(result["header"]).toEqual(header("TASK", "writer", "dispatcher", "HIGH"));
    expect(messageOf(result)?.body).toMatchObject({
      content: { taskId: "t-1", status: "completed", result: echoOf("Write a line") },
      metadata: { in_reply_to: "t-1", version: "2.0.0" },
    });
  });

  it(requirement("fuse-messages", `a task that comes again, ${mode}`), async () => {
    for (let time = 0; time < 5; time += 1) await dispatcher.task("Once", { id: "t-2", target: "writer" });
    await dispatcher.result("t-2");
    await dispatcher.task("Once", { id: "t-2", target: "writer" });
    await aWhile();
    expect(dispatcher.resultsOf("t-2")).toHaveLength(1);
    expect(around.model.asked.filter((input) => input === "Once")).toHaveLength(1);
  });

  it(requirement("fuse-messages", `CONVERSATION, ${mode}`), async () => {
    const say = (text: string): Promise<void> => {
      const turn = message(
        "CONVERSATION",
        { source: "dispatcher", target: "writer" },
        {
          message: text,
          conversationId: `talk-${mode}`,
        },
      );
      return dispatcher.send("tasks", JSON.stringify(turn));
    };
    const answered = (text: string) => answer("CONVERSATION", ({ body }) => body.content["message"] === text);
    await say("Are you there?");
    await say("And still?");
    expect((await answered(echoOf("Are you there?"))).body.content["conversationId"]).toBe(`talk-${mode}`);
    await answered(echoOf("And still?"));
    const tasks = await around.api.tasks(bridgeId, "writer");
    const executions = await Promise.all(
      tasks
        .filter(({ id }) => !id.startsWith("t-"))
        .map(({ executionId }) => around.api.request<Execution>("GET", `/executions/${executionId}`)),
    );
    expect(executions).toHaveLength(2);
    expect(new Set(executions.map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  it(requirement("fuse-messages", `a bare task of older peers, ${mode}`), async () => {
    await dispatcher.bareTask({ id: "b-1", agentId: "writer", payload: "Write a line", colour: "red" });
    expect(await dispatcher.result("b-1")).toEqual({ taskId: "b-1", result: echoOf("Write a line") });
    await dispatcher.bareTask({ id: 7, type: "writing", payload: { message: "By a number" } });
    expect(await dispatcher.result("7")).toEqual({ taskId: 7, result: echoOf("By a number") });
  });

  it(requirement("fuse-messages", `SYSTEM ping, ${mode}`), async () => {
    await dispatcher.coordinate(
      message("SYSTEM", { source: "dispatcher", target: "writer" }, { command: "ping", message: "ping" }),
    );
    const pong = await answer("STATUS", ({ header: { source } }) => source === "writer");
    expect(pong.header.target).toBe("dispatcher");
    expect(pong.body.content).toMatchObject({ message: "pong", status: "active" });
  });

  it(requirement("fuse-messages", `SYSTEM pause and resume, ${mode}`), async () => {
    const command = (name: string): Promise<void> =>
      dispatcher.coordinate(
        message("SYSTEM", { source: "dispatcher", target: "writer" }, { command: name, message: name }),
      );
    const activity = async (): Promise<string> => (await around.api.agent(bridgeId, "writer")).activity;
    await command("pause");
    await expect.poll(activity).toBe("paused");
    await answer("ACKNOWLEDGMENT", ({ body }) => body.content["status"] === "paused");
    await dispatcher.task("While paused", { id: "t-paused", target: "writer" });
    await aWhile();
    expect(dispatcher.resultsOf("t-paused")).toEqual([]);
    await command("resume");
    await expect.poll(activity).toBe("running");
    await dispatcher.result("t-paused");
    await answer("ACKNOWLEDGMENT", ({ body }) => body.content["status"] === "running");
  });

  it(requirement("fuse-messages", `IMPROVEMENT, ${mode}`), async () => {
    await dispatcher.coordinate(
      message("IMPROVEMENT", { source: "dispatcher", target: "writer" }, { message: "Be brief." }),
    );
    const kept = await answer(
      "ACKNOWLEDGMENT",
      ({ header: { source }, body }) => source === "writer" && body.content["status"] === "recorded",
    );
    expect(kept.header.target).toBe("dispatcher");
  });

  it(requirement("fuse-messages", `STATUS and ACKNOWLEDGMENT, ${mode}`), async () => {
    const own = (): Message[] =>
      dispatcher.heard.flatMap(({ value }) => {
        const found = messageOf(value);
        return found && ["writer", "slow"].includes(found.header.source) ? [found] : [];
      });
    const before = own().length;
    for (const type of ["STATUS", "ACKNOWLEDGMENT"] as const) {
      await dispatcher.coordinate(
        message(type, { source: "dispatcher", target: "writer" }, { message: "fine", status: "active" }),
      );
    }
    await aWhile();
    expect(own()).toHaveLength(before);
  });

  it(requirement("fuse-messages", `capability_update, ${mode}`), async () => {
    await dispatcher.coordinate({ type: "capability_update", agentId: "writer", capabilities: ["rhyming"] });
    await expect
      .poll(async () => (await around.api.agent(bridgeId, "writer")).state.capabilities)
      .toEqual(["rhyming"]);
    await dispatcher.task("Rhyme", { id: "t-rhyme", capability: "rhyming" });
    const result = messageOf(await dispatcher.result("t-rhyme"));
    expect(result?.header.source).toBe("writer");
  });

  it(requirement("fuse-messages", `progress, cancel and deadline, ${mode}`), async () => {
    await dispatcher.task("Dream", { id: "t-slow", target: "slow" });
    await dispatcher.task("Dream too", { id: "t-cancelled", target: "slow" });
    await dispatcher.task("Dream fast", { id: "t-late", target: "slow", more: { timeoutMs: 500 } });
    await answer("ACKNOWLEDGMENT", ({ body }) => body.content["taskId"] === "t-cancelled");
    await dispatcher.coordinate(
      message(
        "SYSTEM",
        { source: "dispatcher", target: "slow" },
        { command: "cancel", taskId: "t-cancelled" },
      ),
    );
    const outcome = async (id: string): Promise<unknown> =>
      messageOf(await dispatcher.result(id))?.body.content["status"];
    expect(await outcome("t-cancelled")).toBe("cancelled");
    expect(await outcome("t-late")).toBe("failed");
    const progress = await answer("STATUS", ({ body }) => body.content["taskId"] === "t-slow");
    expect(progress.body.content).toMatchObject({ status: "running" });
    expect(await outcome("t-slow")).toBe("completed");
    await aWhile();
    for (const id of ["t-slow", "t-cancelled", "t-late"]) expect(dispatcher.resultsOf(id)).toHaveLength(1);
  });

  it(requirement("fuse-messages", `what a message holds beyond the format, ${mode}`), async () => {
    const task = message(
      "TASK",
      { source: "dispatcher", target: "writer" },
      { message: "Keep it", taskId: "t-more" },
    );
    Object.assign(task.header, { trace: "abc" });
    Object.assign(task.body.metadata, { correlation: "c-9" });
    await dispatcher.send("tasks", JSON.stringify({ ...task, extension: true }));
    const result = messageOf(await dispatcher.result("t-more"));
    expect(result?.body.metadata).toMatchObject({ correlation: "c-9" });
  });

  it(requirement("fuse-messages", `nothing for those who are not here, ${mode}`), async () => {
    await dispatcher.task("For another", { id: "t-foreign", target: "somebody-else" });
    await aWhile();
    expect(dispatcher.resultsOf("t-foreign")).toEqual([]);
    expect(await around.api.deadLetters(bridgeId)).toEqual([]);
  });
});
