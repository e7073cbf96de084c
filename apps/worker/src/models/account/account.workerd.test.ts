/** The account as the gateway uses it: the real object, over real RPC. */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { AccountBooks } from "./account-books.ts";
import { createAccount } from "./account.ts";
import { playSteps, steps } from "./testing/account-steps.ts";
import { callOf } from "./testing/calls.ts";

const account = createAccount(env);
const aMinute = () => Date.now() + 60_000;

test("two hundred calls at once cannot pass a budget together", async () => {
  const workspaceId = newId();
  const accounts = env.ACCOUNTS.getByName(workspaceId);
  await accounts.createBudget({ scope: "workspace", period: "total", limitMicros: 1_000 });
  const caller = { workspaceId, location: "local" };
  const attempts = await Promise.allSettled(
    Array.from({ length: 200 }, (_, n) =>
      account.hold({ id: `call/${n}`, caller, micros: 100, expiresAt: aMinute() }),
    ),
  );
  const held = attempts.flatMap(({ status }, n) => (status === "fulfilled" ? [`call/${n}`] : []));
  expect(held).toHaveLength(10);
  for (const attempt of attempts) {
    if (attempt.status === "rejected") {
      expect(attempt.reason).toMatchObject({ code: "budget_exceeded", retryable: false, remainingMicros: 0 });
    }
  }
  await account.settle(
    workspaceId,
    held.map((id) => ({ call: callOf(id, 40, Date.now()), caller })),
  );
  expect(await accounts.budgets()).toMatchObject([{ spentMicros: 400, heldMicros: 0 }]);
  await account.hold({ id: "next", caller, micros: 600, expiresAt: aMinute() });
  await expect(account.hold({ id: "last", caller, micros: 1, expiresAt: aMinute() })).rejects.toThrow(
    /^The budget .* allows the workspace \$0\.001: \$0\.0004 is spent, \$0\.0006 is held for calls under way, and this call may cost \$0\.000001\.$/,
  );
  await account.release(workspaceId, "next");
  expect(await accounts.budgets()).toMatchObject([{ spentMicros: 400, heldMicros: 0 }]);
});

test("a hold that nobody settled is counted as spent by the alarm", async () => {
  const workspaceId = newId();
  const accounts = env.ACCOUNTS.getByName(workspaceId);
  const caller = { workspaceId, location: "local" };
  const expiresAt = Date.now() + 60_000;
  await account.hold({ id: "lost", caller, micros: 100, expiresAt });
  await account.hold({ id: "later", caller, micros: 100, expiresAt: expiresAt + 1 });
  const alarm = await runInDurableObject(accounts, (_, state) => state.storage.getAlarm());
  expect(alarm).toBe(expiresAt);
  await account.hold({ id: "sooner", caller, micros: 100, expiresAt: expiresAt - 1 });
  expect(await runInDurableObject(accounts, (_, state) => state.storage.getAlarm())).toBe(expiresAt - 1);
  await account.hold({ id: "over", caller, micros: 100, expiresAt: Date.now() });
  await runDurableObjectAlarm(accounts);
  const left = await runInDurableObject(accounts, (_, { storage }) => [
    storage.sql.exec("SELECT id FROM holds ORDER BY id").toArray(),
    storage.sql.exec("SELECT id FROM lapsed_holds").toArray(),
    storage.sql.exec("SELECT granted, settled, released FROM balance").one(),
  ]);
  expect(left).toEqual([
    [{ id: "later" }, { id: "lost" }, { id: "sooner" }],
    [{ id: "over" }],
    { granted: 400, settled: 100, released: 0 },
  ]);
  expect(await runInDurableObject(accounts, (_, state) => state.storage.getAlarm())).toBe(expiresAt - 1);
});

test("terms are the workspace's own, and known at once while they hold", async () => {
  const workspaceId = newId();
  const first = account.terms(workspaceId);
  expect(first).toBeInstanceOf(Promise);
  expect(await first).toMatchObject({ policy: {}, budgeted: false });
  expect(account.terms(workspaceId)).not.toBeInstanceOf(Promise);
  await env.ACCOUNTS.getByName(workspaceId).setPolicy({ regions: ["eu"] });
  expect(await account.terms(workspaceId)).toMatchObject({ policy: { regions: ["eu"] } });
  expect(await account.terms(newId())).toMatchObject({ policy: {} });
});

test("on the runtime's own storage too, it balances, passes no budget and charges no call twice", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      await runInDurableObject(env.ACCOUNTS.getByName(newId()), async (_, { storage }) => {
        const clock = new ManualClock(0);
        const open = () => new AccountBooks(storage, clock);
        await playSteps(taken, { open, crashAfter: () => undefined, isCrash: () => false }, clock);
      });
    }),
    { numRuns: 20 },
  );
});
