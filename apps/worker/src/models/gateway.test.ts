import { getEventListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ModelError, type Provider, type ProviderEvent } from "./contract.ts";
import { at } from "./wire/json.ts";
import { createGateway, type GatewayEnv, type GatewayOptions } from "./gateway.ts";
import { SharedStatistics } from "./routing/isolate.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { requestOf, run } from "./testing/steps.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A model server on loopback that answers as the test says. */
async function serve(answer: (response: ServerResponse, body: string, request: IncomingMessage) => void) {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => answer(response, body, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/v1`;
}

/** A gateway that knows nothing of what other tests did to their models. */
const gatewayOf = (env: GatewayEnv, options: GatewayOptions) =>
  createGateway(env, { statistics: new SharedStatistics(), ...options });

const lab = (baseUrl: string) => ({
  MODEL_SERVERS: JSON.stringify({ lab: { baseUrl, apiKey: "lab-secret-key" } }),
});

const scripted = (stream: Provider["stream"]): Provider => ({
  name: "script",
  extractive: false,
  unavailable: () => null,
  stream,
});

const finish: ProviderEvent = { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 1 } };
const busy = () => new ModelError("upstream_failed", "busy", { retryable: true });

describe("a step", () => {
  it("is tried again, and begins anew where something was yielded", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const early = scripted(async function* () {
      if (++asked < 3) throw busy();
      yield { type: "text", text: "third time" };
      yield finish;
    });
    const late = scripted(async function* () {
      asked += 1;
      yield { type: "text", text: "half" };
      throw busy();
    });
    const again = await run(gatewayOf({}, { clock, providers: [early] }), requestOf(clock, "script/x", "hi"));
    expect(again).toMatchObject({ error: undefined, text: "third time" });

    asked = 0;
    const once = await run(gatewayOf({}, { clock, providers: [late] }), requestOf(clock, "script/x", "hi"));
    expect(once).toMatchObject({ text: "half", error: { code: "upstream_failed" } });
    expect(once.events.map(({ type }) => type)).toEqual([
      "route",
      "text",
      "call",
      "restart",
      "text",
      "call",
      "restart",
      "text",
      "call",
    ]);
    expect(asked).toBe(3);
  });

  it("ends with upstream_timeout at its deadline, in the middle of an answer too", async () => {
    const clock = new ManualClock();
    let aborted = false;
    const endless = scripted(async function* ({ signal }) {
      yield { type: "text", text: "half" };
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(new Error("stopped"));
        });
      });
      yield finish;
    });
    const gateway = gatewayOf({}, { clock, providers: [endless] });
    const stream = gateway.step(requestOf(clock, "script/x", "hi", { deadline: clock.now() + 60_000 }));
    await expect(stream.next()).resolves.toMatchObject({ value: { type: "route" } });
    await expect(stream.next()).resolves.toMatchObject({ value: { text: "half" } });
    const call = stream.next();
    await new Promise(setImmediate);
    clock.advance(60_000);
    await expect(call).resolves.toMatchObject({ value: { call: { outcome: "failed", estimated: true } } });
    await expect(stream.next()).rejects.toMatchObject({ code: "upstream_timeout", retryable: true });
    expect(aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("asks nobody once its deadline is past", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const counting = scripted(async function* () {
      asked += 1;
      yield finish;
    });
    const request = requestOf(clock, "script/x", "hi", { deadline: clock.now() - 1 });
    const ran = await run(gatewayOf({}, { clock, providers: [counting] }), request);
    expect(ran.error).toMatchObject({ code: "upstream_timeout" });
    expect(asked).toBe(0);
  });

  it("ends its provider's work when the consumer stops early", async () => {
    const clock = new ManualClock();
    let ended = false;
    const talkative = scripted(async function* () {
      try {
        for (;;) yield { type: "text", text: "on and on" };
      } finally {
        ended = true;
      }
    });
    const gateway = gatewayOf({}, { clock, providers: [talkative] });
    for await (const event of gateway.step(requestOf(clock, "script/x", "hi"))) {
      if (event.type === "text") break;
    }
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("leaves nothing behind on a caller's signal, which may outlive many steps", async () => {
    const base = await serve((response, body) => {
      const failing = body.includes("fail");
      response.writeHead(failing ? 400 : 200, { "content-type": "text/event-stream" });
      response.end("data: [DONE]\n\n");
    });
    const { signal } = new AbortController();
    const clock = new ManualClock();
    for (const input of ["hi", "fail"]) {
      await run(gatewayOf(lab(base), { clock }), requestOf(clock, "lab/m", input, { signal }));
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("says of an unknown model, and of one without a key, what to do", async () => {
    const clock = new ManualClock();
    const unknown = await run(gatewayOf({}, { clock }), requestOf(clock, "openay/gpt-5", "hi"));
    expect(unknown.error).toMatchObject({ code: "invalid_request", retryable: false });
    const keyless = await run(gatewayOf({}, { clock }), requestOf(clock, "openai/gpt-5", "hi"));
    expect(String(keyless.error)).toContain("set OPENAI_API_KEY");
  });

  it("is refused with tools where the model calls none", async () => {
    const clock = new ManualClock();
    const tools = [{ name: "f", description: "f", inputSchema: { type: "object" }, effect: "read" as const }];
    const request = requestOf(clock, "openai/gpt-6.1-sol", "hi", { tools });
    const ran = await run(gatewayOf({ OPENAI_API_KEY: "k" }, { clock }), request);
    expect(ran.error).toMatchObject({ code: "invalid_request" });
  });

  it("costs what the catalog says", async () => {
    const base = await serve((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(
        'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":10}}\n\ndata: [DONE]\n\n',
      );
    });
    const clock = new ManualClock();
    const gateway = gatewayOf({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: base }, { clock });
    const ran = await run(gateway, requestOf(clock, "openai/gpt-5.1", "hi"));
    expect(ran.finish?.usage).toEqual({
      inputTokens: 1000,
      outputTokens: 10,
      costMicros: 1350,
      cached: false,
    });
  });

  it("adapts what it sends to OpenAI's own models", async () => {
    const bodies: Record<string, unknown>[] = [];
    const base = await serve((response, body) => {
      bodies.push(JSON.parse(body) as Record<string, unknown>);
      response.writeHead(200, { "content-type": "text/event-stream" }).end("data: [DONE]\n\n");
    });
    const clock = new ManualClock();
    const gateway = gatewayOf({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: base, ...lab(base) }, { clock });
    const tools = [{ name: "f", description: "f", inputSchema: { type: "object" }, effect: "read" as const }];
    for (const model of ["openai/gpt-6-luna", "openai/gpt-4o", "lab/gpt-6-luna"]) {
      expect((await run(gateway, requestOf(clock, model, "hi", { tools }))).error).toBeUndefined();
    }
    expect(bodies[0]).toMatchObject({ max_completion_tokens: 256, reasoning_effort: "none" });
    expect(bodies[0]).not.toHaveProperty("temperature");
    expect(bodies[0]).not.toHaveProperty("max_tokens");
    expect(bodies[1]).toMatchObject({ max_completion_tokens: 256, temperature: 0.5 });
    expect(bodies[1]).not.toHaveProperty("reasoning_effort");
    expect(bodies[2]).toMatchObject({
      max_tokens: 256,
      temperature: 0.5,
      stream_options: { include_usage: true },
    });
  });
});

describe("what Anthropic is sent", () => {
  it.each([
    ["claude-haiku-4-5", 1],
    ["claude-sonnet-4-6", 1],
    ["claude-3-5-haiku-latest", 1],
    ["claude-opus-4-7", undefined],
    ["claude-opus-5-5", undefined],
    ["claude-fable-5-2", undefined],
  ])("is, for %s, the temperature %s", async (model, temperature) => {
    let sent: unknown;
    const base = await serve((response, body) => {
      sent = JSON.parse(body);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n');
    });
    const clock = new ManualClock();
    const gateway = gatewayOf({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: base }, { clock });
    const request = requestOf(clock, `anthropic/${model}`, "hi", { temperature: 1.8, maxTokens: 999_999 });
    expect((await run(gateway, request)).error).toBeUndefined();
    expect(at(sent, "temperature")).toBe(temperature);
    // Never more than the model can write, where that is known.
    const listed = gateway.check(`anthropic/${model}`, "text");
    const limit = "model" in listed ? listed.model.maxOutputTokens : null;
    expect(at(sent, "max_tokens")).toBe(limit ?? 999_999);
  });
});

describe("a server that misbehaves", () => {
  const ask = async (answer: Parameters<typeof serve>[0], clock = new ManualClock()) => {
    const base = await serve(answer);
    return run(gatewayOf(lab(base), { clock }), requestOf(clock, "lab/m", "hi"));
  };

  it("by answering whole where a stream was asked for is understood", async () => {
    const ran = await ask((response) => {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
      response.end('{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}');
    });
    expect(ran).toMatchObject({ error: undefined, text: "hi", finish: { reason: "stop" } });
  });

  it.each([
    ["by sending a page", "text/html", "<h1>Welcome</h1>"],
    ["by sending broken JSON", "application/json", '{"choices":['],
    ["by sending nothing", "text/event-stream", ""],
    ["by sending JSON that is no answer", "application/json", "{}"],
  ])("%s is tried again, then reported", async (_, type, body) => {
    let asked = 0;
    const ran = await ask((response) => {
      asked += 1;
      response.writeHead(200, { "content-type": type }).end(body);
    });
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: true });
    expect(asked).toBe(3);
  });

  it("by not answering is given up on, and its connection closed", async () => {
    const clock = new ManualClock();
    let hangUp: () => void = () => undefined;
    const hungUp = new Promise<void>((resolve) => (hangUp = resolve));
    const base = await serve((response) => {
      response.on("close", hangUp);
      clock.advance(120_000);
    });
    const gateway = gatewayOf(lab(base), { clock, retry: { attempts: 1 } });
    const ran = await run(gateway, requestOf(clock, "lab/m", "hi"));
    expect(ran.error).toMatchObject({ code: "upstream_timeout", retryable: true });
    await hungUp;
    expect(clock.pending).toBe(0);
  });

  it("by redirecting is not followed: the key stays here", async () => {
    let followed = false;
    const elsewhere = await serve((response) => {
      followed = true;
      response.end();
    });
    const ran = await ask((response) => void response.writeHead(307, { location: elsewhere }).end());
    expect(ran.error).toMatchObject({ retryable: false });
    expect(followed).toBe(false);
  });

  it("by repeating the key it was given is not repeated", async () => {
    const ran = await ask((response, _, request) => {
      const message = `bad header ${String(request.headers.authorization)}`;
      response
        .writeHead(400, { "content-type": "application/json" })
        .end(JSON.stringify({ error: { message } }));
    });
    expect(String(ran.error)).toContain("bad header");
    expect(String(ran.error)).not.toContain("lab-secret-key");
  });

  it("by not being there is tried again, then reported", async () => {
    const clock = new ManualClock();
    const ran = await run(
      gatewayOf(lab("http://127.0.0.1:1/v1"), { clock }),
      requestOf(clock, "lab/m", "hi"),
    );
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: true });
    expect(String(ran.error)).toContain("could not be reached");
    expect(clock.waits).toHaveLength(2);
  });
});
