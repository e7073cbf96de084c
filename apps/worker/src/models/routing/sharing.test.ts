import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { SharedStatistics } from "./isolate.ts";
import { StatisticsSharing } from "./sharing.ts";
import { StatisticsStore } from "./statistics-store.ts";

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

/** A deployment whose process may be started again: storage stays. */
class Deployment {
  readonly clock = new ManualClock(0);
  reachable = true;
  readonly #storage = new Map<string, unknown>();
  #store = this.#open();

  restart(): void {
    this.#store = this.#open();
  }

  isolate() {
    const statistics = new SharedStatistics();
    const exchange = async (...given: Parameters<StatisticsStore["exchange"]>) => {
      if (!this.reachable) throw new Error("the network is down");
      return this.#store.exchange(...given);
    };
    const env = { STATISTICS: { getByName: () => ({ exchange }) } };
    return { statistics, sharing: new StatisticsSharing(env, statistics, this.clock) };
  }

  #open(): StatisticsStore {
    const storage = this.#storage;
    return new StatisticsStore({
      get: (key) => structuredClone(storage.get(key)),
      put: (key, value) => void storage.set(key, structuredClone(value)),
    });
  }
}

const measure = ({ statistics }: ReturnType<Deployment["isolate"]>, clock: ManualClock, times: number) => {
  for (let call = 0; call < times; call++) {
    const at = clock.now();
    statistics.record({ model: "a/b", location: "AMS", at, outcome: "completed", latencyMs: 100 });
  }
};

const callsOf = ({ statistics }: ReturnType<Deployment["isolate"]>) =>
  Math.round(statistics.health("a/b").calls);

/** Lets an exchange come to its end. */
const quiet = () => new Promise(setImmediate);

test("isolates learn of each other, and nothing is counted twice", async () => {
  const deployment = new Deployment();
  const [one, two] = [deployment.isolate(), deployment.isolate()];
  measure(one, deployment.clock, 3);
  one.sharing.share();
  await quiet();
  measure(two, deployment.clock, 2);
  for (let round = 0; round < 4; round++) {
    deployment.clock.advance(15_000);
    two.sharing.share();
    one.sharing.share();
    await quiet();
  }
  expect([callsOf(one), callsOf(two)]).toEqual([5, 5]);
});

test("what was measured is known after a restart", async () => {
  const deployment = new Deployment();
  const before = deployment.isolate();
  measure(before, deployment.clock, 7);
  before.sharing.share();
  await quiet();
  deployment.restart();
  const after = deployment.isolate();
  await after.sharing.load();
  expect(callsOf(after)).toBe(7);
  expect(after.statistics.health("a/b").latencyP50).toBeCloseTo(100, -1);
});

test("what could not be brought is brought the next time", async () => {
  const deployment = new Deployment();
  const [one, two] = [deployment.isolate(), deployment.isolate()];
  measure(one, deployment.clock, 4);
  deployment.reachable = false;
  one.sharing.share();
  await quiet();
  expect(callsOf(one)).toBe(4);
  deployment.reachable = true;
  deployment.clock.advance(15_000);
  one.sharing.share();
  await quiet();
  await two.sharing.load();
  expect([callsOf(one), callsOf(two)]).toEqual([4, 4]);
});

test("nobody is asked more often than every fifteen seconds", async () => {
  const deployment = new Deployment();
  const { sharing } = deployment.isolate();
  const asked = vi.spyOn(StatisticsStore.prototype, "exchange");
  for (let call = 0; call < 100; call++) {
    sharing.share();
    deployment.clock.advance(600);
  }
  await quiet();
  expect(asked.mock.calls.length).toBeLessThanOrEqual(4);
});
