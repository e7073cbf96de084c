import { expect, it } from "vitest";
import { TurnQueue } from "./turn-queue.ts";
import type { Turn } from "./turn.ts";

/** As much of a turn as a queue looks at. */
function turnOf(id: string, sessionId: string): Turn {
  return { row: { id, sessionId }, abort: new AbortController() } as unknown as Turn;
}

/** A queue whose turns end when they are told to, and the order in which they began. */
function queue() {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const turns = new TurnQueue((turn) => {
    began.push(turn.row.id);
    return new Promise((resolve) => ends.set(turn.row.id, resolve));
  });
  return {
    turns,
    began,
    end: async (id: string): Promise<void> => {
      ends.get(id)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it("runs the turns of a session in the order they were accepted, also while all places are taken", async () => {
  const { turns, began, end } = queue();
  for (let session = 0; session < 32; session += 1) turns.add(turnOf(`busy-${session}`, `busy-${session}`));
  turns.add(turnOf("first", "s"));
  turns.add(turnOf("second", "s"));
  expect(turns.startsAtOnce("s")).toBe(false);
  await end("busy-0");
  turns.add(turnOf("third", "s"));
  await end("first");
  await end("second");
  expect(began.slice(32)).toEqual(["first", "second", "third"]);
});

it("lets every session that waits have a turn before one has its next", async () => {
  const { turns, began, end } = queue();
  for (let session = 0; session < 32; session += 1) turns.add(turnOf(`busy-${session}`, `busy-${session}`));
  for (const turn of ["a1", "a2", "b1"]) turns.add(turnOf(turn, turn.charAt(0)));
  await end("busy-0");
  await end("a1");
  await end("b1");
  expect(began.slice(32)).toEqual(["a1", "b1", "a2"]);
});

it("forgets a turn that was withdrawn, and a session with nothing else to do", async () => {
  const { turns, began, end } = queue();
  for (let session = 0; session < 32; session += 1) turns.add(turnOf(`busy-${session}`, `busy-${session}`));
  const [waiting, running] = [turnOf("waiting", "s"), turnOf("other", "t")];
  turns.add(waiting);
  turns.add(running);
  expect(turns.withdraw(waiting)).toBe(true);
  expect(turns.withdraw(waiting)).toBe(false);
  await end("busy-0");
  expect(began.slice(32)).toEqual(["other"]);
  expect(turns.withdraw(running)).toBe(false);
  expect(turns.find("waiting")).toBeUndefined();
  expect(turns.size).toBe(32);
});
