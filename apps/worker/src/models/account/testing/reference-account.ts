/**
 * An account that is easy to believe: lists of holds and charges, summed anew each time. The real one is held
 * to it, step by step.
 */
import { expect } from "vitest";
import { removedAgents } from "@orrery/protocol";
import type { BudgetPeriod, BudgetScope, ModelCall, UsageTotals } from "@orrery/protocol";
import type { Caller } from "../../contract.ts";
import type { AccountBooks } from "../account-books.ts";
import { dayOf } from "../days.ts";
import { targetOf } from "../targets.ts";

interface Entry {
  caller: Caller;
  micros: number;
  day: string;
  /** Its agent was removed. */
  retired?: true;
}

interface Bound {
  scope: BudgetScope;
  targetId: string | null;
  period: BudgetPeriod;
  limitMicros: number;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

export class ReferenceAccount {
  readonly holds = new Map<string, Entry & { expiresAt: number }>();
  readonly charges = new Map<string, Entry & { call: ModelCall }>();
  /** Holds whose time was over: spent, until somebody says what was. */
  readonly lapsed = new Map<string, Entry>();
  /** Those of which nobody will. */
  readonly sunk = new Map<string, Entry>();
  readonly budgets = new Map<string, Bound>();
  granted = 0;
  settled = 0;
  released = 0;

  /** Whether the hold is granted. */
  hold(id: string, caller: Caller, micros: number, expiresAt: number, now: number): boolean {
    this.expire(now);
    if (micros === 0 || this.holds.has(id) || this.lapsed.has(id) || this.charges.has(id)) return true;
    for (const budget of this.budgets.values()) {
      const targetId = targetOf(caller, budget.scope);
      if (targetId === null || (budget.targetId !== null && budget.targetId !== targetId)) continue;
      const used = this.spent(budget, targetId, now) + this.held(budget, targetId, now);
      if (used + micros > budget.limitMicros) return false;
    }
    this.holds.set(id, { caller, micros, day: dayOf(now), expiresAt });
    this.granted += micros;
    return true;
  }

  settle(call: ModelCall, caller: Caller, now: number): void {
    if (this.charges.has(call.id)) return;
    const hold = this.#take(call.id);
    const day = hold?.day ?? dayOf(Math.min(Date.parse(call.startedAt), now));
    this.charges.set(call.id, { call, caller, micros: call.costMicros, day });
    if (hold === undefined) return;
    this.settled += Math.min(hold.micros, call.costMicros);
    this.released += Math.max(0, hold.micros - call.costMicros);
  }

  release(id: string): void {
    this.released += this.#take(id)?.micros ?? 0;
  }

  expire(now: number): void {
    for (const [id, { expiresAt, ...entry }] of this.holds) {
      if (expiresAt > now) continue;
      this.holds.delete(id);
      this.lapsed.set(id, entry);
      this.settled += entry.micros;
    }
  }

  retire(agentId: string): void {
    for (const [id, entry] of this.lapsed) {
      if (entry.caller.agentId !== agentId) continue;
      this.lapsed.delete(id);
      this.sunk.set(`${id}/${this.sunk.size}`, entry);
    }
    for (const entry of [...this.charges.values(), ...this.sunk.values()]) {
      if (entry.caller.agentId === agentId) entry.retired = true;
    }
  }

  spent(budget: Bound, targetId: string, now: number): number {
    return sumOf(
      [this.charges, this.lapsed, this.sunk].flatMap((entries) =>
        this.#entries(entries, budget, targetId, now),
      ),
    );
  }

  held(budget: Bound, targetId: string, now: number): number {
    return sumOf(this.#entries(this.holds, budget, targetId, now));
  }

  /** The real account says the same, and its balance is right. */
  assertEqual(books: AccountBooks, now: number): void {
    this.expire(now);
    const shown = books.budgets();
    expect(shown.map(({ id }) => id).toSorted()).toEqual([...this.budgets.keys()].toSorted());
    for (const { id, spentMicros, heldMicros } of shown) {
      const budget = this.budgets.get(id);
      if (budget === undefined) throw new Error("ids were compared above");
      const targets = budget.targetId === null ? this.#targets(budget.scope) : [budget.targetId];
      const spent = targets.map((target) => this.spent(budget, target, now));
      const held = targets.map((target) => this.held(budget, target, now));
      const most = Math.max(0, ...spent);
      expect(spentMicros).toBe(most);
      // Of several that spent the same, either may be shown.
      const ofThose = held.filter((_, index) => spent[index] === most);
      if (most > 0) expect(ofThose).toContain(heldMicros);
      else expect(heldMicros).toBe(Math.max(0, ...held));
    }
    const balance = books.balance();
    expect(balance).toEqual({
      granted: this.granted,
      held: sumOf([...this.holds.values()].map(({ micros }) => micros)),
      settled: this.settled,
      released: this.released,
    });
    expect(balance.held + balance.settled + balance.released).toBe(balance.granted);
  }

  /** Reports add up to the calls that were charged, whichever way they are cut. */
  assertReports(books: AccountBooks): void {
    const charges = [...this.charges.values()];
    const calls = charges.map(({ call }) => call);
    const total: UsageTotals = {
      calls: calls.length,
      failed: calls.filter(({ outcome }) => outcome === "failed").length,
      cached: calls.filter(({ outcome }) => outcome === "cached").length,
      inputTokens: sumOf(calls.map(({ inputTokens }) => inputTokens)),
      outputTokens: sumOf(calls.map(({ outputTokens }) => outputTokens)),
      images: sumOf(calls.map(({ images = 0 }) => images)),
      costMicros: sumOf(calls.map(({ costMicros }) => costMicros)),
      directMicros: sumOf(charges.map(({ caller, micros }) => (caller.executionId ? 0 : micros))),
      milliNeurons: sumOf(calls.map(({ milliNeurons = 0 }) => milliNeurons)),
    };
    for (const by of ["day", "agent", "model"] as const) {
      const report = books.usage({ by, from: "2026-10-01", to: "2027-09-30", limit: 25 });
      if ("message" in report) throw new Error(report.message);
      expect(report.total).toEqual(total);
      const keyOf = ({ day, caller, call, retired }: Entry & { call: ModelCall }): string =>
        by === "day" ? day : by === "model" ? call.model : retired ? removedAgents : (caller.agentId ?? "");
      expect(sumOf(report.items.map(({ costMicros }) => costMicros))).toBe(total.costMicros);
      for (const { key, costMicros, calls } of report.items) {
        const own = charges.filter((charge) => keyOf(charge) === key);
        expect([key, calls, costMicros]).toEqual([key, own.length, sumOf(own.map(({ micros }) => micros))]);
      }
    }
  }

  /** A hold that ends, under way or lapsed. */
  #take(id: string): Entry | undefined {
    const held = this.holds.get(id);
    if (held !== undefined) {
      this.holds.delete(id);
      return held;
    }
    const lapsed = this.lapsed.get(id);
    if (lapsed === undefined) return undefined;
    this.lapsed.delete(id);
    this.settled -= lapsed.micros;
    return lapsed;
  }

  #entries(from: ReadonlyMap<string, Entry>, budget: Bound, targetId: string, now: number): number[] {
    return [...from.values()]
      .filter(({ caller }) => targetOf(caller, budget.scope) === targetId)
      .filter(({ retired }) => retired !== true || budget.scope !== "agent")
      .filter(({ day }) => budget.period === "total" || day === dayOf(now))
      .map(({ micros }) => micros);
  }

  #targets(scope: BudgetScope): string[] {
    const entries = [this.holds, this.charges, this.lapsed, this.sunk].flatMap((each) => [...each.values()]);
    const callers = entries.map(({ caller }) => caller);
    return [...new Set(callers.map((caller) => targetOf(caller, scope)))].filter((id) => id !== null);
  }
}
