import type { IncomingHttpHeaders } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { freePort } from "../../src/free-port.ts";
import { serverThat, workerWith } from "./running-ai.ts";
import type { AskedWorker } from "./running-ai.ts";

const llama = "@cf/meta/llama-3.1-8b-instruct";

interface Told {
  status: number;
  headers: Record<string, string>;
  body: string;
}

interface Log {
  success: boolean;
  status_code: number;
  created_at: number;
  [field: string]: unknown;
}

const gateway = (worker: AskedWorker, requests: object[], options?: object): Promise<Told> =>
  worker.ask<Told>("/gateway/run", { requests, options: { gateway: options } });

const openai = (query: object, headers: object = {}) => ({
  provider: "openai",
  endpoint: "chat/completions",
  headers,
  query,
});

interface Received {
  url: string;
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A provider that tells what it was asked, or answers with the statuses in their order first. */
async function provider(...statuses: number[]): Promise<{ baseUrl: string; received: Received[] }> {
  const received: Received[] = [];
  const baseUrl = await serverThat((request, response) => {
    void textOf(request).then((body) => {
      received.push({ url: request.url ?? "", method: request.method ?? "", headers: request.headers, body });
      const status = statuses.shift() ?? 200;
      response
        .writeHead(status, { "content-type": "application/json", "x-own": "kept" })
        .end(JSON.stringify({ number: received.length, usage: { prompt_tokens: 7, completion_tokens: 2 } }));
    });
  });
  return { baseUrl, received };
}

const logOf = (worker: AskedWorker, id: string | undefined): Promise<Log> =>
  worker.ask<Log>(`/gateway/log?id=${id ?? ""}`);

describe("gateway(id).run", () => {
  it("forwards to the provider what is the provider's, and a stored key where none is brought", async () => {
    const { baseUrl, received } = await provider();
    const worker = await workerWith({
      providers: { openai: { baseUrl: `${baseUrl}/v1`, apiKey: "stored" } },
    });
    const headers = { "x-mine": "1", "cf-aig-metadata": { team: "a" } };
    const told = await gateway(worker, [openai({ model: "gpt-x", n: 1 }, headers)], { metadata: { run: 4 } });
    expect(told).toMatchObject({ status: 200, headers: { "x-own": "kept", "cf-aig-step": "0" } });
    expect(received).toMatchObject([
      {
        url: "/v1/chat/completions",
        method: "POST",
        headers: { authorization: "Bearer stored", "x-mine": "1", "content-type": "application/json" },
        body: '{"model":"gpt-x","n":1}',
      },
    ]);
    expect(Object.keys(received[0]?.headers ?? {}).filter((name) => name.startsWith("cf-"))).toEqual([]);
    await gateway(worker, [openai({}, { Authorization: "Bearer own" })]);
    expect(received[1]?.headers.authorization).toBe("Bearer own");
    expect(await logOf(worker, told.headers["cf-aig-log-id"])).toMatchObject({
      provider: "openai",
      model: "gpt-x",
      path: "chat/completions",
      status_code: 200,
      success: true,
      cached: false,
      tokens_in: 7,
      tokens_out: 2,
      metadata: { team: "a" },
      request_head: '{"model":"gpt-x","n":1}',
      request_head_complete: true,
      response_head_complete: true,
    });
  });

  it("takes the next where one fails, and tells the step", async () => {
    const { baseUrl, received } = await provider(500);
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    const fallback = { provider: "workers-ai", endpoint: llama, headers: {}, query: { prompt: "Hello" } };
    const told = await gateway(worker, [openai({}), fallback]);
    expect(received).toHaveLength(1);
    expect(told).toMatchObject({
      status: 200,
      headers: { "cf-aig-step": "1", "local-ai-served-by": "offline" },
    });
    expect(JSON.parse(told.body)).toMatchObject({ offline: true });
  });

  it("gives the last failure where all fail", async () => {
    const { baseUrl } = await provider(500, 418);
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    expect(await gateway(worker, [openai({}), openai({})])).toMatchObject({
      status: 418,
      headers: { "cf-aig-step": "1" },
    });
  });

  it("asks again as often as it is told to", async () => {
    const { baseUrl, received } = await provider(503, 429);
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    const retries = { maxAttempts: 3, retryDelayMs: 1, backoff: "constant" };
    expect(await gateway(worker, [openai({})], { retries })).toMatchObject({ status: 200 });
    expect(received).toHaveLength(3);
  });

  it("leaves a provider that does not begin to answer in time", async () => {
    const slow = await serverThat(() => undefined);
    const worker = await workerWith({ providers: { openai: { baseUrl: slow } } });
    const told = await gateway(worker, [openai({})], { requestTimeoutMs: 20 });
    expect(told.status).toBe(408);
  });

  it("says what is wrong with a provider, in the API's form", async () => {
    const worker = await workerWith({ providers: { openai: { baseUrl: "http://127.0.0.1:9" } } });
    const unknown = await gateway(worker, [{ ...openai({}), provider: "nobody" }]);
    expect(unknown).toMatchObject({ status: 400 });
    expect(unknown.body).toContain("Invalid provider nobody");
    expect(await gateway(worker, [openai({})])).toMatchObject({ status: 502 });
    expect(await gateway(worker, [])).toMatchObject({ status: 400 });
  });

  it("answers again from its cache, for the same request alone", async () => {
    const { baseUrl, received } = await provider();
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    const cached = (query: object, options: object) => gateway(worker, [openai(query)], options);
    const first = await cached({ a: 1 }, { cacheTtl: 60 });
    expect(first.headers["cf-aig-cache-status"]).toBe("MISS");
    const again = await cached({ a: 1 }, { cacheTtl: 60 });
    expect(again).toMatchObject({
      body: first.body,
      headers: { "cf-aig-cache-status": "HIT", "content-type": "application/json" },
    });
    expect(await logOf(worker, again.headers["cf-aig-log-id"])).toMatchObject({ cached: true });
    await cached({ a: 2 }, { cacheTtl: 60 });
    await cached({ a: 1 }, { cacheTtl: 60, skipCache: true });
    await cached({ a: 1 }, {});
    expect(received).toHaveLength(4);
    await cached({ a: 3 }, { cacheTtl: 60, cacheKey: "mine" });
    expect((await cached({ a: 4 }, { cacheTtl: 60, cacheKey: "mine" })).headers["cf-aig-cache-status"]).toBe(
      "HIT",
    );
  });

  it("keeps no failure", async () => {
    const { baseUrl } = await provider(500);
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    await gateway(worker, [openai({})], { cacheTtl: 60 });
    expect(await gateway(worker, [openai({})], { cacheTtl: 60 })).toMatchObject({
      status: 200,
      headers: { "cf-aig-cache-status": "MISS" },
    });
  });

  it("writes no log where it is told not to", async () => {
    const { baseUrl } = await provider();
    const worker = await workerWith({ providers: { openai: { baseUrl } } });
    expect((await gateway(worker, [openai({})], { collectLog: false })).headers).not.toHaveProperty(
      "cf-aig-log-id",
    );
  });
});

describe("the gateway's log", () => {
  it("takes feedback, score and metadata", async () => {
    const worker = await workerWith();
    const { logId } = await worker.ask<{ logId: string }>("/run", {
      model: llama,
      inputs: { prompt: "Hello" },
      options: { gateway: { id: "test", metadata: { user: 1 } } },
    });
    await worker.ask(`/gateway/patch?id=${logId}`, { feedback: 1, score: 80 });
    expect(await logOf(worker, logId)).toMatchObject({
      id: logId,
      provider: "workers-ai",
      model: llama,
      feedback: 1,
      score: 80,
      metadata: { user: 1 },
    });
    await worker.ask(`/gateway/patch?id=${logId}`, { metadata: { user: 2 } });
    const log = await logOf(worker, logId);
    expect(log).toMatchObject({ feedback: 1, metadata: { user: 2 } });
    expect(log.created_at).toBeGreaterThan(0);
  });

  it("has the entry of a stream from the first, and its size at the end", async () => {
    const worker = await workerWith();
    const { answer, logId } = await worker.ask<{ answer: { bytes: number }; logId: string }>("/run", {
      model: llama,
      inputs: { prompt: "Hello", stream: true },
      options: { gateway: { id: "test" } },
    });
    expect(await logOf(worker, logId)).toMatchObject({
      response_size: answer.bytes,
      tokens_in: 2,
      response_content_type: "text/event-stream",
    });
  });

  it("does not know what was never asked", async () => {
    const worker = await workerWith();
    const error = { name: "AiGatewayLogNotFound", message: "Log Not Found" };
    expect(await worker.ask("/gateway/log?id=nothing")).toEqual({ error });
    expect(await worker.ask("/gateway/patch?id=nothing", { score: 1 })).toEqual({ error });
  });
});

describe("a gateway by RPC, as Workers with the `experimental` flag have it", () => {
  it("does the same", async () => {
    const worker = await workerWith({}, ["experimental"]);
    const fallback = { provider: "workers-ai", endpoint: llama, headers: {}, query: { prompt: "Hello" } };
    const told = await gateway(worker, [fallback]);
    expect(told).toMatchObject({ status: 200, headers: { "local-ai-served-by": "offline" } });
    const id = told.headers["cf-aig-log-id"] ?? "";
    await worker.ask(`/gateway/patch?id=${id}`, { feedback: -1 });
    expect(await logOf(worker, id)).toMatchObject({ model: llama, feedback: -1 });
    expect(await worker.ask("/gateway/url?provider=openai")).toMatch(/\/v1\/local\/test\/openai$/);
    expect(await worker.ask("/gateway/log?id=nothing")).toMatchObject({
      error: { message: "Log Not Found" },
    });
  });
});

describe("gateway(id).getUrl", () => {
  const url = (worker: AskedWorker, name?: string) =>
    worker.ask<string>(`/gateway/url${name === undefined ? "" : `?provider=${name}`}`);

  const post = (address: string, body: object, headers: Record<string, string> = {}) =>
    fetch(address, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });

  it("gives an address that serves a provider's own paths", async () => {
    const { baseUrl, received } = await provider();
    const worker = await workerWith({ providers: { anthropic: { baseUrl, apiKey: "stored" } } });
    const address = await url(worker, "anthropic");
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/local\/test\/anthropic$/);
    const response = await post(
      `${address}/v1/messages?beta=true`,
      { model: "claude" },
      { "cf-aig-cache-ttl": "60" },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("cf-aig-cache-status")).toBe("MISS");
    expect(received).toMatchObject([
      { url: "/v1/messages?beta=true", headers: { "x-api-key": "stored" }, body: '{"model":"claude"}' },
    ]);
    expect(await logOf(worker, response.headers.get("cf-aig-log-id") ?? "")).toMatchObject({
      provider: "anthropic",
      model: "claude",
    });
  });

  it("serves Workers AI there, in its own form and in OpenAI's", async () => {
    const worker = await workerWith();
    const address = await url(worker, "workers-ai");
    expect(await (await post(`${address}/${llama}`, { prompt: "Hello" })).json()).toMatchObject({
      response: expect.any(String) as string,
    });
    const chat = await post(`${address}/v1/chat/completions`, {
      model: llama,
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(await chat.json()).toMatchObject({ object: "chat.completion", choices: [{}] });
    const vectors = await post(`${address}/v1/embeddings`, { model: "@cf/baai/bge-m3", input: ["a", "b"] });
    expect(await vectors.json()).toMatchObject({ object: "list", data: [{ index: 0 }, { index: 1 }] });
  });

  it("serves the universal and the compatible endpoint", async () => {
    const { baseUrl, received } = await provider();
    const worker = await workerWith({ providers: { groq: { baseUrl } } });
    const universal = await post(await url(worker), [
      { provider: "groq", endpoint: "x", headers: {}, query: { a: 1 } },
    ]);
    expect(universal.status).toBe(200);
    const compat = await url(worker, "compat");
    await post(`${compat}/chat/completions`, { model: "groq/llama-x", messages: [] });
    expect(received).toMatchObject([
      { url: "/x" },
      { url: "/chat/completions", body: '{"model":"llama-x","messages":[]}' },
    ]);
    const local = await post(`${compat}/chat/completions`, {
      model: `workers-ai/${llama}`,
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(await local.json()).toMatchObject({ offline: true });
    expect((await post(`${compat}/chat/completions`, { model: "gpt" })).status).toBe(400);
  });

  it("is closed to pages in a browser, whose sites would spend the stored keys", async () => {
    const worker = await workerWith();
    const address = await url(worker, "workers-ai");
    for (const [name, value] of [
      ["origin", "https://elsewhere.example"],
      ["sec-fetch-site", "cross-site"],
    ] as const) {
      const response = await post(`${address}/${llama}`, { prompt: "Hello" }, { [name]: value });
      expect(response.status).toBe(403);
    }
  });

  it("has the port that was asked for", async () => {
    const port = await freePort();
    const worker = await workerWith({ port });
    expect(await url(worker)).toBe(`http://127.0.0.1:${port}/v1/local/test`);
  });
});
