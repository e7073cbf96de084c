import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { termsOf } from "./terms.ts";

/** Bytes of the heap that are in use, all garbage gone. */
function inUse(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

it("the words that are known keep none of the texts in memory in which they stood", () => {
  const megabyte = 1_000_000;
  const read = (index: number): void => {
    const letters = String.fromCharCode(97 + index);
    const text = `uncharacteristically${letters.repeat(4)} ${"a ".repeat(megabyte / 2)}`;
    expect(termsOf(text)).toHaveLength(1);
  };
  read(25);
  const before = inUse();
  for (let index = 0; index < 20; index += 1) read(index);
  expect(inUse() - before).toBeLessThan(5 * megabyte);
});
