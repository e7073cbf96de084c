import type { Outcome } from "@orrery/protocol";
import { expect, test } from "vitest";
import { testKeyEd25519 } from "../signing/testing/rfc9421.ts";
import { pairKey } from "../signing/testing/ring-keys.ts";
import { type Lender, RingLease, leaseFor } from "./ring-lease.ts";
import type { Ring } from "./ring.ts";

/** An object that lends a ring of one key, whose id says how often it was asked; a clock that stands still. */
function lending() {
  let asked = 0;
  let now = 1_000_000;
  const waiting: (() => void)[] = [];
  const lend = (): Promise<Ring> => {
    const ring = { keys: [pairKey(`lent-${++asked}`, testKeyEd25519)] };
    return new Promise((resolve) => {
      waiting.push(() => resolve(ring));
    });
  };
  const lender: Lender = {
    lend,
    lendSigning: async (): Promise<Outcome<Ring>> => ({ ok: true, value: await lend() }),
  };
  const lease = new RingLease(
    () => lender,
    () => now,
  );
  /** The one key's id, once the object has answered whoever waits. */
  const idOf = async (asking: Promise<Ring>): Promise<string | undefined> => {
    for (const answer of waiting.splice(0)) answer();
    return (await asking).keys[0]?.id;
  };
  return { lease, idOf, pass: (ms: number) => (now += ms) };
}

test("a ring is lent once for as long as the lease lasts", async () => {
  const { lease, idOf, pass } = lending();
  expect(await idOf(lease.ring())).toBe("lent-1");
  pass(leaseFor - 1);
  expect(await idOf(lease.ring())).toBe("lent-1");
  pass(1);
  expect(await idOf(lease.ring())).toBe("lent-2");
});

test("whoever looks for a new key asks again, but not within a second", async () => {
  const { lease, idOf, pass } = lending();
  await idOf(lease.ring());
  pass(999);
  expect(await idOf(lease.renewed())).toBe("lent-1");
  pass(1);
  expect(await idOf(lease.renewed())).toBe("lent-2");
  expect(await idOf(lease.ring())).toBe("lent-2");
});

test("whoever changed the keys goes by the change, although an older answer comes after it", async () => {
  const { lease, idOf } = lending();
  const older = lease.ring();
  lease.forget();
  expect(await idOf(older)).toBe("lent-1");
  expect(await idOf(lease.ring())).toBe("lent-2");
});

test("of two who ask at once, each has an answer of its own", async () => {
  const { lease, idOf } = lending();
  const [one, other] = [lease.ring(), lease.ring()];
  expect([await idOf(one), await idOf(other)]).toEqual(["lent-1", "lent-2"]);
});
