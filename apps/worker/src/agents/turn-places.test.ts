/** From where a reader may go on in a turn's stream. */
import { describe, expect, it } from "vitest";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import type { Cursor } from "./transcript.ts";
import { Turn, replay } from "./turn.ts";

const store = { appendLog: () => {}, log: () => [] } as unknown as ExecutionStore;
const visit = () => () => {};

const rowOf = (): ExecutionRow => ({
  id: "e",
  sessionId: "s",
  previousId: null,
  status: "running",
  request: { input: "?", prompt: "?", documents: [], edgeLocation: "local" },
  outcome: null,
  createdAt: 0,
  firstTokenAt: null,
  completedAt: null,
});

/** A turn that has said "Three months", and been taken up again once, after which it said "Three weeks". */
function saying(): Turn {
  const turn = new Turn({ store, sync: async () => {}, visit, now: () => 0 }, rowOf(), true);
  turn.add({ k: "step" });
  turn.addText("text", "Three months");
  turn.restartAt(8);
  turn.addText("text", " weeks");
  return turn;
}

const text = async (stream: ReadableStream<Uint8Array>): Promise<string> => await new Response(stream).text();

const refusal = expect.objectContaining({
  code: "invalid_request",
  status: 422,
  errors: [{ path: "last-event-id", message: expect.any(String) as string }],
}) as Error;

describe("a reader that comes back with an id that is none of the stream's", () => {
  const { end } = saying().transcript;
  const wrong: Cursor[] = [
    { epoch: 9, position: 1 },
    { epoch: 2, position: 0 },
    { epoch: 1, position: end + 1 },
    { epoch: 1, position: 99_999 },
  ];

  it.each(wrong)("is refused while the turn runs: $epoch.$position", (cursor) => {
    expect(() => saying().follow(cursor)).toThrow(refusal);
  });

  it.each(wrong.filter(({ position }) => position !== end + 1))(
    "is refused when it has ended: $epoch.$position",
    (cursor) => {
      // Its last text was still open, and closing it moves the end by one.
      const row = saying().conclude("completed");
      expect(() => replay(row, cursor, visit)).toThrow(refusal);
    },
  );
});

describe("a reader that comes back with an id of the stream's", () => {
  it("goes on after it, in an earlier epoch too", async () => {
    const turn = saying();
    const { end } = turn.transcript;
    const row = turn.conclude("completed");
    expect(await text(replay(row, { epoch: 1, position: end }, visit))).toContain('"finish"');
    // What it saw of the first epoch is taken back from the position on that the second kept.
    expect(await text(replay(row, { epoch: 0, position: 99_999 }, visit))).toContain('"data-restart"');
  });

  it("is told only that nothing follows where it has seen the last", async () => {
    const turn = saying();
    const row = turn.conclude("completed");
    const position = turn.transcript.end + 1;
    expect(await text(replay(row, { epoch: 1, position }, visit))).toBe("data: [DONE]\n\n");
    expect(() => replay(row, { epoch: 1, position: position + 1 }, visit)).toThrow(refusal);
  });

  it("is told of the end of what nobody can read any more, wherever it was", async () => {
    const unreadable: ExecutionRow = { ...rowOf(), status: "completed", unreadable: true };
    expect(await text(replay(unreadable, { epoch: 0, position: 400 }, visit))).toContain('"error"');
  });
});
