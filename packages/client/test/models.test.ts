import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OrreryError } from "@orrery/protocol";
import { createClient, readMessage, textOf, type OrreryClient, type TurnMessage } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;
beforeAll(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
});
afterAll(() => wire.close());
beforeEach(() => {
  wire.requests.length = 0;
});

describe("a model asked directly", () => {
  const model = "offline/extract";

  test("answers with a text, an object, vectors and images", async () => {
    const text = await client.models.generate({ model, input: "tea" });
    expect(text).toMatchObject({ text: "echo: tea", model, calls: [{ kind: "text" }] });
    const { object } = await client.models.generate({ model, input: "tea", schema: { type: "object" } });
    expect(object).toEqual({ echo: "tea" });
    const { embeddings } = await client.models.embed({ model, values: ["a", "bcd"] });
    expect(embeddings).toEqual([
      [1, 0],
      [3, 0],
    ]);
    expect(await client.models.image({ model, prompt: "a teapot" })).toMatchObject({
      mediaType: "image/png",
    });
  });

  test("is chosen without being asked", async () => {
    const decision = await client.models.route({ model: "auto:cheap", tools: true });
    expect(decision).toMatchObject({ requested: "auto:cheap", chosen: model, why: "routed" });
    expect(wire.requests.map(({ path }) => path)).toEqual(["/api/v1/models/route"]);
  });

  test("streams its answer, with how it was chosen, and what it used at the end", async () => {
    const messages = await Array.fromAsync(readMessage(client.models.stream({ model, input: "one two" })));
    expect(messages[0]?.metadata).toMatchObject({ route: { chosen: model } });
    const last = messages.at(-1);
    expect(last && textOf(last)).toBe("echo: one two");
    expect(last?.metadata).toMatchObject({ model, usage: { outputTokens: 3 }, calls: [{ model }] });
  });

  test("whose stream breaks off is not asked again, and what came is kept", async () => {
    for (const chunks of [1, 4]) {
      wire.requests.length = 0;
      wire.cut({ chunks });
      const messages: TurnMessage<object>[] = [];
      const read = async () => {
        for await (const message of readMessage(client.models.stream({ model, input: "one two" })))
          messages.push(message);
      };
      await expect(read()).rejects.toMatchObject({ name: "ConnectionError", reason: "interrupted" });
      expect(messages).toHaveLength(chunks);
      expect(wire.requests).toHaveLength(1);
      // With a key, the platform would keep the answer for the next try instead of streaming it.
      expect(wire.requests[0]?.headers).not.toHaveProperty("idempotency-key");
    }
  });

  test("that is refused says why, and is not asked again", async () => {
    wire.fail(
      "POST /api/v1/models/generate",
      new OrreryError("budget_exceeded", "The day's budget is spent."),
    );
    const read = () => Array.fromAsync(client.models.stream({ model, input: "x" }));
    await expect(read()).rejects.toMatchObject({ code: "budget_exceeded" });
    wire.fail("POST /api/v1/models/generate", new OrreryError("upstream_failed", "It failed."));
    await expect(read()).rejects.toMatchObject({ code: "upstream_failed" });
    expect(wire.requests).toHaveLength(2);
  });

  test("is left in the middle, by the loop or by the caller's signal", async () => {
    wire.hold(0);
    for await (const chunk of client.models.stream({ model, input: "one two" })) {
      if (chunk.type === "text-delta") break;
    }
    const controller = new AbortController();
    const read = async () => {
      const { signal } = controller;
      for await (const chunk of client.models.stream({ model, input: "one two" }, { signal })) {
        if (chunk.type === "finish") controller.abort(new Error("left"));
      }
    };
    await expect(read()).rejects.toThrow("left");
    wire.release();
  });
});

describe("a workspace's account", () => {
  test("reports usage as sums and as CSV", async () => {
    const report = await client.usage.report({ by: "model", from: "2026-11-01", to: "2026-11-20" });
    expect(report).toMatchObject({ by: "model", from: "2026-11-01", items: [{ key: "offline/extract" }] });
    const page = await client.usage.report({ by: "agent", limit: 2 });
    expect([page.items.map(({ key }) => key), page.nextCursor]).toEqual([["a", "b"], "2"]);
    const lines = await Array.fromAsync(client.usage.lines({ by: "agent" }));
    expect(lines.map(({ key }) => key)).toEqual(["a", "b", "removed"]);
    expect(await client.usage.csv({ by: "day" })).toBe("day,calls\r\n2026-11-20,2\r\n");
    expect(wire.requests.at(-1)).toMatchObject({ path: "/api/v1/usage?by=day&format=csv" });
  });

  test("has budgets, which are made, read, changed and taken away", async () => {
    const { budgets } = client;
    const made = await budgets.create({ scope: "workspace", period: "day", limitMicros: 5_000_000 });
    expect(made).toMatchObject({ targetId: null, spentMicros: 0 });
    expect(await budgets.list()).toEqual([made]);
    expect(await budgets.update(made.id, { limitMicros: 1 })).toMatchObject({ limitMicros: 1 });
    expect(await budgets.get(made.id)).toMatchObject({ limitMicros: 1 });
    await budgets.delete(made.id);
    await expect(budgets.get(made.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(
      budgets.create({ scope: "workspace", period: "day", limitMicros: -1 }),
    ).rejects.toMatchObject({ errors: [{ path: "limitMicros" }] });
  });

  test("has a policy, and a cache that is emptied", async () => {
    expect(await client.models.policy()).toEqual({});
    const policy = { regions: ["eu" as const], filter: { secret: "redact" as const } };
    expect(await client.models.setPolicy(policy)).toEqual(policy);
    expect(await client.models.policy()).toEqual(policy);
    expect(await client.models.cache()).toMatchObject({ entries: 2, hits: 5 });
    await client.models.clearCache();
    expect(wire.requests.at(-1)).toMatchObject({ method: "DELETE", path: "/api/v1/models/cache" });
  });
});
