import type { TurnChunk } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { MessageBuilder, knownParts, readMessage, textOf, toolNameOf, type ToolPart } from "./message.ts";

const metadata = { executionId: "e", sessionId: "s" };
const start: TurnChunk = { type: "start", messageId: "m", messageMetadata: metadata };
const fold = (...chunks: TurnChunk[]) =>
  chunks.reduce((builder, chunk) => builder.add(chunk), new MessageBuilder());
const delta = (text: string, id = "t"): TurnChunk => ({ type: "text-delta", id, delta: text });

describe("a message", () => {
  test("grows by its text and is done when the part ends", () => {
    const builder = fold(
      start,
      { type: "start-step" },
      { type: "text-start", id: "t" },
      delta("Hel"),
      delta("lo"),
    );
    expect(builder.message).toEqual({
      id: "m",
      role: "assistant",
      metadata,
      parts: [{ type: "step-start" }, { type: "text", text: "Hello", state: "streaming" }],
    });
    builder.add({ type: "text-end", id: "t" });
    expect(builder.message.parts[1]).toEqual({ type: "text", text: "Hello", state: "done" });
  });

  test("keeps the identity of what did not change", () => {
    const builder = fold(start, { type: "text-start", id: "a" }, delta("x", "a"), {
      type: "text-end",
      id: "a",
    });
    const before = builder.message;
    expect(builder.message).toBe(before);
    builder.add({ type: "text-start", id: "b" });
    expect(builder.message).not.toBe(before);
    expect(builder.message.parts[0]).toBe(before.parts[0]);
    expect(before.parts).toHaveLength(1);
  });

  test("holds a tool's call, then its answer or its error, in one part", () => {
    const call: TurnChunk = {
      type: "tool-input-available",
      toolCallId: "c",
      toolName: "calculate",
      input: { a: 1 },
    };
    const builder = fold(start, call);
    const part = builder.message.parts[0] as ToolPart;
    expect(part).toMatchObject({ type: "tool-calculate", state: "input-available" });
    expect(toolNameOf(part)).toBe("calculate");
    builder.add({ type: "tool-output-available", toolCallId: "c", output: 2 });
    expect(builder.message.parts).toEqual([
      { type: "tool-calculate", toolCallId: "c", state: "output-available", input: { a: 1 }, output: 2 },
    ]);
    const failed = fold(call, { type: "tool-output-error", toolCallId: "c", errorText: "no" });
    expect(failed.message.parts[0]).toMatchObject({ state: "output-error", errorText: "no" });
  });

  test("names its sources", () => {
    const source: TurnChunk = {
      type: "source-document",
      sourceId: "1",
      mediaType: "text/plain",
      title: "a.txt",
      providerMetadata: { orrery: { start: 3, end: 9 } },
    };
    expect(fold(start, source).message.parts).toEqual([source]);
  });

  test("keeps only the first parts after a restart", () => {
    const builder = fold(
      start,
      { type: "start-step" },
      { type: "text-start", id: "a" },
      delta("kept", "a"),
      { type: "text-end", id: "a" },
      { type: "text-start", id: "b" },
      delta("dropped", "b"),
      { type: "data-restart", transient: true, data: { keepParts: 2 } },
      { type: "text-start", id: "b" },
      delta("anew", "b"),
    );
    expect(textOf(builder.message)).toBe("kept\n\nanew");
    expect(builder.message.parts).toHaveLength(3);
  });

  test("goes on within a part that a restart cut short", () => {
    const builder = fold(
      start,
      { type: "text-start", id: "a" },
      delta("shown too far", "a"),
      { type: "reasoning-start", id: "r" },
      { type: "data-restart", transient: true, data: { keepParts: 1, keepText: 5 } },
      delta(" again", "a"),
      { type: "text-end", id: "a" },
    );
    expect(builder.message.parts).toEqual([{ type: "text", text: "shown again", state: "done" }]);
  });

  test("opens a part again whose end lies behind the restart", () => {
    const builder = fold(
      start,
      { type: "text-start", id: "a" },
      delta("abc", "a"),
      { type: "text-end", id: "a" },
      { type: "data-restart", transient: true, data: { keepParts: 1, keepText: 2 } },
      delta("X", "a"),
    );
    expect(builder.message.parts).toEqual([{ type: "text", text: "abX", state: "streaming" }]);
  });

  test("leaves nothing streaming once the turn has ended, and says why it did", () => {
    const stopped = fold(start, { type: "text-start", id: "a" }, delta("half", "a"), { type: "abort" });
    expect(stopped.message.parts[0]).toMatchObject({ state: "done" });
    expect(stopped.finishReason).toBe("abort");
    const failed = fold(start, { type: "error", errorText: "upstream" });
    expect([failed.finishReason, failed.errorText]).toEqual(["error", "upstream"]);
    const whole = fold(start, {
      type: "finish",
      finishReason: "stop",
      messageMetadata: { ...metadata, model: "offline/extract", extractive: true },
    });
    expect(whole.finishReason).toBe("stop");
    expect(whole.message.metadata).toEqual({ ...metadata, model: "offline/extract", extractive: true });
  });

  test("keeps its text parts apart by a blank line, once", () => {
    const texts = (...parts: string[]) => textOf({ parts: parts.map((text) => ({ type: "text", text })) });
    expect(texts("a", "", "b")).toBe("a\n\nb");
    expect(texts("a", "\n\nb")).toBe("a\n\nb");
    expect(texts("a\n", "b")).toBe("a\nb");
  });

  test("can be read from the middle, and through kinds of a later version", () => {
    const later = { type: "data-later", data: 1 } as unknown as TurnChunk;
    expect(textOf(fold(delta("end"), later).message)).toBe("end");
    expect(
      knownParts({ parts: [{ type: "text", text: "a" }, { type: "hologram" }, { type: "tool-x" }] }),
    ).toHaveLength(2);
  });

  test("is given after every chunk", async () => {
    async function* chunks(): AsyncGenerator<TurnChunk> {
      yield* [start, { type: "text-start", id: "t" }, delta("a"), delta("b")] satisfies TurnChunk[];
    }
    const texts: string[] = [];
    for await (const message of readMessage(chunks())) texts.push(textOf(message));
    expect(texts).toEqual(["", "", "a", "ab"]);
  });
});
