import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { type Boarding, Flights, type Lease } from "./flights.ts";

let clock: ManualClock;
let flights: Flights<string>;
let roles: string[];
let leases: Lease<string>[];

beforeEach(() => {
  clock = new ManualClock(-1);
  flights = new Flights(clock);
  roles = [];
  leases = [];
});

const flush = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Boards, and notes under `name` what became of it. */
function board(name: string, key = "key", patience = 60_000): void {
  const note = (boarding: Boarding<string>): void => {
    roles.push(`${name}: ${boarding.role === "passenger" ? boarding.answer : boarding.role}`);
    if (boarding.role === "lead") leases.push(boarding.lease);
  };
  const boarding = flights.board(key, clock.now() + patience);
  if (boarding instanceof Promise) void boarding.then(note);
  else note(boarding);
}

test("one leads, and the others get what it made", async () => {
  for (const name of ["a", "b", "c"]) board(name);
  board("d", "another");
  leases[0]?.land("done");
  await flush();
  expect(roles).toEqual(["a: lead", "d: lead", "b: done", "c: done"]);
  leases[1]?.abandon();
  expect([flights.size, clock.pending]).toEqual([0, 0]);
});

test("a lead that fails is followed by who has waited longest", async () => {
  for (const name of ["a", "b", "c"]) board(name);
  leases[0]?.abandon();
  await flush();
  leases[1]?.land("by b");
  await flush();
  expect(roles).toEqual(["a: lead", "b: lead", "c: by b"]);
});

test("a lead that is not done by its deadline is followed, and comes too late", async () => {
  board("a", "key", 1_000);
  board("b");
  clock.advance(1_000);
  await flush();
  leases[0]?.land("late");
  expect(roles).toEqual(["a: lead", "b: lead"]);
  board("c");
  leases[0]?.abandon();
  leases[1]?.land("by b");
  await flush();
  expect(roles.at(-1)).toBe("c: by b");
});

test("nobody waits longer than half of its time", async () => {
  board("a");
  board("b", "key", 2_000);
  clock.advance(999);
  await flush();
  expect(roles).toEqual(["a: lead"]);
  clock.advance(1);
  await flush();
  expect(roles).toEqual(["a: lead", "b: late"]);
});

describe("whatever leads do", () => {
  test("of those in the air one leads at a time, and all come to an end", async () => {
    const end = fc.constantFrom("land", "abandon", "crash");
    await fc.assert(
      fc.asyncProperty(fc.array(end, { minLength: 1, maxLength: 20 }), async (ends) => {
        clock = new ManualClock(-1);
        flights = new Flights(clock);
        const done: string[] = [];
        let leading = 0;
        const call = async (how: string): Promise<void> => {
          const boarding = await flights.board("key", clock.now() + 3_600_000);
          if (boarding.role !== "lead") {
            done.push(boarding.role);
            return;
          }
          leading += 1;
          expect(leading).toBe(1);
          await flush();
          leading -= 1;
          done.push(how);
          if (how === "land") boarding.lease.land("answer");
          else if (how === "abandon") boarding.lease.abandon();
          else clock.advance(3_600_000); // one that crashed is heard of by its deadline
        };
        const calls = Promise.all(ends.map(call));
        for (let n = 0; n < ends.length; n++) await flush();
        await calls;
        expect(done).toHaveLength(ends.length);
        expect([flights.size, clock.pending]).toEqual([0, 0]);
      }),
    );
  });
});
