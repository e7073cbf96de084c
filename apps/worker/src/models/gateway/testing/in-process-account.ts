/** A workspace's account in the same process, on a real SQLite: what is held and spent can be looked at. */
import type { UsageTotals } from "@orrery/protocol";
import { AccountBooks } from "../../account/account-books.ts";
import { createAccount, type AccountStub } from "../../account/account.ts";
import type { Account } from "../../account/contract.ts";
import { UnbookedCalls } from "../../account/unbooked.ts";
import { CrashingStore } from "../../account/testing/crashing-store.ts";
import type { Clock } from "../../clock.ts";

export function inProcessAccount(clock: Clock): { account: Account; books: AccountBooks } {
  const books = new AccountBooks(new CrashingStore(), clock);
  const stub: AccountStub = {
    lend: async () => books.lend(),
    hold: async (request) => books.hold(request),
    refusal: async (request) => books.refusal(request),
    settle: async (charges) => void books.settle(charges),
    release: async (ids) => books.release(ids),
    retire: async (agentId) => books.retire(agentId),
  };
  // It answers at once, so nobody's patience ends.
  const patient: Clock = { now: () => clock.now(), after: () => () => undefined };
  const account = createAccount(
    { ACCOUNTS: { getByName: () => stub } },
    { clock: patient, memory: new Map(), unbooked: new UnbookedCalls() },
  );
  return { account, books };
}

/** What was used, in all. */
export function totalOf(books: AccountBooks): UsageTotals {
  const report = books.usage({ by: "day", limit: 25 });
  if ("message" in report) throw new Error(report.message);
  return report.total;
}

/** A budget that holds by the time this resolves. */
export async function bounded(
  books: AccountBooks,
  clock: { advance(milliseconds: number): void },
  limitMicros: number,
): Promise<void> {
  const confirmed = books.createBudget({ scope: "workspace", period: "total", limitMicros });
  clock.advance(5_000);
  await confirmed;
}
