import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "../clock.ts";
import { ModelError } from "../contract.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { createAccount } from "./account.ts";
import type { AccountEnv, AccountStub } from "./account.ts";
import type { AccountTerms } from "./contract.ts";
import { UnbookedCalls } from "./unbooked.ts";
import { callOf } from "./testing/calls.ts";
import { FarObject, settleMicrotasks } from "./testing/far-object.ts";

const workspaceId = "lab";
const caller = { workspaceId, location: "local" };

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

/** An isolate's account whose way to the object takes `there` and `back` milliseconds. */
function isolateOf(object: FarObject, clock: Clock, there = 0, back = 0) {
  const env: AccountEnv = { ACCOUNTS: { getByName: () => object.stub(there, back) } };
  return createAccount(env, { clock, memory: new Map(), unbooked: new UnbookedCalls() });
}

function near() {
  const clock = new ManualClock(0);
  const object = new FarObject(clock);
  return { clock, object, account: isolateOf(object, clock) };
}

/** Terms that are known without asking. */
function known(terms: AccountTerms | Promise<AccountTerms>): AccountTerms {
  if (terms instanceof Promise) throw new Error("had to be asked for");
  return terms;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no failure",
    (error: unknown) => error,
  );

describe("a change of terms", () => {
  type Event =
    | { event: "call"; isolate: number }
    | { event: "policy" }
    | { event: "budget" }
    | { event: "kill" }
    | { event: "pass"; milliseconds: number };

  const some = fc.oneof<fc.WeightedArbitrary<Event>[]>(
    { weight: 6, arbitrary: fc.record({ event: fc.constant("call" as const), isolate: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.constant({ event: "policy" as const }) },
    { weight: 1, arbitrary: fc.constant({ event: "budget" as const }) },
    { weight: 2, arbitrary: fc.constant({ event: "kill" as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        event: fc.constant("pass" as const),
        milliseconds: fc.oneof(fc.nat(300), fc.integer({ min: 1_600, max: 2_300 }), fc.constantFrom(40_000)),
      }),
    },
  );
  /** Ways to the object, and how wrong the isolate's clock is. */
  const isolates = fc.array(
    fc.record({
      there: fc.nat(400),
      back: fc.nat(400),
      wrong: fc.integer({ min: -3_600_000, max: 3_600_000 }),
      /** Milliseconds that its clock may stand still while it computes. */
      late: fc.nat(240),
    }),
    { minLength: 3, maxLength: 3 },
  );

  test("holds everywhere once it is confirmed: no call acts on what held before", async () => {
    await fc.assert(
      fc.asyncProperty(
        isolates,
        fc.array(some, { minLength: 5, maxLength: 60, size: "max" }),
        async (ways, events) => {
          const clock = new ManualClock(0);
          const object = new FarObject(clock);
          let reads = 0;
          const accounts = ways.map(({ there, back, wrong, late }) => {
            const now = () => clock.now() + wrong - ((reads += 97) % (late + 1));
            return isolateOf(object, { now, after: (ms, action) => clock.after(ms, action) }, there, back);
          });
          /** Policies are numbered by a limit in them. */
          let written = 0;
          let confirmed = 0;
          let budgetConfirmed = false;
          const acted = ({ policy, budgeted }: AccountTerms): void => {
            expect(policy.limits?.requestsPerMinute ?? 0).toBeGreaterThanOrEqual(confirmed);
            if (budgetConfirmed) expect(budgeted).toBe(true);
          };
          const calls: Promise<void>[] = [];
          const confirm = (change: Promise<void>, confirmation: () => void): void =>
            void calls.push(change.then(confirmation, () => undefined));

          const take = (event: Event): void => {
            if (event.event === "call") {
              const terms = accounts[event.isolate]?.terms(workspaceId);
              if (terms === undefined) throw new Error("there are three");
              if (terms instanceof Promise) calls.push(terms.then(acted));
              else acted(terms);
            } else if (event.event === "policy") {
              const version = ++written;
              confirm(object.setPolicy({ limits: { requestsPerMinute: version } }), () => {
                confirmed = Math.max(confirmed, version);
              });
            } else if (event.event === "budget") {
              confirm(object.createBudget(100), () => {
                budgetConfirmed = true;
              });
            } else if (event.event === "kill") object.kill();
          };
          const pass = async (milliseconds: number): Promise<void> => {
            const until = clock.now() + milliseconds;
            while (clock.now() < until) {
              clock.advance(Math.min(milliseconds > 10_000 ? 500 : 10, until - clock.now()));
              await settleMicrotasks();
            }
          };
          for (const event of events) {
            if (event.event === "pass") await pass(event.milliseconds);
            else take(event);
            await settleMicrotasks();
          }
          await pass(5_000);
          await Promise.all(calls);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test("is confirmed at once where nobody knows other terms", async () => {
    const { clock, object, account } = near();
    await object.setPolicy({ regions: ["eu"] });
    await account.terms(workspaceId);
    clock.advance(60_000);
    object.kill();
    await object.setPolicy({ regions: ["us"] });
    expect((await account.terms(workspaceId)).policy).toEqual({ regions: ["us"] });
  });

  test("waits for those who know other terms, and for those whom a crash made it forget", async () => {
    const { clock, object, account } = near();
    await account.terms(workspaceId);
    object.kill();
    let confirmed = false;
    const change = object.setPolicy({ regions: ["eu"] }).then(() => {
      confirmed = true;
    });
    clock.advance(2_249);
    await settleMicrotasks();
    expect(confirmed).toBe(false);
    clock.advance(1);
    await change;
    expect((await account.terms(workspaceId)).policy).toEqual({ regions: ["eu"] });
  });

  test("that changes nothing waits for one before it all the same", async () => {
    const { clock, object, account } = near();
    await account.terms(workspaceId);
    const order: string[] = [];
    const first = object.setPolicy({ regions: ["eu"] }).then(() => order.push("first"));
    clock.advance(1_000);
    const again = object.setPolicy({ regions: ["eu"] }).then(() => order.push("again"));
    await settleMicrotasks();
    expect(order).toEqual([]);
    clock.advance(1_250);
    await Promise.all([first, again]);
    expect(order).toEqual(["first", "again"]);
  });
});

describe("terms", () => {
  test("cost nothing while they hold, and are renewed behind the calls once half their time is over", async () => {
    const { clock, object, account } = near();
    await account.terms(workspaceId);
    for (let call = 0; call < 1_000; call++) {
      known(account.terms(workspaceId));
      clock.advance(10);
      await settleMicrotasks();
    }
    expect(object.asked).toBeLessThanOrEqual(11);
  });

  test("a renewal that was cut off with its request is tried again by another", async () => {
    const { clock, object } = near();
    let cutOff = false;
    const never: AccountStub["lend"] = () => new Promise(() => {});
    const stub = object.stub(0, 0);
    const env: AccountEnv = {
      ACCOUNTS: { getByName: () => (cutOff ? { ...stub, lend: never } : stub) },
    };
    const account = createAccount(env, { clock, memory: new Map(), unbooked: new UnbookedCalls() });
    await account.terms(workspaceId);
    cutOff = true;
    clock.advance(1_100);
    known(account.terms(workspaceId));
    cutOff = false;
    known(account.terms(workspaceId));
    await settleMicrotasks();
    expect(object.asked).toBe(1);
    clock.advance(500);
    known(account.terms(workspaceId));
    await settleMicrotasks();
    expect(object.asked).toBe(2);
    clock.advance(1_900);
    known(account.terms(workspaceId));
  });

  test("that cannot be had let no call through", async () => {
    const { clock, object, account } = near();
    await account.terms(workspaceId);
    object.unreachable = true;
    clock.advance(1_500);
    known(account.terms(workspaceId));
    clock.advance(500);
    const failed = await failure(Promise.resolve(account.terms(workspaceId)));
    expect(failed).toBeInstanceOf(ModelError);
    expect(failed).toMatchObject({ code: "upstream_failed", retryable: true });
    object.unreachable = false;
    expect(await account.terms(workspaceId)).toMatchObject({ policy: {} });
  });

  test("that take longer to come than they hold let no call through, and are given up after ten seconds", async () => {
    const clock = new ManualClock(0);
    const account = isolateOf(new FarObject(clock), clock, 1_500, 1_500);
    const failed = failure(Promise.resolve(account.terms(workspaceId)));
    for (let second = 0; second < 12; second++) {
      clock.advance(1_000);
      await settleMicrotasks();
    }
    expect(await failed).toMatchObject({ code: "upstream_failed", retryable: true });
  });

  test("that came late are asked for until they come in time", async () => {
    const clock = new ManualClock(0);
    const stub = new FarObject(clock).stub(0, 0);
    let late = 3;
    const slow: AccountStub = {
      ...stub,
      async lend() {
        const lease = await stub.lend();
        if (late-- > 0) clock.advance(2_500);
        return lease;
      },
    };
    const account = createAccount(
      { ACCOUNTS: { getByName: () => slow } },
      { clock, memory: new Map(), unbooked: new UnbookedCalls() },
    );
    expect(await account.terms(workspaceId)).toMatchObject({ policy: {} });
    expect(late).toBe(-1);
  });

  test("of an object that does not answer are given up after ten seconds", async () => {
    const clock = new ManualClock(0);
    const account = isolateOf(new FarObject(clock), clock, 60_000);
    const failed = failure(Promise.resolve(account.terms(workspaceId)));
    clock.advance(10_000);
    expect(await failed).toMatchObject({ code: "upstream_failed" });
  });
});

describe("holds and charges", () => {
  test("are asked for once more where the object was restarted meanwhile", async () => {
    const { clock, object } = near();
    let restarts = 1;
    const restarted = Object.assign(new Error("Durable Object reset"), { retryable: true });
    const stub = object.stub(0, 0);
    const once: AccountStub = {
      ...stub,
      hold: (request) => (restarts-- > 0 ? Promise.reject(restarted) : stub.hold(request)),
    };
    const account = createAccount(
      { ACCOUNTS: { getByName: () => once } },
      { clock, memory: new Map(), unbooked: new UnbookedCalls() },
    );
    const request = { id: "1", caller, micros: 10, expiresAt: clock.now() + 60_000 };
    await account.hold(request);
    restarts = 2;
    expect(await failure(account.hold(request))).toMatchObject({ code: "upstream_failed", retryable: true });
  });

  test("a budget's refusal is no failure of the upstream: it names the budget, and is final", async () => {
    const { clock, object, account } = near();
    await object.createBudget(100);
    const request = { id: "1", caller, micros: 101, expiresAt: clock.now() + 60_000 };
    const refused = await failure(account.hold(request));
    expect(refused).toMatchObject({ code: "budget_exceeded", retryable: false, remainingMicros: 100 });
    expect(String(refused)).toContain("allows the workspace $0.0001: $0.00 is spent");
  });

  test("of calls that nobody else knows of are kept until the account can be reached, and told once", async () => {
    const { clock, object, account } = near();
    await account.terms(workspaceId);
    const charge = (id: string) => ({ caller, call: callOf(id, 10, clock.now()) });
    object.unreachable = true;
    await account.book(workspaceId, [charge("1"), charge("2")]);
    await account.book(workspaceId, [charge("3")]);
    expect(object.charged()).toEqual([]);
    object.unreachable = false;
    // Whoever comes for the terms brings them.
    clock.advance(2_000);
    await account.terms(workspaceId);
    await settleMicrotasks();
    expect(object.charged().toSorted()).toEqual(["1", "2", "3"]);
    const asked = object.asked;
    clock.advance(60_000);
    await account.book(workspaceId, [charge("4")]);
    expect([object.charged().length, object.asked]).toEqual([4, asked + 1]);
  });

  test("that were cut off with the request that sent them are sent by another", async () => {
    const { clock, object } = near();
    const stub = object.stub(0, 0);
    let cutOff = true;
    const settle: AccountStub["settle"] = (charges) =>
      cutOff ? new Promise(() => {}) : stub.settle(charges);
    // Whose request has ended is not patient either.
    const idle: Clock = { now: () => clock.now(), after: () => () => undefined };
    const account = createAccount(
      { ACCOUNTS: { getByName: () => ({ ...stub, settle }) } },
      { clock: idle, memory: new Map(), unbooked: new UnbookedCalls() },
    );
    const charge = (id: string) => ({ caller, call: callOf(id, 10, clock.now()) });
    void account.book(workspaceId, [charge("1")]);
    await settleMicrotasks();
    cutOff = false;
    clock.advance(24_000);
    await account.book(workspaceId, [charge("2")]);
    expect(object.charged()).toEqual(["2"]);
    clock.advance(1_000);
    await account.book(workspaceId, [charge("3")]);
    expect(object.charged()).toEqual(["2", "3", "1"]);
  });

  test("that the account cannot take hold up no others", async () => {
    const { clock, object } = near();
    const stub = object.stub(0, 0);
    const settle: AccountStub["settle"] = (charges) =>
      charges.some(({ call }) => call.id === "bad")
        ? Promise.reject(new Error("no such column"))
        : stub.settle(charges);
    const account = createAccount(
      { ACCOUNTS: { getByName: () => ({ ...stub, settle }) } },
      { clock, memory: new Map(), unbooked: new UnbookedCalls() },
    );
    for (const id of ["bad", "1", "2"]) {
      await account.book(workspaceId, [{ caller, call: callOf(id, 10, clock.now()) }]);
    }
    expect(object.charged()).toEqual(["1", "2"]);
  });

  test("a hold that may have been made although it failed is given back", async () => {
    const { clock, object } = near();
    await object.createBudget(1_000);
    const stub = object.stub(0, 0);
    const hold: AccountStub["hold"] = async (request) => {
      await stub.hold(request);
      throw new Error("the answer was lost");
    };
    const account = createAccount(
      { ACCOUNTS: { getByName: () => ({ ...stub, hold }) } },
      { clock, memory: new Map(), unbooked: new UnbookedCalls() },
    );
    const request = { id: "1", caller, micros: 100, expiresAt: clock.now() + 60_000 };
    expect(await failure(account.hold(request))).toMatchObject({ code: "upstream_failed" });
    expect(object.held).toBe(100);
    await account.terms(workspaceId);
    await settleMicrotasks();
    expect(object.held).toBe(0);
  });

  test("that are kept are ten thousand at most", () => {
    const unbooked = new UnbookedCalls();
    vi.spyOn(console, "error").mockReturnValue();
    for (let n = 0; n <= 10_000; n++) unbooked.add(`${n % 7}`, { id: `${n}`, charge: null });
    const left = Array.from({ length: 7 }, (_, n) => unbooked.take(`${n}`, 1).fresh).flat();
    expect(left).toHaveLength(10_000);
    expect(left.some(({ id }) => id === "0")).toBe(false);
  });

  test("hundreds are sent a part at a time", async () => {
    const { clock, object, account } = near();
    const charges = Array.from({ length: 450 }, (_, n) => ({ caller, call: callOf(`${n}`, 1, clock.now()) }));
    await account.settle(workspaceId, charges);
    expect(object.asked).toBe(3);
    await account.settle(workspaceId, []);
    await account.book(workspaceId, []);
    expect(object.asked).toBe(3);
  });
});
