import { describe, expect, test } from "vitest";
import { Uploads } from "./uploads.svelte.ts";

const file = (name: string) => new File(["text"], name);

/** A queue whose files are sent by hand. */
function underHand() {
  const sent: { name: string; signal: AbortSignal; arrive: () => void; fail: (error: Error) => void }[] = [];
  const finished: string[][] = [];
  const uploads = new Uploads<string>({
    refuse: ({ name }) => (name.endsWith(".zip") ? `${name} cannot be read.` : undefined),
    send: ({ name }, signal) =>
      new Promise((resolve, reject) => {
        sent.push({ name, signal, arrive: () => resolve(name), fail: reject });
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    explain: (error, { name }) => ({ words: `${name}: ${(error as Error).message}`, retry: true }),
    onfinished: (results) => finished.push(results),
  });
  const states = () => uploads.items.map(({ file: { name }, state }) => `${name} ${state}`);
  return { uploads, sent, finished, states };
}

/** Resolves when what was begun by an answer is done. */
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("files that are added", () => {
  test("go a few at a time, in their order, and what came of them is told once", async () => {
    const { uploads, sent, finished, states } = underHand();
    uploads.add(["a", "b", "c", "d"].map(file));
    expect(states()).toEqual(["a adding", "b adding", "c adding", "d waiting"]);
    expect([uploads.busy, uploads.settled, uploads.total]).toEqual([true, 0, 4]);
    sent[1]?.arrive();
    await soon();
    expect(states()).toEqual(["a adding", "c adding", "d adding"]);
    expect([uploads.settled, uploads.total, finished]).toEqual([1, 4, []]);
    for (const { arrive } of sent) arrive();
    await soon();
    expect([uploads.busy, states(), finished]).toEqual([false, [], [["b", "a", "c", "d"]]]);
  });

  test("stay with the reason where they could not be added, until they are tried again or forgotten", async () => {
    const { uploads, sent, finished, states } = underHand();
    uploads.add([file("a"), file("b"), file("c.zip")]);
    expect(sent.map(({ name }) => name)).toEqual(["a", "b"]);
    sent[0]?.fail(new Error("no line"));
    sent[1]?.arrive();
    await soon();
    expect(states()).toEqual(["a failed", "c.zip failed"]);
    expect(uploads.items.map(({ failure }) => failure)).toEqual([
      { words: "a: no line", retry: true },
      { words: "c.zip cannot be read.", retry: false },
    ]);
    expect([uploads.busy, finished]).toEqual([false, [["b"]]]);

    const [failed] = uploads.items;
    if (failed) uploads.retry(failed);
    expect(states()).toEqual(["c.zip failed", "a adding"]);
    sent[2]?.arrive();
    await soon();
    uploads.clearFailed();
    expect([states(), finished]).toEqual([[], [["b"], ["a"]]]);
  });

  test("are not sent on once they are taken off, and make room for the next", async () => {
    const { uploads, sent, finished, states } = underHand();
    uploads.add(["a", "b", "c", "d"].map(file));
    const [first] = uploads.items;
    if (first) uploads.remove(first);
    await soon();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(states()).toEqual(["b adding", "c adding", "d adding"]);
    expect([uploads.settled, uploads.total]).toEqual([1, 4]);
    for (const { arrive } of sent) arrive();
    await soon();
    expect(finished).toEqual([["b", "c", "d"]]);
  });

  test("tell nothing of those that were taken off, even where they had just arrived", async () => {
    const { uploads, sent, finished } = underHand();
    uploads.add([file("a")]);
    sent[0]?.arrive();
    const [only] = uploads.items;
    if (only) uploads.remove(only);
    await soon();
    expect([uploads.busy, uploads.items, finished]).toEqual([false, [], []]);
    uploads.add([file("b")]);
    sent[1]?.arrive();
    await soon();
    expect(finished).toEqual([["b"]]);
  });
});
