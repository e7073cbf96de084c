/** What a step does when models fail, and what it leaves on the books. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account } from "../account/contract.ts";
import { ModelError } from "../contract.ts";
import type { ModelEvent } from "../contract.ts";
import { estimateTokens } from "../cost.ts";
import { createGateway } from "../gateway.ts";
import type { Turnstile } from "../limits/contract.ts";
import { SharedStatistics } from "../routing/isolate.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf, run } from "../testing/steps.ts";
import { bounded, inProcessAccount, totalOf } from "./testing/in-process-account.ts";
import { callsOf, good, lab, measure, textOf } from "./testing/lab.ts";
import { ScriptedProvider, priced, type Script } from "./testing/scripted.ts";

describe("a model that breaks off", () => {
  const half: Script = { says: ["All ", "is "], ends: "break" };

  test("is followed by the fallback, which goes on where it can", async () => {
    const { clock, gateway, two } = lab(
      { one: [half], two: [{ says: ["well."], ends: "finish" }] },
      {
        catalog: { prefill: true },
      },
    );
    const request = requestOf(clock, "one/m", "How is it?", { policy: { fallbacks: ["two/m"] } });
    const { events, error } = await run(gateway, request);
    expect(error).toBeUndefined();
    expect(events.some(({ type }) => type === "restart")).toBe(false);
    expect(textOf(events)).toBe("All is well.");
    expect(two.asked[0]?.prefill).toBe("All is ");
    expect(callsOf(events).map(({ model, outcome, estimated }) => [model, outcome, estimated])).toEqual([
      ["one/m", "failed", true],
      ["two/m", "completed", undefined],
    ]);
  });

  test("is followed by the fallback from the beginning, where it cannot, after a marker", async () => {
    const { clock, gateway, two } = lab({ one: [half] });
    const request = requestOf(clock, "one/m", "How is it?", { policy: { fallbacks: ["two/m"] } });
    const { events } = await run(gateway, request);
    expect(events.map(({ type }) => type)).toEqual([
      "route",
      "text",
      "text",
      "call",
      "restart",
      "route",
      "text",
      "text",
      "text",
      "call",
      "finish",
    ]);
    expect(textOf(events)).toBe("All is well.");
    expect(two.asked[0]).not.toHaveProperty("prefill");
    const routes = events.flatMap((event) => (event.type === "route" ? [event.decision] : []));
    expect(routes.map(({ chosen, why }) => [chosen, why])).toEqual([
      ["one/m", "named"],
      ["two/m", "fallback"],
    ]);
  });

  const long: Script = { says: ["All ".repeat(100)], ends: "break" };
  const uncounted: Script = { ...good, usage: { inputTokens: 0, outputTokens: 0 } };

  test("is followed by one that is paid for reading what it goes on from", async () => {
    const { clock, gateway } = lab({ one: [long], two: [uncounted] }, { catalog: { prefill: true } });
    const request = requestOf(clock, "one/m", "How is it?", { policy: { fallbacks: ["two/m"] } });
    const [first, second] = callsOf((await run(gateway, request)).events);
    expect(second).toMatchObject({ model: "two/m", estimated: true });
    expect((second?.inputTokens ?? 0) - (first?.inputTokens ?? 0)).toBe(estimateTokens("All ".repeat(100)));
  });

  test.each<[string, { catalog?: Record<string, unknown>; limitMicros: number }]>([
    ["context", { catalog: { contextTokens: 300 }, limitMicros: 1_000_000 }],
    ["money", { limitMicros: 1_100 }],
  ])(
    "is followed from the beginning where there is no %s for what was begun",
    async (_, { catalog, limitMicros }) => {
      const { clock, gateway, books, two } = lab({ one: [long] }, { catalog: { prefill: true, ...catalog } });
      await bounded(books, clock, limitMicros);
      const request = requestOf(clock, "one/m", "How is it?", { policy: { fallbacks: ["two/m"] } });
      const { text, error, events } = await run(gateway, request);
      expect(error).toBeUndefined();
      expect(text).toBe("All is well.");
      expect(events.filter(({ type }) => type === "restart")).toHaveLength(1);
      expect(two.asked.map(({ prefill }) => prefill)).toEqual([undefined]);
    },
  );

  test("is asked again itself where there is no other", async () => {
    const { clock, gateway, one } = lab({ one: [half] });
    const { events, error } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe("All is well.");
    expect(one.asked).toHaveLength(2);
  });

  test("fails the step with its own words once everything was tried", async () => {
    const { clock, gateway, one, two } = lab({ otherwise: { says: [], ends: "reject" } });
    const request = requestOf(clock, "one/m", "How is it?", { policy: { fallbacks: ["two/m"] } });
    const { error } = await run(gateway, request);
    expect(error).toMatchObject({ code: "upstream_failed", message: "the line broke" });
    expect([one.asked.length, two.asked.length]).toEqual([3, 3]);
  });

  test("whose key is refused is not asked twice, and never left alone for it", async () => {
    const { clock, gateway, one } = lab({ otherwise: { says: [], ends: "refuse" } });
    for (let times = 0; times < 20; times++) {
      const { error } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
      expect(error).toMatchObject({ message: "the key was refused" });
    }
    expect(one.asked).toHaveLength(20);
  });
});

describe("a model that is too dear", () => {
  test("gives way to a fallback that what is left allows; without one, the budget is the reason", async () => {
    const clock = new ManualClock();
    const { account, books } = inProcessAccount(clock);
    await bounded(books, clock, 1_000);
    const providers = ["dear", "cheap"].map((name) => new ScriptedProvider(name, [], good));
    const catalog = {
      ...(JSON.parse(priced(["dear/m"], { price: { inputMicros: 0, outputMicros: 9_000_000 } })) as object),
      ...(JSON.parse(priced(["cheap/m"], { price: { inputMicros: 0, outputMicros: 1_000_000 } })) as object),
    };
    const gateway = createGateway(
      { MODEL_CATALOG: JSON.stringify(catalog) },
      { clock, providers, account, statistics: new SharedStatistics(), random: () => 1 },
    );
    const ask = (fallbacks: string[]) =>
      run(gateway, requestOf(clock, "dear/m", "How is it?", { maxTokens: 500, policy: { fallbacks } }));
    expect(await ask(["cheap/m"])).toMatchObject({ error: undefined, finish: { model: "cheap/m" } });
    expect(await ask([])).toMatchObject({ error: { code: "budget_exceeded" } });
    expect(providers[0]?.asked).toEqual([]);
  });
});

describe("an answer that nobody reads to its end", () => {
  const speaking: Script = { says: ["All ", "is "], ends: "silent" };
  const agent = { workspaceId: "w1", location: "local", agentId: "a", sessionId: "s", executionId: "e" };

  /** Reads until `enough`, and leaves. */
  async function readUntil(
    events: AsyncGenerator<ModelEvent>,
    enough: (event: ModelEvent) => boolean,
  ): Promise<void> {
    for await (const event of events) if (enough(event)) return;
  }

  test.each([
    ["made directly", {}],
    ["of an execution, which never heard of its call", { caller: agent }],
  ])("is paid for all the same: %s", async (_, more) => {
    const { clock, gateway, books, one } = lab({ one: [speaking] });
    await bounded(books, clock, 1_000_000);
    const request = requestOf(clock, "one/m", "How is it?", more);
    await readUntil(gateway.step(request), ({ type }) => type === "text");
    const { calls, outputTokens, costMicros } = totalOf(books);
    expect([calls, outputTokens]).toEqual([1, 1]);
    expect(costMicros).toBeGreaterThan(2 * outputTokens);
    expect(books.budgets()).toMatchObject([{ spentMicros: costMicros, heldMicros: 0 }]);
    expect([one.running, clock.pending]).toEqual([0, 0]);
  });

  test("is paid for once where its reader left with the call's record in hand", async () => {
    const { clock, gateway, books } = lab({ one: [good] });
    const request = requestOf(clock, "one/m", "How is it?", { caller: agent });
    await readUntil(gateway.step(request), ({ type }) => type === "call");
    // The execution books it.
    expect(totalOf(books).calls).toBe(0);
    await readUntil(gateway.step(requestOf(clock, "one/m", "How?")), ({ type }) => type === "call");
    expect(totalOf(books).calls).toBe(1);
  });

  test("is paid for with both of its requests where it was hedged", async () => {
    const { clock, gateway, books, statistics, one } = lab({
      one: [{ says: [], ends: "silent" }, speaking],
    });
    measure(statistics, "one/m", clock.now());
    await bounded(books, clock, 1_000_000);
    const request = requestOf(clock, "one/m", "How is it?", { policy: { hedging: true } });
    const underWay: number[] = [];
    await readUntil(gateway.step(request), ({ type }) => {
      if (type === "text") underWay.push(one.running);
      return type === "text";
    });
    // The one that was silent was broken off when the other spoke.
    expect(underWay).toEqual([1]);
    const { calls, costMicros } = totalOf(books);
    expect(calls).toBe(2);
    expect(books.budgets()).toMatchObject([{ spentMicros: costMicros, heldMicros: 0 }]);
    expect([one.running, clock.pending]).toEqual([0, 0]);
  });

  /** Of a gateway whose caller leaves when `leavingWhile` says so. */
  function leftEarly(
    leavingWhile: (account: Account, leave: () => void) => Partial<Account>,
    says: Script = good,
  ) {
    const clock = new ManualClock();
    const { account, books } = inProcessAccount(clock);
    const caller = new AbortController();
    const one = new ScriptedProvider("one", [], says);
    const leaving = { ...account, ...leavingWhile(account, () => caller.abort(new Error("left"))) };
    const gateway = createGateway(
      { MODEL_CATALOG: priced(["one/m"]) },
      { clock, providers: [one], account: leaving, statistics: new SharedStatistics(), random: () => 1 },
    );
    const request = requestOf(clock, "one/m", "How is it?", { signal: caller.signal });
    return { clock, books, one, ask: () => run(gateway, request) };
  }

  test("is not asked for where its caller left while money was set aside", async () => {
    const { clock, books, one, ask } = leftEarly((account, leave) => ({
      async hold(request) {
        await account.hold(request);
        leave();
      },
    }));
    await bounded(books, clock, 1_000_000);
    expect((await ask()).error).toMatchObject({ message: "left" });
    expect(one.asked).toEqual([]);
    expect(books.budgets()).toMatchObject([{ spentMicros: 0, heldMicros: 0 }]);
  });

  test("is not asked for where its caller left while it was looked up who may ask", async () => {
    let lookedUp = 0;
    const { one, ask } = leftEarly((account, leave) => ({
      async terms(workspaceId) {
        lookedUp += 1;
        // The first time, the step begins; the second, its call is let in.
        if (lookedUp === 2) leave();
        return account.terms(workspaceId);
      },
    }));
    expect((await ask()).error).toMatchObject({ message: "left" });
    expect(one.asked).toEqual([]);
  });

  test("is not waited for where its caller left in the very instant in which it was let in", async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { clock, books, one, ask } = leftEarly(
        (account, leave) => ({
          async hold(request) {
            await account.hold(request);
            const leaveAfter = async (left: number): Promise<void> =>
              left === 0 ? leave() : Promise.resolve(left - 1).then(leaveAfter);
            void leaveAfter(turns);
          },
        }),
        { says: [], ends: "silent" },
      );
      await bounded(books, clock, 1_000_000);
      expect((await ask()).error).toMatchObject({ message: "left" });
      expect(one.running).toBe(0);
    }
  });
});

describe("a call that is refused", () => {
  /** Limits whose levels can be looked at, in buckets that turn some away. */
  function limits(refusing: string | null = null) {
    const taken = new Map<string, number>();
    const count = (bucket: string, by: number) => taken.set(bucket, (taken.get(bucket) ?? 0) + by);
    return {
      taken,
      limiter: {
        acquire: async ({ bucket }: Turnstile) => {
          if (bucket === refusing) {
            throw new ModelError("rate_limited", "enough", { retryable: false });
          }
          count(bucket, 1);
          return 0;
        },
        giveBack: ({ bucket }: Pick<Turnstile, "bucket">) => void count(bucket, -1),
        correct: () => undefined,
      },
    };
  }

  async function limited(refusing: string | null, limitMicros: number | null) {
    const clock = new ManualClock();
    const { account, books } = inProcessAccount(clock);
    const confirmed = books.setPolicy({ limits: { requestsPerMinute: 60 } });
    clock.advance(5_000);
    await confirmed;
    if (limitMicros !== null) await bounded(books, clock, limitMicros);
    const { taken, limiter } = limits(refusing);
    const one = new ScriptedProvider("one", [], good);
    const env = {
      MODEL_CATALOG: priced(["one/m"]),
      MODEL_LIMITS: JSON.stringify({ one: { requestsPerMinute: 600 } }),
    };
    const options = { clock, providers: [one], account, limiter, statistics: new SharedStatistics() };
    return { clock, taken, account, options, gateway: createGateway(env, options), env };
  }

  test("by a limit takes nothing from those that it passed before", async () => {
    const { clock, gateway, taken } = await limited("provider:one", null);
    const { error } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
    expect(error).toMatchObject({ code: "rate_limited" });
    expect(Object.fromEntries(taken)).toEqual({ "workspace:w1": 0 });
  });

  test("by a budget takes no turn at any limit", async () => {
    const { clock, gateway, taken } = await limited(null, 1);
    const { error } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
    expect(error).toMatchObject({ code: "budget_exceeded" });
    expect([...taken]).toEqual([]);
  });

  test("by a budget that others spent while it waited gives back what it took", async () => {
    const { clock, taken, account, options, env } = await limited(null, 1);
    const rich = { ...account, afford: async () => undefined };
    const gateway = createGateway(env, { ...options, account: rich });
    const { error } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
    expect(error).toMatchObject({ code: "budget_exceeded" });
    expect(Object.fromEntries(taken)).toEqual({ "workspace:w1": 0, "provider:one": 0 });
  });
});

test("a call passes the agent's limit, then the workspace's, then its provider's, each for all who share it", async () => {
  const passed: unknown[] = [];
  const limiter = {
    acquire: async ({ bucket, limits, party }: Turnstile) => passed.push([bucket, limits, party]),
    giveBack: () => undefined,
    correct: () => undefined,
  };
  const clock = new ManualClock();
  const { account, books } = inProcessAccount(clock);
  const confirmed = books.setPolicy({
    limits: { requestsPerMinute: 60 },
    agentLimits: { requestsPerMinute: 6 },
  });
  clock.advance(5_000);
  await confirmed;
  const one = new ScriptedProvider("one", [], good);
  const gateway = createGateway(
    {
      MODEL_CATALOG: priced(["one/m"]),
      MODEL_LIMITS: JSON.stringify({ one: { requestsPerMinute: 600 } }),
    },
    { clock, providers: [one], account, limiter, statistics: new SharedStatistics(), random: () => 1 },
  );
  const caller = { workspaceId: "lab", agentId: "a", location: "local" };
  await run(gateway, requestOf(clock, "one/m", "How is it?", { caller }));
  expect(passed).toEqual([
    ["agent:a", { requestsPerMinute: 6 }, "a"],
    ["workspace:lab", { requestsPerMinute: 60 }, "a"],
    ["provider:one", { requestsPerMinute: 600 }, "a"],
  ]);
  passed.length = 0;
  const policy = { limits: { tokensPerMinute: 9_000 } };
  await run(gateway, requestOf(clock, "one/m", "How is it?", { caller, policy }));
  expect(passed[0]).toEqual(["agent:a", { tokensPerMinute: 9_000 }, "a"]);
});

describe("what an answer may hold", () => {
  const telling: Script = { says: ["Write to ada@exam", "ple.org today."], ends: "finish" };

  test("is filtered as it comes", async () => {
    const { clock, gateway } = lab({ one: [telling] });
    const request = requestOf(clock, "one/m", "Whom?", { policy: { filter: { email: "redact" } } });
    const { events } = await run(gateway, request);
    expect(textOf(events)).toBe("Write to [email] today.");
    expect(events).toContainEqual({
      type: "filtered",
      findings: [{ class: "email", action: "redact", count: 1 }],
    });
  });

  test("is said once, though the answer broke off while a part of it was held back", async () => {
    const { clock, gateway } = lab({ one: [{ says: ["ada@exam"], ends: "break" }, telling] });
    const request = requestOf(clock, "one/m", "Whom?", { policy: { filter: { email: "redact" } } });
    const { events } = await run(gateway, request);
    expect(textOf(events)).toBe("Write to [email] today.");
    expect(events.some(({ type }) => type === "restart")).toBe(false);
  });

  test("is reported once where it is found at the very end and blocked", async () => {
    const { clock, gateway } = lab({ one: [{ says: ["Write to ada@example.org"], ends: "finish" }] });
    const request = requestOf(clock, "one/m", "Whom?", { policy: { filter: { email: "block" } } });
    const { events, finish } = await run(gateway, request);
    expect(finish?.reason).toBe("content-filter");
    expect(events.filter(({ type }) => type === "filtered")).toEqual([
      { type: "filtered", findings: [{ class: "email", action: "block", count: 1 }] },
    ]);
    expect(callsOf(events)).toMatchObject([{ outcome: "completed" }]);
  });

  test("is withheld as a whole where one of its parts is blocked", async () => {
    const { clock, gateway, one } = lab({ one: [telling] });
    const request = requestOf(clock, "one/m", "Whom?", { policy: { filter: { email: "block" } } });
    const { events, finish, error } = await run(gateway, request);
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe("This answer was withheld, because it held an e-mail address.");
    expect(finish?.reason).toBe("content-filter");
    expect(one.running).toBe(0);
  });
});

describe("an object", () => {
  const ask = (schema: Record<string, unknown>, says: string[]) => {
    const { clock, gateway, one } = lab({
      one: says.map((text): Script => ({ says: [text], ends: "finish" })),
    });
    const { tools: _, ...request } = requestOf(clock, "one/m", "How many?");
    return { one, made: gateway.object({ ...request, responseFormat: { name: "answer", schema } }) };
  };
  const count = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };

  test("that does not follow its schema is sent back once, with what is wrong", async () => {
    const { one, made } = ask(count, ['{"n": "three"}', '```json\n{"n": 3}\n```']);
    expect(await made).toMatchObject({ object: { n: 3 }, calls: [{}, {}] });
    expect(JSON.stringify(one.asked[1]?.messages)).toContain("/n");
  });

  test("that never follows it fails, and says how", async () => {
    const { made } = ask(count, ["three", '{"m": 3}']);
    await expect(made).rejects.toMatchObject({ code: "upstream_failed", retryable: false });
  });

  test.each([{ $ref: "#/nowhere" }, { type: "string", pattern: "(" }])(
    "by a schema that is none is the caller's mistake: %j",
    async (schema) => {
      await expect(ask(schema, ['"x"']).made).rejects.toMatchObject({ code: "invalid_request" });
    },
  );
});

const script: fc.Arbitrary<Script> = fc.record({
  says: fc.array(fc.constantFrom("All ", "is ", "well. ", "Quite ", "so. "), { maxLength: 5 }),
  ends: fc.constantFrom("finish", "finish", "finish", "break", "reject", "refuse"),
});

test("whatever models do, the books balance, no budget is passed, and the text is one model's or goes on from it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        one: fc.array(script, { maxLength: 12 }),
        two: fc.array(script, { maxLength: 12 }),
        prefill: fc.boolean(),
        hedging: fc.boolean(),
        fallback: fc.boolean(),
        limitMicros: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constant(10_000_000)),
        steps: fc.integer({ min: 1, max: 8 }),
      }),
      async ({ one, two, prefill, hedging, fallback, limitMicros, steps }) => {
        const parts = lab({ one, two }, { catalog: { prefill } });
        const { clock, books, gateway } = parts;
        await bounded(books, clock, limitMicros);
        const ran = await Promise.all(
          Array.from({ length: steps }, () =>
            run(
              gateway,
              requestOf(clock, "one/m", "How is it?", {
                maxTokens: 200,
                policy: { hedging, ...(fallback && { fallbacks: ["two/m"] }) },
              }),
            ),
          ),
        );
        const calls = ran.flatMap(({ events }) => callsOf(events));
        const [budget] = books.budgets();
        expect(budget?.heldMicros).toBe(0);
        expect(budget?.spentMicros).toBe(calls.reduce((sum, { costMicros }) => sum + costMicros, 0));
        expect(budget?.spentMicros).toBeLessThanOrEqual(limitMicros);
        expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
        for (const { events, finish, error } of ran) {
          expect(finish === undefined).toBe(error !== undefined);
          if (finish) expect(finish.usage.costMicros).toBe(sumOfCosts(events));
        }
        expect([parts.one.running, parts.two.running, clock.pending]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

const sumOfCosts = (events: readonly ModelEvent[]): number =>
  callsOf(events).reduce((sum, { costMicros }) => sum + costMicros, 0);
