import { getEventListeners } from "node:events";
import * as fc from "fast-check";
import type { TurnChunk } from "@orrery/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MessageBuilder, createClient, textOf, type OrreryClient } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, textAnswer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;
let agentId: string;

beforeAll(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
  agentId = (await client.agents.create({ name: "Ada" })).id;
});
afterAll(() => wire.close());
beforeEach(() => {
  wire.requests.length = 0;
  wire.release();
  wire.answer((input) => textAnswer(`echo: ${input}`));
});

const read = (chunks: Iterable<TurnChunk>): string => {
  const builder = new MessageBuilder();
  for (const chunk of chunks) builder.add(chunk);
  return textOf(builder.message);
};

describe("an execution", () => {
  test("is waited for", async () => {
    const execution = await client.executions.create(agentId, "hello");
    expect(execution).toMatchObject({ status: "completed", output: "echo: hello", agentId });
    expect(await client.executions.get(execution.id)).toEqual(execution);
  });

  test("is started, listed and cancelled", async () => {
    wire.hold(3);
    const id = await client.executions.start(agentId, "slow");
    const running = await client.executions.list(agentId, { status: "running" });
    expect(running.items).toMatchObject([{ id, input: "slow" }]);
    expect(await client.executions.cancel(id)).toMatchObject({ status: "cancelled" });
    const ids = (await Array.fromAsync(client.executions.listAll({ agentId }))).map(
      (execution) => execution.id,
    );
    expect(ids).toContain(id);
    expect((await client.executions.listRecent({ status: "cancelled" })).items).toMatchObject([
      { id, inputPreview: "slow", agentName: "Ada" },
    ]);
  });

  test("carries its session, variables and documents", async () => {
    const { sessionId } = await client.executions.create(agentId, "one");
    await client.executions.create(agentId, "two", {
      sessionId,
      variables: { tone: "dry" },
      attachments: [{ name: "a.txt", mediaType: "text/plain", data: new TextEncoder().encode("hi") }],
    });
    expect(wire.requests.at(-1)?.body).toEqual({
      input: "two",
      sessionId,
      variables: { tone: "dry" },
      attachments: [{ name: "a.txt", mediaType: "text/plain", data: "aGk=" }],
    });
    expect(await client.sessions.get(agentId, sessionId)).toMatchObject({ executions: 2, title: "one" });
    expect((await client.sessions.messages(agentId, sessionId)).items).toHaveLength(4);
    expect(await Array.fromAsync(client.sessions.listAll(agentId))).not.toHaveLength(0);
    await client.sessions.delete(agentId, sessionId);
  });
});

describe("an answer stream", () => {
  test("knows its execution, gives its chunks and then the finished execution", async () => {
    const stream = await client.executions.stream(agentId, "hello there");
    const chunks = await Array.fromAsync(stream);
    expect(chunks[0]).toMatchObject({
      type: "start",
      messageMetadata: { executionId: stream.executionId, sessionId: stream.sessionId },
    });
    expect(read(chunks)).toBe("echo: hello there");
    expect(await stream.final()).toMatchObject({ id: stream.executionId, output: "echo: hello there" });
  });

  test("gives every chunk once, wherever and however often its line breaks", async () => {
    const words = "one two three four five six seven eight";
    const cut = fc.record({ chunks: fc.nat(6), bytes: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 6 }), async (cuts) => {
        wire.cut(...cuts);
        const stream = await client.executions.stream(agentId, words);
        expect(read(await Array.fromAsync(stream))).toBe(`echo: ${words}`);
        // A short answer may end before all breaks are used up.
        for (let left = 0; left < cuts.length; left++)
          await (await client.executions.follow(stream.executionId)).final();
      }),
      { numRuns: 40 },
    );
  });

  test("asked for again before it named its execution starts nothing twice", async () => {
    const before = wire.executions.size;
    wire.cut({ chunks: 0, bytes: 9 });
    const stream = await client.executions.stream(agentId, "once");
    await stream.final();
    expect(wire.executions.size).toBe(before + 1);
  });

  test("is taken up after the last chunk that was read", async () => {
    const stream = await client.executions.stream(agentId, "a b c d");
    let head = "";
    for await (const chunk of stream) {
      if (chunk.type === "text-delta") head += chunk.delta;
      if (head === "echo: a ") break;
    }
    const after = stream.lastEventId;
    const rest = await client.executions.follow(stream.executionId, { after });
    expect(rest.sessionId).toBe(stream.sessionId);
    expect(head + read(await Array.fromAsync(rest))).toBe("echo: a b c d");
    // And so does the same stream, when it is read again.
    expect(head + read(await Array.fromAsync(stream))).toBe("echo: a b c d");
  });

  test("passes restarts on", async () => {
    wire.answer(() => [
      ...textAnswer("first try").slice(0, 4),
      { type: "data-restart", transient: true, data: { keepParts: 0 } },
      ...textAnswer("second"),
    ]);
    const chunks = await Array.fromAsync(await client.executions.stream(agentId, "x"));
    expect(chunks.map(({ type }) => type)).toContain("data-restart");
    expect(read(chunks)).toBe("second");
  });

  test("is cancelled on the server, and ends", async () => {
    wire.hold(4);
    const stream = await client.executions.stream(agentId, "a b c d e");
    const types: string[] = [];
    for await (const chunk of stream) {
      types.push(chunk.type);
      if (types.length === 4) await stream.cancel();
    }
    expect(types.at(-1)).toBe("abort");
    expect(await stream.final()).toMatchObject({ status: "cancelled" });
  });

  test("is no longer followed once aborted, while the execution goes on", async () => {
    wire.hold(4);
    const stream = await client.executions.stream(agentId, "a b c d e");
    const final = stream.final();
    stream.abort();
    await expect(final).rejects.toThrow(expect.objectContaining({ name: "AbortError" }) as Error);
    wire.release();
    expect(await client.executions.get(stream.executionId)).toMatchObject({ status: "completed" });
  });

  test("ends with the caller's signal", async () => {
    wire.hold(4);
    const controller = new AbortController();
    const stream = await client.executions.stream(agentId, "a b c", { signal: controller.signal });
    const final = stream.final();
    controller.abort(new Error("left"));
    await expect(final).rejects.toThrow("left");
  });

  test("leaves nothing behind on the caller's signal once it has ended", async () => {
    const controller = new AbortController();
    const stream = await client.executions.stream(agentId, "a b", { signal: controller.signal });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    await stream.final();
    await expect(client.executions.stream("nobody", "x", controller)).rejects.toMatchObject({ status: 404 });
    await expect(client.executions.follow("nothing", controller)).rejects.toMatchObject({ status: 404 });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("waits for whoever reads it before it tells the end", async () => {
    const stream = await client.executions.stream(agentId, "a b");
    const final = stream.final.bind(stream);
    const seen: string[] = [];
    let told: Promise<unknown> | undefined;
    for await (const chunk of stream) {
      told ??= final().then(() => seen.push("final"));
      seen.push(chunk.type);
    }
    await told;
    expect(seen.at(-1)).toBe("final");
    expect(seen).toContain("finish");
  });

  test("that cannot be taken up again within the policy's tries says so", async () => {
    wire.hold(3);
    const impatient = createClient({
      baseUrl: wire.url,
      token: wire.token,
      clock: instantClock(),
      retry: { streamAttempts: 2 },
    });
    const stream = await impatient.executions.stream(agentId, "a b c");
    wire.fail(`GET /api/v1/executions/${stream.executionId}/stream`, "drop", "drop", "drop");
    for await (const _ of stream) break;
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ name: "ConnectionError" });
  });

  test("of an agent that is not there is refused", async () => {
    await expect(client.executions.stream("nobody", "x")).rejects.toMatchObject({ code: "not_found" });
    await expect(client.executions.follow("nothing")).rejects.toMatchObject({ code: "not_found" });
  });
});
