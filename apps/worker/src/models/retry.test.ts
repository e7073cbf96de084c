import { describe, expect, it } from "vitest";
import { ModelError } from "./contract.ts";
import { defaultRetryPolicy, retryDelay } from "./retry.ts";
import { ManualClock } from "./testing/manual-clock.ts";

const clock = new ManualClock();
const later = clock.now() + 60_000;
const passing = new ModelError("upstream_failed", "busy", { retryable: true });
const policy = { ...defaultRetryPolicy, attempts: 10, random: () => 0.999 };

describe("retryDelay", () => {
  it("grows the bound twofold, up to the longest delay", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((failures) =>
      retryDelay(policy, failures, passing, clock, later),
    );
    expect(delays).toEqual([500, 999, 1998, 3996, 7992, 7992, 7992]);
  });

  it("may come back at once: the jitter is full", () => {
    expect(retryDelay({ ...policy, random: () => 0 }, 5, passing, clock, later)).toBe(0);
  });

  it("waits at least as long as the upstream asks", () => {
    const asked = new ModelError("rate_limited", "wait", { retryable: true, retryAfterMs: 20_000 });
    expect(retryDelay({ ...policy, random: () => 0 }, 1, asked, clock, later)).toBe(20_000);
  });

  it("gives up on what will not pass, on the last attempt, and where the deadline comes first", () => {
    const lasting = new ModelError("upstream_failed", "no such model", { retryable: false });
    expect(retryDelay(policy, 1, lasting, clock, later)).toBeNull();
    expect(retryDelay(policy, 1, new TypeError("a defect of ours"), clock, later)).toBeNull();
    expect(retryDelay(policy, 10, passing, clock, later)).toBeNull();
    expect(retryDelay(policy, 5, passing, clock, clock.now() + 100)).toBeNull();
  });
});
