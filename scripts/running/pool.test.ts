import { expect, it } from "vitest";
import { inParallel } from "./pool.ts";

it("runs as many at once as allowed, begins them in order and keeps the order of results", async () => {
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const results = inParallel([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    await ends[item]?.promise;
    return item * 10;
  });
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  expect(await results).toEqual([0, 10, 20, 30]);
});
