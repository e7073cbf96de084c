/** The limiter as the gateway uses it: the real object, over real RPC. */
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test, vi } from "vitest";
import { log } from "../../observability/index.ts";
import type { Turnstile } from "./contract.ts";
import { createLimiter } from "./limiter.ts";

log.setLevel("silent");

const limiter = createLimiter(env);
/** One goes every 44 ms. */
const quick = { requestsPerMinute: 1_500 };
/** Whoever comes second waits for more than an hour. */
const slow = { tokensPerMinute: 1_000 };

const turnstile = (bucket: string, more: Partial<Turnstile> = {}): Turnstile => ({
  bucket,
  limits: quick,
  party: "agent",
  tokens: 100_000,
  deadline: Date.now() + 10_000,
  signal: new AbortController().signal,
  ...more,
});

const bucketOf = (): string => `agent:${newId()}`;
const placesOf = (bucket: string): Promise<number> =>
  runInDurableObject(env.LIMITERS.getByName(bucket), (object) => object.waiting);

/** Resolves once that many wait. */
async function untilWaiting(bucket: string, count: number): Promise<void> {
  while ((await placesOf(bucket)) !== count) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("calls at once all go through, parties in turns", async () => {
  const bucket = bucketOf();
  const limits = { ...quick, ...slow };
  const deadline = Date.now() + 86_400_000;
  await limiter.acquire(turnstile(bucket, { limits }));
  const order: string[] = [];
  const call = async (party: string): Promise<void> => {
    await limiter.acquire(turnstile(bucket, { limits, party, tokens: 1, deadline }));
    order.push(party);
  };
  const calls = ["a", "a", "a", "b", "c"].map(call);
  // None goes before all of them wait; then the tokens of the one before them are given back.
  await untilWaiting(bucket, calls.length);
  limiter.correct(bucket, limits, -100_000);
  await Promise.all(calls);
  expect(order).toEqual(["a", "b", "c", "a", "a"]);
  expect(await placesOf(bucket)).toBe(0);
});

test("who cannot come through in time is refused at once", async () => {
  const bucket = bucketOf();
  await limiter.acquire(turnstile(bucket, { limits: slow }));
  await expect(limiter.acquire(turnstile(bucket, { limits: slow }))).rejects.toMatchObject({
    code: "rate_limited",
    retryable: true,
  });
});

test("a caller that leaves frees its place", async () => {
  const bucket = bucketOf();
  const deadline = Date.now() + 86_400_000;
  await limiter.acquire(turnstile(bucket, { limits: slow }));
  const leaver = new AbortController();
  const left = limiter.acquire(turnstile(bucket, { limits: slow, deadline, signal: leaver.signal }));
  left.catch(() => undefined);
  await untilWaiting(bucket, 1);
  leaver.abort(new Error("enough"));
  await expect(left).rejects.toThrow("enough");
  await untilWaiting(bucket, 0);
});

test("a caller that is gone frees its place", async () => {
  const bucket = bucketOf();
  const deadline = Date.now() + 86_400_000;
  await limiter.acquire(turnstile(bucket, { limits: slow }));
  const caller = env.FLEETS.getByName(newId());
  await runInDurableObject(caller, (_, state) => {
    limiter.acquire(turnstile(bucket, { limits: slow, deadline })).catch(() => undefined);
    // Dies on its own, once it waits.
    const die = async (): Promise<void> => {
      await untilWaiting(bucket, 1);
      state.abort("gone");
    };
    die().catch(() => undefined);
  });
  await untilWaiting(bucket, 0);
});

test("a restart does not fill the bucket", async () => {
  const bucket = bucketOf();
  await limiter.acquire(turnstile(bucket, { limits: slow }));
  await evictDurableObject(env.LIMITERS.getByName(bucket));
  await expect(limiter.acquire(turnstile(bucket, { limits: slow }))).rejects.toMatchObject({
    code: "rate_limited",
  });
});

test("a correction frees what was not taken", async () => {
  const bucket = bucketOf();
  await limiter.acquire(turnstile(bucket, { limits: slow }));
  limiter.correct(bucket, slow, -100_000);
  await limiter.acquire(turnstile(bucket, { limits: slow, tokens: 1 }));
});

test("once a bucket is full again, nothing of it is kept", async () => {
  const bucket = bucketOf();
  const stub = env.LIMITERS.getByName(bucket);
  await limiter.acquire(turnstile(bucket));
  const keys = () =>
    runInDurableObject(stub, async (_, state) => {
      await state.storage.sync();
      return [...state.storage.kv.list()].map(([key]) => key);
    });
  expect(await keys()).toEqual(["level"]);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
  try {
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
  expect(await keys()).toEqual([]);
  await limiter.acquire(turnstile(bucket));
  expect(await keys()).toEqual(["level"]);
});
