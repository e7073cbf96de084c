import { describe, expect, it } from "vitest";
import type { ProviderRequest } from "../../contract.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { collect } from "../../testing/steps.ts";
import { workersAIProvider, type WorkersAI } from "./index.ts";

const limits = { firstByteMs: 100_000, idleMs: 100_000 };

const ask = (binding: WorkersAI, more: Partial<ProviderRequest> = {}, clock = new ManualClock()) =>
  workersAIProvider(binding, { fetch, clock, limits }).stream({
    model: "@cf/meta/llama-4-scout-17b-16e-instruct",
    messages: [{ role: "user", content: "hi" }],
    tools: [],
    temperature: 0.2,
    maxTokens: 64,
    signal: new AbortController().signal,
    ...more,
  });

const answering = (answer: unknown): WorkersAI => ({ run: () => Promise.resolve(answer) });
const failing = (message: string): WorkersAI => ({ run: () => Promise.reject(new Error(message)) });

const streamOf = (...data: (object | string)[]): ReadableStream =>
  new Blob([
    data.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join(""),
  ]).stream();

describe("workersAIProvider", () => {
  it("reads the stream of older models", async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2 };
    const body = streamOf({ response: "he" }, { response: "llo" }, { response: "", usage }, "[DONE]");
    expect(await collect(ask(answering(body)))).toEqual([
      { type: "text", text: "hello" },
      { type: "finish", reason: "stop", usage: { inputTokens: 5, outputTokens: 2 } },
    ]);
  });

  it("reads the stream of newer models", async () => {
    const body = streamOf(
      { choices: [{ delta: { reasoning_content: "hm" } }] },
      { choices: [{ delta: { content: "hello" } }] },
      { choices: [{ delta: {}, finish_reason: "stop" }] },
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } },
      "[DONE]",
    );
    expect(await collect(ask(answering(body)))).toMatchObject([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "hello" },
      { type: "finish", reason: "stop", usage: { inputTokens: 5, outputTokens: 2 } },
    ]);
  });

  it("reads answers that were not streamed, with calls", async () => {
    const native = { response: null, tool_calls: [{ name: "f", arguments: { a: 1 } }] };
    const message = { content: "hi", tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }] };
    const chat = { choices: [{ message, finish_reason: "tool_calls" }] };
    expect(await collect(ask(answering(native)))).toMatchObject([
      { type: "tool-call", name: "f", input: { a: 1 } },
      { type: "finish", reason: "tool-calls" },
    ]);
    expect(await collect(ask(answering(chat)))).toMatchObject([
      { type: "text", text: "hi" },
      { type: "tool-call", id: "c", name: "f" },
      { type: "finish", reason: "tool-calls" },
    ]);
  });

  it("gives the binding what it documents", async () => {
    let given: unknown;
    const binding: WorkersAI = {
      run: (...all) => {
        given = all;
        return Promise.resolve({ response: "ok" });
      },
    };
    await collect(ask(binding, { system: "Be brief.", providerOptions: { seed: 7 } }));
    expect(given).toEqual([
      "@cf/meta/llama-4-scout-17b-16e-instruct",
      {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "hi" },
        ],
        temperature: 0.2,
        max_tokens: 64,
        stream: true,
        seed: 7,
      },
    ]);
  });

  it.each([
    ["3040: Capacity temporarily exceeded", "rate_limited", true],
    ["3036: you have used up your daily free allocation", "rate_limited", false],
    ["3046: Request timeout", "upstream_timeout", true],
    ["5007: No such model @cf/x/y", "upstream_failed", false],
    ["5006: Error: required properties at '/' are 'prompt'", "upstream_failed", false],
    ["internal error; reference = x", "upstream_failed", true],
  ])("knows what %j means", async (message, code, retryable) => {
    await expect(collect(ask(failing(message)))).rejects.toMatchObject({ code, retryable });
  });

  it("reports a stream that is cut", async () => {
    await expect(collect(ask(answering(streamOf({ response: "he" }))))).rejects.toMatchObject({
      code: "upstream_failed",
      retryable: true,
    });
  });

  it("gives up on a binding that does not answer, and cancels what it answers later", async () => {
    const clock = new ManualClock();
    let answer: (value: unknown) => void = () => undefined;
    const late = new Promise((resolve) => (answer = resolve));
    const failure = collect(ask({ run: () => late }, {}, clock));
    clock.advance(100_000);
    await expect(failure).rejects.toMatchObject({ code: "upstream_timeout" });

    const cancelled = new Promise<boolean>((resolve) => {
      answer(new ReadableStream({ cancel: () => resolve(true) }));
    });
    await expect(cancelled).resolves.toBe(true);
  });

  it("says why it cannot be used without a binding", () => {
    expect(workersAIProvider(undefined, { fetch, clock: new ManualClock(), limits }).unavailable()).toContain(
      "AI binding",
    );
  });
});
