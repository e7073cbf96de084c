/** What is asked twice, and what both of its requests leave on the books. */
import { describe, expect, test } from "vitest";
import { ModelError } from "../contract.ts";
import type { ModelRequest, Provider, ProviderEvent, ProviderRequest } from "../contract.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf, run } from "../testing/steps.ts";
import { hedged } from "./hedge.ts";
import { callsOf, lab, measure, textOf } from "./testing/lab.ts";
import type { Script } from "./testing/scripted.ts";

describe("a model that is slow", () => {
  const silent: Script = { says: [], ends: "silent" };

  /** A gateway that has seen `one/m` answer quickly. */
  function measured(scripts: Parameters<typeof lab>[0]) {
    const parts = lab(scripts);
    measure(parts.statistics, "one/m", parts.clock.now());
    return parts;
  }

  test("is asked a second time beside the first, and the one that is heard first counts", async () => {
    const { clock, gateway, one } = measured({ one: [silent] });
    const request = requestOf(clock, "one/m", "How is it?", { policy: { hedging: true } });
    const { events, error } = await run(gateway, request);
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe("All is well.");
    expect(callsOf(events).map(({ outcome }) => outcome)).toEqual(["cancelled", "completed"]);
    expect(one.running).toBe(0);
    expect(clock.pending).toBe(0);
    // The one is cut off; the other has ended by itself, and its connection can be used again.
    expect(one.asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test("is not kept waiting by a second request that is not let in", async () => {
    const heard = Promise.withResolvers<string>();
    const clock = new ManualClock();
    const stuck = (withdrawn: AbortSignal) =>
      new Promise<null>((resolve) => withdrawn.addEventListener("abort", () => resolve(null)));
    const race = hedged({ first: heard.promise }, stuck, 100, clock);
    await new Promise(setImmediate);
    heard.resolve("late, but first");
    expect((await race).value).toBe("late, but first");
  });

  test("is waited for where that was not asked for", async () => {
    const { clock, gateway, one } = measured({ one: [silent] });
    const request = requestOf(clock, "one/m", "How is it?", { deadline: clock.now() + 60_000 });
    const running = run(gateway, request);
    await new Promise(setImmediate);
    clock.advance(60_000);
    expect((await running).error).toMatchObject({ code: "upstream_timeout" });
    expect(one.asked).toHaveLength(1);
  });
});

describe("two requests of which", () => {
  type Turn = PromiseWithResolvers<ProviderEvent>;

  /** A provider each of whose streams says what a test tells it, when it tells it. */
  class TalkingProvider implements Provider {
    readonly name = "talking";
    readonly extractive = false;
    readonly streams: Turn[][] = [];

    unavailable(): null {
      return null;
    }

    async *stream({ signal }: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
      const turns = Array.from({ length: 2 }, () => Promise.withResolvers<ProviderEvent>());
      this.streams.push(turns);
      for (const { promise, reject } of turns) {
        promise.catch(() => undefined);
        signal.addEventListener("abort", () => reject(signal.reason));
      }
      for (const { promise } of turns) yield await promise;
    }
  }

  const limited = new ModelError("rate_limited", "slow down", { retryable: true });
  const broken = new ModelError("upstream_failed", "the line broke", { retryable: true });
  const text: ProviderEvent = { type: "text", text: "All is well." };
  const finish: ProviderEvent = {
    type: "finish",
    reason: "stop",
    usage: { inputTokens: 10, outputTokens: 3 },
  };

  /** Asks, and resolves once two requests are under way. */
  async function askedTwice(more: Partial<ModelRequest> = {}) {
    const talking = new TalkingProvider();
    const { clock, gateway, statistics } = lab(
      {},
      { options: { providers: [talking], retry: { attempts: 1 } } },
    );
    measure(statistics, "talking/m", clock.now());
    const request = requestOf(clock, "talking/m", "How is it?", { policy: { hedging: true }, ...more });
    const running = run(gateway, request);
    while (talking.streams.length < 2) await new Promise(setImmediate);
    const [first, second] = talking.streams;
    if (first === undefined || second === undefined) throw new Error("asked less than twice");
    const booked = async () =>
      callsOf((await running).events).map(({ outcome, error, inputTokens }) => ({
        outcome,
        error,
        read: inputTokens > 0,
      }));
    const failures = () => Math.round(statistics.health("talking/m").errorRate * 32);
    return { first, second, running, booked, failures };
  }

  test("one fails is a failed call and an answer", async () => {
    for (const failing of [0, 1]) {
      const { first, second, running, booked, failures } = await askedTwice();
      const order = failing === 0 ? [first, second] : [second, first];
      order[0]?.[0]?.reject(limited);
      await new Promise(setImmediate);
      order[1]?.[0]?.resolve(text);
      order[1]?.[1]?.resolve(finish);
      expect((await running).error).toBeUndefined();
      const failed = { outcome: "failed", error: "rate_limited", read: false };
      const answered = { outcome: "completed", error: undefined, read: true };
      expect(await booked()).toEqual(failing === 0 ? [failed, answered] : [answered, failed]);
      expect(failures()).toBe(1);
    }
  });

  test("one is silent and the other breaks off are a call that was left and a failed one", async () => {
    const { second, running, booked, failures } = await askedTwice();
    second[0]?.resolve(text);
    second[1]?.reject(broken);
    expect((await running).error).toBe(broken);
    expect(await booked()).toEqual([
      { outcome: "cancelled", error: undefined, read: true },
      { outcome: "failed", error: "upstream_failed", read: true },
    ]);
    expect(failures()).toBe(1);
  });

  test("both fail are two failed calls, each with its own reason", async () => {
    const { first, second, running, booked, failures } = await askedTwice();
    first[0]?.reject(limited);
    await new Promise(setImmediate);
    second[0]?.reject(broken);
    expect((await running).error).toBe(broken);
    expect(await booked()).toEqual([
      { outcome: "failed", error: "rate_limited", read: false },
      { outcome: "failed", error: "upstream_failed", read: false },
    ]);
    expect(failures()).toBe(2);
  });

  test("one fails before the caller leaves are a failed call and one that was left", async () => {
    const caller = new AbortController();
    const { first, running, booked, failures } = await askedTwice({ signal: caller.signal });
    first[0]?.reject(limited);
    await new Promise(setImmediate);
    caller.abort(new Error("left"));
    expect((await running).error).toMatchObject({ message: "left" });
    expect(await booked()).toEqual([
      { outcome: "failed", error: "rate_limited", read: false },
      { outcome: "cancelled", error: undefined, read: true },
    ]);
    expect(failures()).toBe(1);
  });
});
