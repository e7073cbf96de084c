import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isOurShare, placeOf } from "./share.ts";

test("a place is what peers compute, too: four bytes of SHA-256, big-endian, modulo 100", () => {
  // printf task-1 | sha256sum → the first eight hexadecimal digits, modulo 100
  expect([placeOf("task-1"), placeOf("aufgabe-ü")]).toEqual([50, 64]);
});

test("a task is always on the same side, and a greater share takes none away", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(100), fc.nat(100), (task, one, other) => {
      const [less, more] = one < other ? [one, other] : [other, one];
      expect(isOurShare(task, less)).toBe(isOurShare(task, less));
      if (isOurShare(task, less)) expect(isOurShare(task, more)).toBe(true);
    }),
  );
});

test("of many tasks, about as many are ours as the share says; of 0 none, of 100 all", () => {
  const tasks = Array.from({ length: 10_000 }, (_, at) => `task-${at}`);
  const share = (percent: number) => tasks.filter((task) => isOurShare(task, percent)).length;
  expect([share(0), share(100)]).toEqual([0, 10_000]);
  for (const percent of [1, 10, 50, 90]) {
    expect(Math.abs(share(percent) - percent * 100)).toBeLessThan(200);
  }
});
