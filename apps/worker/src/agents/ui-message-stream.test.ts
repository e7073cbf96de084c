/** The stream is one that the AI SDK's own reader understands, chunk by chunk and as a whole. */
import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from "ai";
import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import type { ExecutionRow } from "./execution-store.ts";
import { messagesView } from "./execution-view.ts";
import { streamOf as streamOfText } from "./readers.ts";
import type { Item } from "./transcript.ts";
import { startCursor } from "./transcript.ts";
import { replay } from "./turn.ts";

const usage = { inputTokens: 3, outputTokens: 4, costMicros: 5, cached: false };

const items: Item[] = [
  { k: "step" },
  { k: "reasoning", text: "Look it up." },
  { k: "call", id: "c1", name: "search_documents", input: { query: "x" }, at: 1 },
  { k: "call", id: "c2", name: "calculate", input: { expression: "1/0" }, at: 1 },
  { k: "end", end: { reason: "tool-calls", usage, model: "lab/m", extractive: false } },
  { k: "result", id: "c1", output: { passages: [] }, startedAt: 1, endedAt: 2 },
  { k: "result", id: "c2", error: "division by zero", startedAt: 1, endedAt: 2 },
  { k: "step-end" },
  { k: "step" },
  { k: "text", text: "It says “naïve 🪐”." },
  { k: "source", source: { id: "d:0-5", title: "a.md", mediaType: "text/markdown", start: 0, end: 5 } },
  { k: "end", end: { reason: "stop", usage, model: "lab/m", extractive: true } },
  { k: "step-end" },
];

function rowOf(status: ExecutionRow["status"], outcome: ExecutionRow["outcome"]): ExecutionRow {
  return {
    id: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
    sessionId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a88",
    previousId: null,
    status,
    request: { input: "?", prompt: "?", documents: [], edgeLocation: "local" },
    outcome,
    createdAt: 0,
    firstTokenAt: 1,
    completedAt: 2,
  };
}

async function chunksOf(row: ExecutionRow): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  const parsed = parseJsonEventStream({
    stream: replay(row, startCursor, nobody),
    schema: uiMessageChunkSchema,
  });
  for await (const result of parsed) {
    if (!result.success) throw result.error;
    chunks.push(result.value);
  }
  return chunks;
}

const nobody = () => () => undefined;

const streamOf = (chunks: readonly UIMessageChunk[]): ReadableStream<UIMessageChunk> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

async function messageOf(chunks: readonly UIMessageChunk[]): Promise<UIMessage | undefined> {
  let message: UIMessage | undefined;
  for await (const next of readUIMessageStream({ stream: streamOf(chunks) })) message = next;
  return message;
}

describe("the AI SDK", () => {
  it("reads every chunk, and puts together the message that the API stores", async () => {
    const row = rowOf("completed", { items, restarts: [] });
    const chunks = await chunksOf(row);
    expect(chunks.at(0)).toMatchObject({ type: "start", messageMetadata: { executionId: row.id } });
    expect(chunks.at(-1)).toMatchObject({ type: "finish", finishReason: "stop" });
    const message = await messageOf(chunks);
    const stored = messagesView(row)[1];
    expect(message?.id).toBe(stored?.id);
    expect(message?.metadata).toMatchObject({ sessionId: row.sessionId, model: "lab/m", extractive: true });
    // What its reader adds of its own (`undefined` members) is not part of the message on the wire.
    expect(JSON.parse(JSON.stringify(message?.parts))).toMatchObject(stored?.parts ?? []);
  });

  it("reads the end of a turn that was cancelled, and of one that failed", async () => {
    const cancelled = await chunksOf(rowOf("cancelled", { items: items.slice(0, 2), restarts: [] }));
    expect(cancelled.at(-1)).toEqual({ type: "abort", reason: "cancelled" });
    const error = { code: "upstream_failed" as const, message: "lab could not be reached", retryable: true };
    const failed = await chunksOf(rowOf("failed", { items: [], restarts: [], error }));
    expect(failed.at(-1)).toEqual({ type: "error", errorText: "lab could not be reached" });
  });

  it("takes a restart for data that passes by", async () => {
    const chunk = { type: "data-restart", transient: true, data: { keepParts: 1, keepText: 3 } };
    const body = streamOfText(`id: 1.9\ndata: ${JSON.stringify(chunk)}\n\n`, nobody);
    const parsed = parseJsonEventStream({ stream: body, schema: uiMessageChunkSchema });
    for await (const result of parsed) expect(result).toMatchObject({ success: true, value: chunk });
  });
});
