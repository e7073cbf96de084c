/** A model server that none of us wrote: an agent moves to it by its model's name alone. */
import { LLMock } from "@copilotkit/aimock";
import { MessageBuilder, createClient, textOf } from "@orrery/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { requirement } from "./requirements.ts";

const server = new LLMock({ port: 0 });
let platform: Platform;

beforeAll(async () => {
  await server.start();
  platform = await startPlatform({
    env: { MODEL_SERVERS: JSON.stringify({ lab: { baseUrl: `${server.url}/v1` } }) },
  });
});
afterAll(async () => {
  await platform.stop();
  await server.stop();
});

it(requirement("model-by-name"), async () => {
  const client = createClient({ baseUrl: platform.url, token: platform.token });
  const agent = await client.agents.create({ name: "Moves" });
  expect((await client.executions.create(agent.id, "What is 6 times 7?")).model).toBe("offline/extract");

  const usage = { prompt_tokens: 120, completion_tokens: 45, total_tokens: 165 };
  const answer = "Six times seven is forty-two. ".repeat(8).trim();
  server.on({ userMessage: "6 times 7", hasToolResult: true }, { content: answer, usage }, { chunkSize: 6 });
  server.on(
    { userMessage: "6 times 7", hasToolResult: false },
    { toolCalls: [{ id: "call_1", name: "calculate", arguments: '{"expression":"6 * 7"}' }], usage },
  );
  await client.agents.update(agent.id, { model: "lab/some-model" });

  const stream = await client.executions.stream(agent.id, "What is 6 times 7?");
  const builder = new MessageBuilder();
  let deltas = 0;
  for await (const chunk of stream) {
    builder.add(chunk);
    if (chunk.type === "text-delta") deltas += 1;
  }
  const execution = await stream.final();
  expect(execution).toMatchObject({ status: "completed", model: "lab/some-model", output: answer });
  expect(textOf(builder.message)).toBe(answer);
  expect(deltas).toBeGreaterThan(0);
  expect(execution.toolCalls).toMatchObject([
    { id: "call_1", name: "calculate", input: { expression: "6 * 7" } },
  ]);
  expect(JSON.stringify(execution.toolCalls[0]?.output)).toContain("42");
  // Both steps together.
  expect(execution.usage).toMatchObject({ inputTokens: 240, outputTokens: 90 });
});

it("a model server that fails is reported as such, and the next turn may try again", async () => {
  const client = createClient({ baseUrl: platform.url, token: platform.token });
  const agent = await client.agents.create({ name: "Unlucky", model: "lab/some-model" });
  server.onMessage("break", {
    error: { message: "that model is not loaded", type: "invalid_request_error" },
    status: 404,
  });
  const execution = await client.executions.create(agent.id, "break");
  expect(execution).toMatchObject({ status: "failed", error: { code: "upstream_failed", retryable: false } });
  expect(execution.error?.message).toContain("that model is not loaded");
});
