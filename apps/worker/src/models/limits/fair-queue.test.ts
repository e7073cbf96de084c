import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

test("each party gets one through before any gets its second", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.add(item.slice(0, 1), item);
  const expected = ["a1", "b1", "c1", "a2", "c2", "a3"];
  expect([...queue.inTurn()]).toEqual(expected);
  expect(Array.from(expected, () => queue.shift())).toEqual(expected);
  expect([queue.shift(), queue.size]).toEqual([undefined, 0]);
});

type Command = { do: "add"; party: string } | { do: "shift" } | { do: "remove"; nth: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant("add" as const), party: fc.constantFrom("a", "b", "c", "d") }),
  fc.record({ do: fc.constant("shift" as const) }),
  fc.record({ do: fc.constant("remove" as const), nth: fc.nat(30) }),
);

/** The same in the plainest words: next is the first item of the party that came, or was served, longest ago. */
class Reference {
  items: { party: string; item: number }[] = [];
  readonly #since = new Map<string, number>();
  #clock = 0;

  add(party: string, item: number): void {
    if (!this.items.some((other) => other.party === party)) this.#since.set(party, ++this.#clock);
    this.items.push({ party, item });
  }

  next(): { party: string; item: number } | undefined {
    const age = (party: string): number => this.#since.get(party) ?? 0;
    return this.items.reduce<{ party: string; item: number } | undefined>(
      (best, item) => (best === undefined || age(item.party) < age(best.party) ? item : best),
      undefined,
    );
  }

  shift(): number | undefined {
    const next = this.next();
    if (!next) return undefined;
    this.items = this.items.filter((item) => item !== next);
    this.#since.set(next.party, ++this.#clock);
    return next.item;
  }
}

test("does what its plain model does, whatever comes, goes and leaves", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const queue = new FairQueue<number>();
      const model = new Reference();
      let last = 0;
      for (const command of commands) {
        if (command.do === "add") {
          queue.add(command.party, ++last);
          model.add(command.party, last);
        } else if (command.do === "shift") {
          expect(queue.shift()).toBe(model.shift());
        } else {
          const gone = model.items[command.nth];
          expect(queue.remove(gone?.party ?? "a", gone?.item ?? -1)).toBe(gone !== undefined);
          model.items = model.items.filter((item) => item !== gone);
        }
        expect(queue.size).toBe(model.items.length);
        expect(queue.first()).toBe(model.next()?.item);
      }
      const foretold = [...queue.inTurn()];
      expect(foretold).toEqual(Array.from(foretold, () => queue.shift()));
      expect(queue.size).toBe(0);
    }),
  );
});
