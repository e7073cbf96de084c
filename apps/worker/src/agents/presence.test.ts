import { beforeEach, describe, expect, it } from "vitest";
import { Presence } from "./presence.ts";
import type { Settled } from "./presence.ts";

let now: number;
let calls: { at: number; work: () => void }[];
let settled: () => Promise<Settled>;
let left: number[];
let presence: Presence;

const make = (restMs: number | null): Presence =>
  new Presence({
    restMs,
    now: () => now,
    after: (milliseconds, work) => calls.push({ at: now + milliseconds, work }),
    settle: () => settled(),
    leave: () => left.push(now),
  });

/** Lets time pass, and what is due happen in its order. */
async function pass(milliseconds: number): Promise<void> {
  const end = now + milliseconds;
  for (;;) {
    const due = calls.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
    if (!due) break;
    calls = calls.filter((call) => call !== due);
    now = Math.max(now, due.at);
    due.work();
    await new Promise((resolve) => setImmediate(resolve));
  }
  now = end;
}

beforeEach(() => {
  now = 0;
  calls = [];
  left = [];
  settled = async () => "safe";
  presence = make(100);
});

describe("an object", () => {
  it("leaves when there was no visit for as long as it rests", async () => {
    const end = presence.enter();
    await pass(500);
    end();
    await pass(99);
    expect(left).toEqual([]);
    await pass(1);
    expect(left).toEqual([600]);
  });

  it("counts its rest from the end of the last visit", async () => {
    presence.enter()();
    await pass(60);
    presence.enter()();
    await pass(500);
    expect(left).toEqual([160]);
  });

  it("stays while anyone is inside, and is not moved by who has gone before", async () => {
    const [first, second] = [presence.enter(), presence.enter()];
    first();
    first();
    await pass(1_000);
    expect(left).toEqual([]);
    second();
    await pass(1_000);
    expect(left).toEqual([1_100]);
  });

  it("ends a visit whose work fails", async () => {
    await expect(presence.during(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await pass(100);
    expect(left).toEqual([100]);
  });

  it("stays for who comes in while it settles, even if they have gone again", async () => {
    const settling: PromiseWithResolvers<Settled>[] = [];
    settled = () => {
      const one = Promise.withResolvers<Settled>();
      settling.push(one);
      return one.promise;
    };
    presence.enter()();
    await pass(100);
    presence.enter()();
    settling[0]?.resolve("safe");
    await pass(99);
    expect(left).toEqual([]);
    await pass(1);
    settling[1]?.resolve("safe");
    await pass(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(left).toEqual([200]);
  });

  it("stays while there is something to do, and asks less and less often", async () => {
    const asked: number[] = [];
    settled = async () => (asked.push(now) > 6 ? "safe" : "busy");
    presence.enter()();
    await pass(100_000);
    expect(asked).toEqual([100, 300, 700, 1_500, 3_100, 4_700, 6_300]);
    expect(left).toEqual([6_300]);
  });

  it("is not asked again while something keeps it, until that has gone", async () => {
    let asked = 0;
    settled = async () => {
      asked += 1;
      return asked === 1 ? "kept" : "safe";
    };
    presence.enter()();
    await pass(10_000);
    expect([asked, calls.length, left]).toEqual([1, 0, []]);
    presence.enter()();
    await pass(100);
    expect(left).toEqual([10_100]);
  });

  it("stays when it cannot settle", async () => {
    settled = () => Promise.reject(new Error("the disk is full"));
    presence.enter()();
    await pass(1_000);
    expect(left).toEqual([]);
  });

  it("leaves it to the runtime where no rest is set", async () => {
    presence = make(null);
    presence.enter()();
    await pass(1_000_000);
    expect([left, calls]).toEqual([[], []]);
  });
});
