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
  for (let call = 0; call < 3; call++) breaker.end("failed", start);
  return { breaker, at: start };
}

describe("a breaker", () => {
  it("stays closed while failures are few, or few among many", () => {
    const breaker = new CircuitBreaker(settings);
    for (let call = 0; call < 20; call++) breaker.end("completed", start);
    for (let call = 0; call < 10; call++) breaker.end("failed", start);
    expect(breaker.state(start)).toBe("closed");
    const quiet = new CircuitBreaker(settings);
    quiet.end("failed", start);
    quiet.end("failed", start);
    expect(quiet.state(start)).toBe("closed");
  });

  it("forgets failures when their window is over", () => {
    const breaker = new CircuitBreaker(settings);
    breaker.end("failed", start);
    breaker.end("failed", start);
    breaker.end("failed", start + settings.windowMs);
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
    breaker.end("completed", later + 100);
    expect(breaker.state(later + 100)).toBe("half-open");
    breaker.end("completed", later + 200);
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
      breaker.end("failed", now);
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 40_000]);
  });

  it("gives the place of a probe back when it was left, or never heard of again", () => {
    const { breaker, at } = opened();
    const later = at + 10_000;
    breaker.begin(later);
    breaker.begin(later);
    breaker.end("cancelled", later + 1);
    expect(breaker.permits(later + 1)).toBe(true);
    breaker.begin(later + 1);
    expect(breaker.permits(later + 1)).toBe(false);
    expect(breaker.permits(later + 1 + settings.probeTimeoutMs)).toBe(true);
  });

  it("hears nothing of calls that were begun before it opened, as long as it is open", () => {
    const { breaker, at } = opened();
    breaker.end("completed", at + 5000);
    breaker.end("failed", at + 5000);
    expect(breaker.retryAt(at + 5000)).toBe(at + 10_000);
  });
});

/** The same rules in their plainest form: every outcome is kept, and counted each time. */
class ReferenceBreaker {
  readonly #settings: BreakerSettings;
  #outcomes: { at: number; failed: boolean }[] = [];
  #open: { since: number; times: number } | null = null;
  #probes: number[] = [];
  #passed = 0;

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

  begin(now: number): void {
    if (this.state(now) === "half-open") this.#probes = [...this.#alive(now), now];
  }

  end(outcome: Outcome, now: number): void {
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
    } else if (state === "half-open") {
      this.#probes = this.#alive(now).slice(1);
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
    this.#probes = [];
    this.#passed = 0;
  }

  #alive(now: number): number[] {
    return this.#probes.filter((at) => now < at + this.#settings.probeTimeoutMs);
  }
}

interface Model {
  reference: ReferenceBreaker;
  now: number;
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

/** A call is made wherever it is let through, as a caller would. */
class Begin implements fc.Command<Model, CircuitBreaker> {
  check = (model: Readonly<Model>): boolean => model.reference.permits(model.now);
  run(model: Model, real: CircuitBreaker): void {
    model.reference.begin(model.now);
    real.begin(model.now);
    agree(model, real);
  }
  toString = (): string => "begin";
}

class End implements fc.Command<Model, CircuitBreaker> {
  readonly #outcome: Outcome;
  constructor(outcome: Outcome) {
    this.#outcome = outcome;
  }
  check = (): boolean => true;
  run(model: Model, real: CircuitBreaker): void {
    model.reference.end(this.#outcome, model.now);
    real.end(this.#outcome, model.now);
    agree(model, real);
  }
  toString = (): string => `end ${this.#outcome}`;
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
        .oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 100_000 }))
        .map((ms) => new Wait(ms)),
      fc.constant(new Begin()),
      fc
        .constantFrom<Outcome>("completed", "failed", "failed", "failed", "cancelled")
        .map((how) => new End(how)),
    ],
    { maxCommands: 150 },
  );
  fc.assert(
    fc.property(commands, (run) => {
      fc.modelRun(
        () => ({ model: { reference: new ReferenceBreaker(of), now: start }, real: new CircuitBreaker(of) }),
        run,
      );
    }),
    { numRuns: 300 },
  );
});
