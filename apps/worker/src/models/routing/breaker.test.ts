import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CircuitBreaker, defaultBreakerSettings, type BreakerSettings, type Outcome } from "./breaker.ts";

const start = Date.UTC(2026, 10, 20);

const settings: BreakerSettings = {
  windowMs: 60_000,
  failures: 3,
  rate: 0.5,
  openMs: 10_000,
  longestOpenMs: 40_000,
  probes: 2,
  probeTimeoutMs: 30_000,
};

function opened(): { breaker: CircuitBreaker; at: number } {
  const breaker = new CircuitBreaker(settings);
  for (let call = 0; call < 3; call++) breaker.end("failed", start, start);
  return { breaker, at: start };
}

describe("a breaker", () => {
  it("stays closed while failures are few, or few among many", () => {
    const breaker = new CircuitBreaker(settings);
    for (let call = 0; call < 20; call++) breaker.end("completed", start, start);
    for (let call = 0; call < 10; call++) breaker.end("failed", start, start);
    expect(breaker.state(start)).toBe("closed");
    const quiet = new CircuitBreaker(settings);
    quiet.end("failed", start, start);
    quiet.end("failed", start, start);
    expect(quiet.state(start)).toBe("closed");
  });

  it("forgets failures when their window is over", () => {
    const breaker = new CircuitBreaker(settings);
    breaker.end("failed", start, start);
    breaker.end("failed", start, start);
    breaker.end("failed", start, start + settings.windowMs);
    expect(breaker.state(start + settings.windowMs)).toBe("closed");
  });

  it("opens, lets nothing through for a while, then two probes, and closes when both succeed", () => {
    const { breaker, at } = opened();
    expect(breaker.state(at)).toBe("open");
    expect(breaker.permits(at + 9999)).toBe(false);
    expect(breaker.retryAt(at)).toBe(at + 10_000);
    const later = at + 10_000;
    expect(breaker.state(later)).toBe("half-open");
    breaker.begin(later);
    expect(breaker.permits(later)).toBe(true);
    breaker.begin(later);
    expect(breaker.permits(later)).toBe(false);
    expect(breaker.retryAt(later)).toBeGreaterThan(later);
    breaker.end("completed", later, later + 100);
    expect(breaker.state(later + 100)).toBe("half-open");
    breaker.end("completed", later, later + 200);
    expect(breaker.state(later + 200)).toBe("closed");
  });

  it("waits twice as long after each probe that fails, up to a limit", () => {
    const { breaker, at } = opened();
    let now = at;
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const retryAt = breaker.retryAt(now);
      waits.push(retryAt - now);
      now = retryAt;
      breaker.begin(now);
      breaker.end("failed", now, now);
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 40_000]);
  });

  it("gives the place of a probe back when it was left, or never heard of again", () => {
    const { breaker, at } = opened();
    const later = at + 10_000;
    breaker.begin(later);
    breaker.begin(later);
    breaker.end("cancelled", later, later + 1);
    expect(breaker.permits(later + 1)).toBe(true);
    breaker.begin(later + 1);
    expect(breaker.permits(later + 1)).toBe(false);
    expect(breaker.permits(later + 1 + settings.probeTimeoutMs)).toBe(true);
  });

  it("hears nothing of calls that were begun before it opened, as long as it is open", () => {
    const { breaker, at } = opened();
    breaker.end("completed", at, at + 5000);
    breaker.end("failed", at, at + 5000);
    expect(breaker.retryAt(at + 5000)).toBe(at + 10_000);
  });

  it("takes no call that was begun before the probes for one of them", () => {
    const { breaker, at } = opened();
    const later = at + 10_000;
    breaker.begin(later);
    breaker.begin(later);
    for (const outcome of ["failed", "completed", "completed", "cancelled"] as const) {
      breaker.end(outcome, at, later + 1);
    }
    expect(breaker.state(later + 1)).toBe("half-open");
    expect(breaker.permits(later + 1)).toBe(false);
    breaker.end("failed", later, later + 2);
    const last = breaker.retryAt(later + 2);
    breaker.begin(last);
    breaker.end("failed", later, last + 1);
    expect(breaker.state(last + 1)).toBe("half-open");
  });

  it("frees no other probe's place when one is heard of after its own was given back", () => {
    const { breaker, at } = opened();
    const later = at + 10_000;
    const muchLater = later + settings.probeTimeoutMs;
    breaker.begin(later);
    breaker.begin(muchLater);
    breaker.begin(muchLater);
    breaker.end("cancelled", later, muchLater + 1);
    expect(breaker.permits(muchLater + 1)).toBe(false);
  });
});

interface Call {
  began: number;
  /** Of which half-open time it is a probe; null where of none. */
  probeOf: number | null;
}

/** The same rules in their plainest form: every outcome is kept, and counted each time. */
class ReferenceBreaker {
  readonly #settings: BreakerSettings;
  #outcomes: { at: number; failed: boolean }[] = [];
  #open: { since: number; times: number } | null = null;
  #probes: Call[] = [];
  #passed = 0;
  #trips = 0;

  constructor(of: BreakerSettings) {
    this.#settings = of;
  }

  state(now: number): string {
    if (this.#open === null) return "closed";
    const pause = this.#settings.openMs * 2 ** (this.#open.times - 1);
    return now < this.#open.since + Math.min(pause, this.#settings.longestOpenMs) ? "open" : "half-open";
  }

  permits(now: number): boolean {
    if (this.state(now) === "half-open") return this.#alive(now).length < this.#settings.probes;
    return this.state(now) === "closed";
  }

  begin(now: number): Call {
    if (this.state(now) !== "half-open") return { began: now, probeOf: null };
    const probe = { began: now, probeOf: this.#trips };
    this.#probes = [...this.#alive(now), probe];
    return probe;
  }

  end(call: Call, outcome: Outcome, now: number): void {
    const state = this.state(now);
    if (state === "closed" && outcome !== "cancelled") {
      this.#outcomes.push({ at: now, failed: outcome === "failed" });
      // Outcomes count by sixths of a window: the one that is under way, and the five before it.
      const sixth = this.#settings.windowMs / 6;
      const from = (Math.floor(now / sixth) - 5) * sixth;
      const recent = this.#outcomes.filter(({ at }) => at >= from);
      const failed = recent.filter((each) => each.failed).length;
      const tooMany = failed >= this.#settings.failures && failed / recent.length >= this.#settings.rate;
      if (outcome === "failed" && tooMany) this.#trip(now);
    } else if (state === "half-open" && call.probeOf === this.#trips) {
      this.#probes = this.#probes.filter((probe) => probe !== call);
      if (outcome === "failed") this.#trip(now);
      if (outcome === "completed" && ++this.#passed === this.#settings.probes) {
        this.#open = null;
        this.#outcomes = [];
        this.#probes = [];
        this.#passed = 0;
      }
    }
  }

  #trip(now: number): void {
    this.#open = { since: now, times: (this.#open?.times ?? 0) + 1 };
    this.#trips += 1;
    this.#probes = [];
    this.#passed = 0;
  }

  #alive(now: number): Call[] {
    return this.#probes.filter(({ began }) => now < began + this.#settings.probeTimeoutMs);
  }
}

interface Model {
  reference: ReferenceBreaker;
  now: number;
  /** Calls under way. */
  calls: Call[];
}

class Wait implements fc.Command<Model, CircuitBreaker> {
  readonly #milliseconds: number;
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }
  check = (): boolean => true;
  run(model: Model, real: CircuitBreaker): void {
    model.now += this.#milliseconds;
    agree(model, real);
  }
  toString = (): string => `wait ${this.#milliseconds}`;
}

/** Calls are made wherever they are let through, as callers would. */
class Begin implements fc.Command<Model, CircuitBreaker> {
  readonly #count: number;
  constructor(count: number) {
    this.#count = count;
  }
  check = (model: Readonly<Model>): boolean => model.reference.permits(model.now);
  run(model: Model, real: CircuitBreaker): void {
    for (let call = 0; call < this.#count && model.reference.permits(model.now); call++) {
      model.calls.push(model.reference.begin(model.now));
      real.begin(model.now);
      agree(model, real);
    }
  }
  toString = (): string => `begin ${this.#count}`;
}

/** Some of the calls under way end alike: the newest, or those from long ago. */
class End implements fc.Command<Model, CircuitBreaker> {
  readonly #outcome: Outcome;
  readonly #which: number;
  readonly #count: number;
  constructor(outcome: Outcome, which: number, count: number) {
    this.#outcome = outcome;
    this.#which = which;
    this.#count = count;
  }
  check = ({ calls }: Readonly<Model>): boolean => calls.length > 0;
  run(model: Model, real: CircuitBreaker): void {
    for (const call of model.calls.splice(this.#which % model.calls.length, this.#count)) {
      model.reference.end(call, this.#outcome, model.now);
      real.end(this.#outcome, call.began, model.now);
      agree(model, real);
    }
  }
  toString = (): string => `end ${this.#outcome} of ${this.#count} from ${this.#which}`;
}

function agree({ reference, now }: Model, real: CircuitBreaker): void {
  expect(real.state(now)).toBe(reference.state(now));
  expect(real.permits(now)).toBe(reference.permits(now));
  if (real.permits(now)) expect(real.retryAt(now)).toBe(now);
  else expect(real.retryAt(now)).toBeGreaterThan(now);
}

it.each([
  ["these settings", settings],
  ["the usual ones", defaultBreakerSettings],
])("does what a plain list of outcomes would, with %s, in any order of events", (_, of) => {
  const commands = fc.commands(
    [
      fc
        .oneof(
          fc.integer({ min: 1, max: 2000 }),
          fc.integer({ min: 1, max: 20_000 }),
          fc.integer({ min: 1, max: 100_000 }),
        )
        .map((ms) => new Wait(ms)),
      fc.integer({ min: 1, max: 6 }).map((count) => new Begin(count)),
      fc
        .tuple(
          fc.constantFrom<Outcome>("completed", "failed", "failed", "failed", "cancelled"),
          fc.nat({ max: 20 }),
          fc.integer({ min: 1, max: 6 }),
        )
        .map(([how, which, count]) => new End(how, which, count)),
    ],
    { maxCommands: 150 },
  );
  fc.assert(
    fc.property(commands, (run) => {
      fc.modelRun(
        () => ({
          model: { reference: new ReferenceBreaker(of), now: start, calls: [] },
          real: new CircuitBreaker(of),
        }),
        run,
      );
    }),
    { numRuns: 300 },
  );
});
