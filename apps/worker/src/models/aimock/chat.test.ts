/** Text, reasoning and tools on each wire, against a server that none of us wrote, over real HTTP on loopback. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "../contract.ts";
import { Upstream, wires } from "../testing/aimock.ts";
import { answerOf, asking, transportOf, weather } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());

describe.each(wires)("$name", (wire) => {
  let clock: ManualClock;
  let provider: Provider;
  beforeEach(() => {
    upstream.reset();
    clock = new ManualClock();
    provider = upstream.provider(wire, transportOf(clock));
  });
  const ask = (input: string, more = {}) => answerOf(provider, asking(wire.model, input, more));

  it("streams text whole, in order, with usage and the reason it stopped", async () => {
    const content = "Naïve café — 你好, 🪐! ".repeat(20);
    upstream.mock.onMessage(
      "greet",
      {
        content,
        usage: {
          prompt_tokens: 1200,
          completion_tokens: 345,
          input_tokens: 1200,
          output_tokens: 345,
          promptTokenCount: 1200,
          candidatesTokenCount: 345,
        },
      },
      { chunkSize: 7 },
    );
    const answered = await ask("greet");
    expect(answered.error).toBeUndefined();
    expect(answered.text).toBe(content);
    expect(answered.finish).toMatchObject({
      reason: "stop",
      usage: { inputTokens: 1200, outputTokens: 345 },
    });
    expect(answered.events.at(-1)).toBe(answered.finish);
    expect(clock.pending).toBe(0);
  });

  it("says that an answer was cut at its limit", async () => {
    upstream.mock.onMessage("long", { content: "as far as", finishReason: "length" });
    expect(await ask("long")).toMatchObject({ error: undefined, finish: { reason: "length" } });
  });

  it("streams reasoning apart from the answer", async () => {
    upstream.mock.onMessage("think", { content: "42", reasoning: "Six times seven." }, { chunkSize: 4 });
    expect(await ask("think")).toMatchObject({ error: undefined, text: "42", reasoning: "Six times seven." });
  });

  it("calls a tool, and answers from its result", async () => {
    upstream.mock.onMessage(
      "weather",
      { toolCalls: [{ id: "call_w1", name: "get_weather", arguments: '{"city":"São Paulo"}' }] },
      { chunkSize: 3 },
    );
    const first = await ask("weather", { tools: [weather] });
    expect(first.error).toBeUndefined();
    expect(first.calls).toMatchObject([{ name: "get_weather", input: { city: "São Paulo" } }]);
    expect(first.finish?.reason).toBe("tool-calls");

    const [call] = first.calls;
    if (call === undefined) throw new Error("no call came");
    upstream.mock.prependFixture({
      match: { toolResultContains: "31 degrees" },
      response: { content: "It is 31 degrees there." },
    });
    const second = await ask("weather", {
      tools: [weather],
      messages: [
        { role: "user", content: "weather" },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: call.id, toolName: call.name, input: call.input }],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: call.id,
              toolName: call.name,
              output: { type: "json", value: { weather: "31 degrees" } },
            },
          ],
        },
      ],
    });
    expect(second).toMatchObject({ error: undefined, text: "It is 31 degrees there." });
  });

  it("keeps parallel calls apart and in order, with what was said before them", async () => {
    upstream.mock.onMessage(
      "both",
      {
        content: "Let me see.",
        toolCalls: [
          { name: "get_weather", arguments: '{"city":"Oslo"}' },
          { name: "get_weather", arguments: '{"city":"Lima"}' },
          { name: "get_weather", arguments: "{}" },
        ],
      },
      { chunkSize: 4 },
    );
    const answered = await ask("both", { tools: [weather] });
    expect(answered).toMatchObject({ error: undefined, text: "Let me see." });
    expect(answered.calls.map((call) => call.input)).toEqual([{ city: "Oslo" }, { city: "Lima" }, {}]);
    expect(new Set(answered.calls.map((call) => call.id)).size).toBe(3);
  });

  it("stops at once when the caller leaves in the middle", async () => {
    upstream.mock.onMessage("long", { content: "word ".repeat(500) }, { chunkSize: 5, latency: 2 });
    const leaving = new AbortController();
    const reason = new Error("the caller left");
    let seen = 0;
    const reading = (async () => {
      for await (const event of provider.stream(asking(wire.model, "long", { signal: leaving.signal }))) {
        if (event.type === "text" && ++seen === 2) leaving.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toBeLessThan(10);
    expect(clock.pending).toBe(0);
  });
});
