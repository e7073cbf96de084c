import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Transcript, formatCursor, parseCursor } from "./transcript.ts";
import type { Cursor, Item, Operation } from "./transcript.ts";

const usage = { inputTokens: 1, outputTokens: 1, costMicros: 0, cached: false };

/** Items of a turn in an order that a turn can have. */
const text = fc.tuple(
  fc.constantFrom("text" as const, "reasoning" as const),
  fc.string({ minLength: 1, maxLength: 30 }),
);
const call = fc.uuid().map((id): Item => ({ k: "call", id, name: "look", input: { id }, at: 0 }));
const source = fc.uuid().map((id): Item => ({
  k: "source",
  source: { id, title: "a.md", mediaType: "text/markdown", start: 0, end: 3 },
}));

const stepOperations = fc
  .tuple(fc.array(fc.oneof(text, source), { maxLength: 5 }), fc.array(call, { maxLength: 3 }))
  .map(([content, calls]): Operation[] => {
    const operations: Operation[] = [["+", { k: "step" }]];
    for (const part of content) {
      if (Array.isArray(part)) {
        const [kind, words] = part;
        operations.push(["+", { k: kind, text: "", open: true }], ["t", words], ["c"]);
      } else operations.push(["+", part]);
    }
    for (const item of calls) operations.push(["+", item]);
    operations.push(["+", { k: "end", end: { reason: "stop", usage, model: "m", extractive: false } }]);
    for (const item of calls) {
      if (item.k === "call")
        operations.push(["+", { k: "result", id: item.id, output: 1, startedAt: 0, endedAt: 1 }]);
    }
    operations.push(["+", { k: "step-end" }]);
    return operations;
  });

const turn = fc.array(stepOperations, { minLength: 1, maxLength: 4 }).map((steps) => steps.flat());

function applied(operations: readonly Operation[]): Transcript {
  const transcript = new Transcript();
  for (const operation of operations) transcript.apply(operation);
  return transcript;
}

/** What a reader has in hand: parts with their text, as it would after folding chunks. */
class Reader {
  cursor: Cursor = { epoch: 0, position: 0 };
  parts: { type: string; text: string; id?: string }[] = [];

  read(transcript: Transcript, to?: number): void {
    const { from, restarted } = transcript.resume(this.cursor);
    if (restarted) {
      const chunk = transcript.restartChunk(from);
      if (chunk.type !== "data-restart") throw new Error("expected a restart");
      this.parts.length = chunk.data.keepParts;
      const last = this.parts.at(-1);
      if (chunk.data.keepText !== undefined && last) last.text = last.text.slice(0, chunk.data.keepText);
    }
    this.cursor = { epoch: transcript.epoch, position: from };
    for (const { position, chunk } of transcript.chunks(Math.max(from, 1), to)) {
      this.cursor = { epoch: transcript.epoch, position };
      switch (chunk.type) {
        case "start-step":
          this.parts.push({ type: "step", text: "" });
          break;
        case "text-start":
        case "reasoning-start":
          this.parts.push({ type: chunk.type, text: "", id: chunk.id });
          break;
        case "text-delta":
        case "reasoning-delta": {
          const part = this.parts.find(({ id }) => id === chunk.id);
          if (!part) throw new Error(`a delta for ${chunk.id}, which was never started`);
          part.text += chunk.delta;
          break;
        }
        case "source-document":
          this.parts.push({ type: "source", text: chunk.sourceId });
          break;
        case "tool-input-available":
          this.parts.push({ type: "tool", text: chunk.toolCallId });
          break;
        default:
      }
    }
  }
}

const readWhole = (transcript: Transcript): Reader["parts"] => {
  const reader = new Reader();
  reader.read(transcript);
  return reader.parts;
};

describe("positions in a transcript", () => {
  it("lets a reader stop anywhere and go on, with the same result as reading at once", () => {
    fc.assert(
      fc.property(turn, fc.array(fc.nat(400), { maxLength: 6 }), (operations, stops) => {
        const transcript = applied(operations);
        const reader = new Reader();
        for (const stop of stops.toSorted((a, b) => a - b)) reader.read(transcript, stop);
        reader.read(transcript);
        expect(reader.parts).toEqual(readWhole(transcript));
        expect(reader.cursor.position).toBe(transcript.end);
      }),
    );
  });

  it("does not depend on how text was cut into deltas", () => {
    fc.assert(
      fc.property(turn, fc.integer({ min: 1, max: 7 }), (operations, size) => {
        const cut = operations.flatMap((operation): Operation[] =>
          operation[0] === "t"
            ? Array.from({ length: Math.ceil(operation[1].length / size) }, (_, index) => [
                "t",
                operation[1].slice(index * size, (index + 1) * size),
              ])
            : [operation],
        );
        expect(applied(cut).end).toBe(applied(operations).end);
        expect(applied(cut).items).toEqual(applied(operations).items);
      }),
    );
  });

  it("is the same when rebuilt from what is stored", () => {
    fc.assert(
      fc.property(turn, (operations) => {
        const transcript = applied(operations);
        const rebuilt = Transcript.of(transcript.items, transcript.restarts);
        expect(rebuilt.end).toBe(transcript.end);
        expect([...rebuilt.chunks(1)]).toEqual([...transcript.chunks(1)]);
      }),
    );
  });
});

describe("restarts", () => {
  it("brings a reader of any earlier epoch to the same message as one who reads at once", () => {
    fc.assert(
      fc.property(turn, turn, fc.nat(300), fc.nat(300), (first, second, readTo, keep) => {
        // A step is cut short, at a place that a restart may keep: inside its model's answer.
        const before = applied(
          first.slice(
            0,
            first.findIndex(([kind, item]) => kind === "+" && item.k === "end"),
          ),
        );
        const reader = new Reader();
        reader.read(before, Math.max(readTo, 1));
        before.apply(["x", Math.max(1, Math.min(keep, before.end))]);
        for (const operation of before.last && "open" in before.last && before.last.open
          ? [["c"] as Operation, ...second]
          : second) {
          before.apply(operation);
        }
        reader.read(before);
        expect(reader.parts).toEqual(readWhole(before));
      }),
    );
  });

  it("does not disturb a reader who saw nothing of what was dropped", () => {
    const transcript = applied([
      ["+", { k: "step" }],
      ["+", { k: "text", text: "", open: true }],
      ["t", "Hello there"],
    ]);
    const kept = transcript.end - 6;
    expect(transcript.resume({ epoch: 0, position: kept })).toEqual({ from: kept, restarted: false });
    transcript.apply(["x", kept]);
    expect(transcript.resume({ epoch: 0, position: kept })).toEqual({ from: kept, restarted: false });
    expect(transcript.resume({ epoch: 0, position: kept + 3 })).toEqual({ from: kept, restarted: true });
    expect(transcript.output()).toBe("Hello");
  });
});

describe("cursors", () => {
  it("are read back as they are written, and anything else is refused", () => {
    expect(parseCursor(formatCursor({ epoch: 3, position: 1204 }))).toEqual({ epoch: 3, position: 1204 });
    for (const wrong of [
      "",
      "1",
      "1.",
      ".1",
      "-1.2",
      "1.2.3",
      "1e3.2",
      " 1.2",
      "a.b",
      `1.${"9".repeat(40)}`,
    ]) {
      expect(parseCursor(wrong)).toBeNull();
    }
  });
});
