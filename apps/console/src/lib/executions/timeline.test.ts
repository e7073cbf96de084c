import type { Execution, ModelCall } from "@orrery/protocol";
import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import { timelineOf } from "./timeline.ts";
import Waterfall from "./waterfall.svelte";

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

const modelCall = (id: string, startedAt: number, latencyMs: number, changes: Partial<ModelCall> = {}) => ({
  id,
  model: `scripted/${id}`,
  provider: "scripted",
  kind: "text" as const,
  outcome: "completed" as const,
  inputTokens: 1,
  outputTokens: 1,
  costMicros: 0,
  startedAt: at(startedAt),
  latencyMs,
  ...changes,
});

const shape = (spans: ReturnType<typeof timelineOf>["spans"]) =>
  spans.map(({ label, start, end, open }) => [label, start, end, open]);

describe("the timeline of an execution", () => {
  test("without tools is all the model's", () => {
    const { total, spans } = timelineOf(execution({ latencyMs: 900, completedAt: at(900) }), origin);
    expect(total).toBe(900);
    expect(shape(spans)).toEqual([["Model", 0, 900, false]]);
    const begun = execution({ latencyMs: 900, completedAt: at(900), firstTokenMs: 80 });
    expect(timelineOf(begun, origin).spans[0]?.firstToken).toBe(80);
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

describe("the timeline of an execution whose calls to models are recorded", () => {
  const handedOn = execution({
    latencyMs: 900,
    completedAt: at(900),
    firstTokenMs: 150,
    modelCalls: [
      modelCall("dead", 10, 90, { outcome: "failed" }),
      modelCall("slow", 110, 300, { outcome: "cancelled" }),
      modelCall("quick", 200, 100, { firstTokenMs: 40 }),
      modelCall("again", 700, 2, { outcome: "cached" }),
    ],
    toolCalls: [{ id: "t", name: "calculate", input: {}, startedAt: at(400), endedAt: at(650) }],
  });

  test("is of each attempt by its own times, raced ones side by side, and of tool calls between them", () => {
    const { spans } = timelineOf(handedOn, origin);
    expect(shape(spans)).toEqual([
      ["scripted/dead", 10, 100, false],
      ["scripted/slow", 110, 410, false],
      ["scripted/quick", 200, 300, false],
      ["calculate", 400, 650, false],
      ["scripted/again", 700, 702, false],
    ]);
    expect(spans.map(({ outcome, firstToken }) => [outcome, firstToken])).toEqual([
      ["failed", undefined],
      ["cancelled", undefined],
      ["completed", 240],
      [undefined, undefined],
      ["cached", undefined],
    ]);
  });

  test("says what became of attempts that did not end well, not by colour alone", () => {
    const { body } = render(Waterfall, { props: { execution: handedOn } });
    const lines = body.split("<li").slice(1);
    expect(lines.map((line) => /Failed|Stopped|From cache|Completed/.exec(line)?.[0])).toEqual([
      "Failed",
      "Stopped",
      undefined,
      undefined,
      "From cache",
    ]);
    expect(lines[2]).toContain("first token after 40 ms");
  });

  test("takes a model to be at work where it runs, no tool does, and no later call has ended", () => {
    const changes: Partial<Execution> = { status: "running", modelCalls: [modelCall("first", 0, 100)] };
    const call = { id: "t", name: "calculate", input: {}, startedAt: at(100) };
    const open = (running: Execution) => timelineOf(running, origin + 500).spans.filter((span) => span.open);
    expect(shape(open(execution({ ...changes, toolCalls: [call] })))).toEqual([
      ["calculate", 100, 500, true],
    ]);
    expect(shape(open(execution({ ...changes, toolCalls: [{ ...call, endedAt: at(200) }] })))).toEqual([
      ["Model", 200, 500, true],
    ]);
    expect(open(execution({ ...changes, status: "waiting" }))).toEqual([]);
  });

  test("keeps within the execution, however clocks differ", () => {
    const { spans } = timelineOf(
      execution({
        latencyMs: 100,
        completedAt: at(100),
        modelCalls: [modelCall("early", -5, 20), modelCall("late", 90, 40, { firstTokenMs: 20 })],
      }),
      origin,
    );
    expect(shape(spans)).toEqual([
      ["scripted/early", 0, 15, false],
      ["scripted/late", 90, 100, false],
    ]);
    expect(spans[1]?.firstToken).toBe(100);
  });
});
