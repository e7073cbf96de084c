import { beforeEach, describe, expect, test } from "vitest";
import { log } from "../../observability/index.ts";
import type { ModelError } from "../contract.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import type { Turnstile } from "./contract.ts";
import { createLimiter } from "./limiter.ts";
import { Doors } from "./testing/doors.ts";

log.setLevel("silent");

let clock: ManualClock;
let doors: Doors;
let limiter: ReturnType<typeof createLimiter>;

beforeEach(() => {
  clock = new ManualClock(-1);
  doors = new Doors(clock);
  limiter = createLimiter(doors, { clock, random: () => 1 });
});

const turnstile = (more: Partial<Turnstile> = {}): Turnstile => ({
  bucket: "provider:openai",
  limits: { requestsPerMinute: 60 },
  party: "agent",
  tokens: 100,
  deadline: clock.now() + 60_000,
  signal: new AbortController().signal,
  ...more,
});

const flush = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const pass = async (milliseconds: number): Promise<void> => {
  await flush();
  clock.advance(milliseconds);
  await flush();
};

/** How a promise stands. */
async function stateOf(promise: Promise<unknown>): Promise<"waiting" | "through" | ModelError> {
  let state: "waiting" | "through" | ModelError = "waiting";
  promise.then(
    () => (state = "through"),
    (error: ModelError) => (state = error),
  );
  await flush();
  return state;
}

test("where nothing is limited, nobody is asked", async () => {
  await limiter.acquire(turnstile({ limits: {} }));
  limiter.correct("provider:openai", {}, 5);
  limiter.correct("provider:openai", { requestsPerMinute: 60 }, 5);
  limiter.correct("provider:openai", { tokensPerMinute: 60 }, 0);
  expect(doors.calls).toBe(0);
});

test("a call waits for its turn", async () => {
  await limiter.acquire(turnstile());
  const second = limiter.acquire(turnstile());
  await pass(1_099);
  expect(await stateOf(second)).toBe("waiting");
  await pass(1);
  expect(await stateOf(second)).toBe("through");
});

test("buckets do not share", async () => {
  await limiter.acquire(turnstile());
  await limiter.acquire(turnstile({ bucket: "agent:1" }));
});

describe("a call whose turn would come too late", () => {
  test("is refused at once, in words and with the wait", async () => {
    await limiter.acquire(turnstile());
    const late = limiter.acquire(
      turnstile({ deadline: clock.now() + 500, limits: { requestsPerMinute: 60 } }),
    );
    await expect(late).rejects.toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs: 1_100,
      message: "The limit of openai, 60 requests a minute, is used up: the next call can go in about 2 s",
    });
  });

  test.each([
    ["agent:1", "this agent"],
    ["workspace:1", "this workspace"],
  ])("%s is called %s", async (bucket, name) => {
    const limits = { tokensPerMinute: 60 };
    await limiter.acquire(turnstile({ bucket, limits }));
    const late = limiter.acquire(turnstile({ bucket, limits, deadline: clock.now() }));
    await expect(late).rejects.toThrow(`The limit of ${name}, 60 tokens a minute, is used up`);
  });
});

describe("a caller that leaves", () => {
  test("hears its own reason, and frees its place", async () => {
    await limiter.acquire(turnstile());
    const leaver = new AbortController();
    const left = limiter.acquire(turnstile({ signal: leaver.signal }));
    const next = limiter.acquire(turnstile({ party: "other" }));
    await flush();
    expect(doors.gate("provider:openai").waiting).toBe(2);
    leaver.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    expect(doors.gate("provider:openai").waiting).toBe(1);
    await pass(1_100);
    expect(await stateOf(next)).toBe("through");
  });

  test("is not even asked for when it has left before", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(limiter.acquire(turnstile({ signal }))).rejects.toThrow("gone");
    expect(doors.calls).toBe(0);
  });
});

describe("an object that restarts or cannot be reached", () => {
  test("is joined anew by those who waited", async () => {
    await limiter.acquire(turnstile());
    const waiting = limiter.acquire(turnstile());
    await flush();
    doors.restart();
    await pass(50);
    expect(await stateOf(waiting)).toBe("through");
  });

  test("is tried again, more and more slowly, until the deadline", async () => {
    doors.unreachable = 1_000;
    const call = limiter.acquire(turnstile({ deadline: clock.now() + 1_000 }));
    call.catch(() => undefined);
    for (let n = 0; n < 20; n++) await pass(50);
    await expect(call).rejects.toMatchObject({ code: "rate_limited", retryable: true });
    expect(doors.calls).toBe(5);
    expect(clock.pending).toBe(0);
  });
});

describe("giving back", () => {
  test("lets the next one go as if there had been none before", async () => {
    const refused = turnstile();
    const countedAt = await limiter.acquire(refused);
    const next = limiter.acquire(turnstile({ party: "other" }));
    expect(await stateOf(next)).toBe("waiting");
    limiter.giveBack(refused, countedAt);
    expect(await stateOf(next)).toBe("through");
  });

  test("neither waits nor fails, and asks nobody where nothing is limited", async () => {
    doors.unreachable = 1;
    expect(limiter.giveBack(turnstile(), clock.now())).toBeUndefined();
    limiter.giveBack(turnstile({ limits: {} }), clock.now());
    await flush();
    expect(doors.calls).toBe(1);
  });
});

describe("correcting", () => {
  const limits = { tokensPerMinute: 66_000 };

  test("makes those who wait wait longer, or less", async () => {
    await limiter.acquire(turnstile({ limits, tokens: 6_000 }));
    const waiting = limiter.acquire(turnstile({ limits, tokens: 2_000 }));
    await flush();
    limiter.correct("provider:openai", limits, -1_000);
    await pass(1_000);
    expect(await stateOf(waiting)).toBe("through");
  });

  test("neither waits nor fails", async () => {
    doors.unreachable = 1;
    expect(limiter.correct("provider:openai", limits, 10)).toBeUndefined();
    await flush();
    expect(doors.calls).toBe(1);
  });
});
