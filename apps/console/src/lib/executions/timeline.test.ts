import type { Execution } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { timelineOf } from "./timeline.ts";

const origin = Date.parse("2026-11-20T12:00:00.000Z");
const at = (milliseconds: number) => new Date(origin + milliseconds).toISOString();

const execution = (changes: Partial<Execution> = {}): Execution => ({
  id: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
  agentId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a88",
  sessionId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a89",
  input: "Hello",
  attachments: [],
  status: "completed",
  edgeLocation: "local",
  toolCalls: [],
  routes: [],
  modelCalls: [],
  filtered: [],
  createdAt: at(0),
  ...changes,
});

const shape = (spans: ReturnType<typeof timelineOf>["spans"]) =>
  spans.map(({ label, start, end, open }) => [label, start, end, open]);

describe("the timeline of an execution", () => {
  test("without tools is all the model's", () => {
    const { total, spans } = timelineOf(execution({ latencyMs: 900, completedAt: at(900) }), origin);
    expect(total).toBe(900);
    expect(shape(spans)).toEqual([["Model", 0, 900, false]]);
  });

  test("gives the model what lies before, between and after tool calls that run side by side", () => {
    const { spans } = timelineOf(
      execution({
        latencyMs: 1_000,
        completedAt: at(1_000),
        toolCalls: [
          { id: "b", name: "search_documents", input: {}, startedAt: at(210), endedAt: at(500) },
          { id: "a", name: "calculate", input: {}, startedAt: at(200), endedAt: at(300) },
        ],
      }),
      origin,
    );
    expect(shape(spans)).toEqual([
      ["Model", 0, 200, false],
      ["calculate", 200, 300, false],
      ["search_documents", 210, 500, false],
      ["Model", 500, 1_000, false],
    ]);
  });

  test("of a running one grows with the time, and what has not ended is open", () => {
    const { total, spans } = timelineOf(
      execution({
        status: "running",
        toolCalls: [{ id: "a", name: "calculate", input: {}, startedAt: at(100) }],
      }),
      origin + 400,
    );
    expect(total).toBe(400);
    expect(shape(spans)).toEqual([
      ["Model", 0, 100, false],
      ["calculate", 100, 400, true],
    ]);
  });
});
