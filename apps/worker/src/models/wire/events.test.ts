import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { ModelError, type ProviderEvent } from "../contract.ts";
import { ChatDecoder } from "../providers/openai-compatible/decoder.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { collect } from "../testing/steps.ts";
import { readEvents } from "./events.ts";
import { Watch } from "./watch.ts";

const done = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const delta = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;

/** A body that sends these chunks and then ends, or stays open. */
function bodyOf(
  chunks: readonly Uint8Array[],
  open = false,
): { body: ReadableStream; cancelled: () => boolean } {
  let cancelled = false;
  let next = 0;
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (!open) controller.close();
      else return new Promise(() => undefined);
      return undefined;
    },
    cancel() {
      cancelled = true;
    },
  });
  return { body, cancelled: () => cancelled };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function reading(chunks: readonly Uint8Array[], open = false) {
  const clock = new ManualClock(0);
  const caller = new AbortController();
  const limits = { firstByteMs: 1000, idleMs: 500 };
  const watch = new Watch("lab", caller.signal, clock, limits);
  const { body, cancelled } = bodyOf(chunks, open);
  const events = readEvents("lab", body, new ChatDecoder("lab"), watch);
  return { events, clock, caller, watch, cancelled };
}

const textIn = (events: readonly ProviderEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");

describe("readEvents", () => {
  it("reads the same text wherever the bytes are cut, within a character too", async () => {
    const stream = bytes(`\uFEFF${delta("Grüße, 世界 🪐")}: comment\r\n\r\n${done}`);
    for (let cut = 1; cut < stream.length; cut++) {
      const { events } = reading([stream.subarray(0, cut), stream.subarray(cut)]);
      const all = await collect(events);
      expect(textIn(all)).toBe("Grüße, 世界 🪐");
      expect(all.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
    }
  });

  it("yields what came in one chunk as one piece of text", async () => {
    const { events } = reading([bytes(delta("a") + delta("b") + delta("c")), bytes(delta("d") + done)]);
    const all = await collect(events);
    expect(all.map((event) => event.type)).toEqual(["text", "text", "finish"]);
    expect(textIn(all)).toBe("abcd");
  });

  it("fails, to be tried again, where JSON is broken in the middle", async () => {
    const { events, cancelled } = reading([bytes(delta("a")), bytes("data: {oops\n\n")], true);
    await expect(events.next()).resolves.toMatchObject({ value: { text: "a" } });
    await expect(events.next()).rejects.toMatchObject({ code: "upstream_failed", retryable: true });
    expect(cancelled()).toBe(true);
  });

  it("fails, to be tried again, where the body ends without a finish", async () => {
    const { events } = reading([bytes(delta("a"))]);
    await expect(collect(events)).rejects.toThrow(/before it was complete/);
  });

  it("gives up on an upstream that has sent nothing", async () => {
    const silent = reading([], true);
    const first = silent.events.next();
    silent.clock.advance(999);
    silent.clock.advance(1);
    await expect(first).rejects.toMatchObject({ code: "upstream_timeout", retryable: true });
    expect(silent.cancelled()).toBe(true);
  });

  it.each([0, 900])(
    "gives up on one that stopped sending, after %i ms for its first byte",
    async (waited) => {
      const stuck = reading([bytes(delta("a"))], true);
      stuck.clock.advance(waited);
      await expect(stuck.events.next()).resolves.toMatchObject({ value: { text: "a" } });
      const second = stuck.events.next();
      second.catch(() => undefined);
      stuck.clock.advance(499);
      expect(stuck.watch.signal.aborted).toBe(false);
      stuck.clock.advance(1);
      expect(stuck.watch.signal.aborted).toBe(true);
      await expect(second).rejects.toThrow(/stopped sending/);
    },
  );

  it("stops at once, with the caller's reason, when the caller leaves", async () => {
    const { events, caller, cancelled } = reading([], true);
    const next = events.next();
    const reason = new Error("left");
    caller.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(cancelled()).toBe(true);
  });

  it("takes no end for a finish that the caller's leaving brought about", async () => {
    const nearly = 'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n';
    const { events, caller } = reading([bytes(nearly)], true);
    await events.next();
    const next = events.next();
    const reason = new Error("left");
    caller.abort(reason);
    await expect(next).rejects.toBe(reason);
  });

  it("lets go of the body when the consumer stops early", async () => {
    const { events, cancelled } = reading([bytes(delta("a"))], true);
    await events.next();
    await events.return();
    expect(cancelled()).toBe(true);
  });

  it("leaves no listener and no timer behind once its watch has stopped", async () => {
    const { events, watch, caller, clock } = reading([bytes(delta("a") + done)]);
    await collect(events);
    watch.stop();
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
    await Promise.resolve();
    expect(clock.pending).toBe(0);
  });

  it("lets go of a connection that stays open after the answer, but not before a second", async () => {
    const { events, clock, cancelled } = reading([bytes(delta("a") + done)], true);
    await collect(events);
    expect(cancelled()).toBe(false);
    clock.advance(1000);
    expect(cancelled()).toBe(true);
  });

  it("passes on an error that the upstream reports within the stream", async () => {
    const error = 'data: {"error":{"type":"overloaded_error","message":"busy"}}\n\n';
    const { events } = reading([bytes(error)]);
    const failure = await collect(events).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ModelError);
    expect(failure).toMatchObject({ message: "lab failed: busy", retryable: true });
  });
});
