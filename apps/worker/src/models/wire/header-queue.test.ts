import { describe, expect, test } from "vitest";
import { HeaderQueue } from "./header-queue.ts";

const never = new AbortController().signal;
const flush = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A queue with five requests on their way. */
function full(): HeaderQueue {
  const queue = new HeaderQueue();
  for (let n = 0; n < 5; n++) expect(queue.enter()).toBe(true);
  return queue;
}

describe("requests that wait for headers", () => {
  test("are five at once; each that is answered lets the next one go, in order", async () => {
    const queue = full();
    expect(queue.enter()).toBe(false);
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) void queue.turn(never).then(() => order.push(name));
    await flush();
    expect(order).toEqual([]);
    queue.leave();
    await flush();
    expect([order, queue.enter()]).toEqual([["a"], false]);
    queue.leave();
    queue.leave();
    await flush();
    expect(order).toEqual(["a", "b", "c"]);
    for (let n = 0; n < 5; n++) queue.leave();
    expect(Array.from({ length: 6 }, () => queue.enter())).toEqual([true, true, true, true, true, false]);
  });

  test("that leave while they queue hear their own reason, and hold up nobody", async () => {
    const queue = full();
    const leaver = new AbortController();
    const left = queue.turn(leaver.signal);
    const next = queue.turn(never);
    leaver.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    queue.leave();
    await next;
    await expect(queue.turn(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    queue.leave();
    expect(queue.enter()).toBe(true);
  });
});
