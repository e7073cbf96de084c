import { OrreryError } from "@orrery/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { Turn } from "./turn.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gone = new OrreryError("conflict", "The workspace's key was destroyed");

function turnWhose(append: () => void): Turn {
  const store = { appendLog: append, log: () => [] } as unknown as ExecutionStore;
  const row: ExecutionRow = {
    id: "e",
    sessionId: "s",
    previousId: null,
    status: "running",
    request: { input: "?", prompt: "?", documents: [], edgeLocation: "local" },
    outcome: null,
    createdAt: 0,
    firstTokenAt: null,
    completedAt: null,
  };
  return new Turn({ store, sync: async () => {}, visit: () => () => {}, now: () => 0 }, row, true);
}

it("a turn that can no longer be sealed ends, and says why", () => {
  const turn = turnWhose(() => {
    throw gone;
  });
  turn.add({ k: "step" });
  turn.addText("text", "What nobody may read");
  expect(turn.abort.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(turn.abort.signal.aborted).toBe(true);
  expect(turn.failure).toBe(gone);
});

it("a turn that is too large for the disk ends, and says so once", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const turn = turnWhose(() => {
    throw new Error("string or blob too big: SQLITE_TOOBIG");
  });
  for (const _ of [1, 2]) {
    turn.addText("text", "x");
    vi.advanceTimersByTime(1_000);
  }
  expect(turn.abort.signal.aborted).toBe(true);
  expect(turn.failure).toMatchObject({ code: "payload_too_large" });
  await expect(turn.persist()).rejects.toBe(turn.failure);
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});

it("a turn whose log is waited for fails with what kept it from being written", async () => {
  const turn = turnWhose(() => {
    throw gone;
  });
  turn.addText("text", "x");
  await expect(turn.persist()).rejects.toBe(gone);
});

it("a turn that is kept goes on", () => {
  const appended = vi.fn<() => void>();
  const turn = turnWhose(appended);
  turn.addText("text", "x");
  vi.advanceTimersByTime(1_000);
  expect(appended).toHaveBeenCalledOnce();
  expect(turn.failure).toBeUndefined();
});
