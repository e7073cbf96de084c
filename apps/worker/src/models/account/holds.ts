/** Money set aside for calls under way. The table is the truth; sums over it are kept in memory. */
import type { BudgetPeriod, BudgetScope } from "@orrery/protocol";
import { type Held, bindingsOf, heldColumns, heldOf } from "./held-row.ts";
import { HeldSums } from "./held-sums.ts";
import type { Amounts } from "./spending.ts";
import type { Sql } from "./store.ts";

export class Holds {
  readonly #sql: Sql;
  /** Made from the table when needed; null when it may no longer agree. */
  #sums: HeldSums | null = null;
  /** No hold expires before this. */
  #quietUntil = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** To be called where a transaction was undone: what is in memory holds no more. */
  forget(): void {
    this.#sums = null;
    this.#quietUntil = 0;
  }

  has(id: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM holds WHERE id = ?`, id).toArray().length > 0;
  }

  add(held: Held): void {
    const sums = this.#known();
    this.#sql.exec(`INSERT INTO holds (${heldColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, ...bindingsOf(held));
    sums.add(held);
    this.#quietUntil = Math.min(this.#quietUntil, held.expiresAt);
  }

  /** Ends a hold; null where there is none, since it was settled, released, has expired or never was. */
  take(id: string): Held | null {
    const sums = this.#known();
    const [row] = this.#sql.exec(`DELETE FROM holds WHERE id = ? RETURNING *`, id).toArray();
    if (row === undefined) return null;
    const held = heldOf(row);
    sums.subtract(held);
    return held;
  }

  /** Ends the holds whose time is over, and returns them. */
  expire(now: number): Held[] {
    if (now < this.#quietUntil) return [];
    const sums = this.#known();
    const expired = this.#sql
      .exec(`DELETE FROM holds WHERE expires_at <= ? RETURNING *`, now)
      .toArray()
      .map(heldOf);
    for (const held of expired) sums.subtract(held);
    this.#quietUntil = this.nextExpiry() ?? Infinity;
    return expired;
  }

  /** When the next hold expires; null where nothing is held. */
  nextExpiry(): number | null {
    const [row] = this.#sql.exec(`SELECT min(expires_at) AS at FROM holds`).toArray();
    const at = row?.["at"];
    return typeof at === "number" ? at : null;
  }

  /** What is held in all, by the table. */
  sum(): number {
    const [row] = this.#sql.exec(`SELECT coalesce(sum(micros), 0) AS held FROM holds`).toArray();
    return Number(row?.["held"]);
  }

  /** What is held for a target, and of that what was held today. */
  of(scope: BudgetScope, targetId: string, today: string): Amounts {
    return this.#known().of(scope, targetId, today);
  }

  /** The target of a scope for which most is held; null where nothing is. */
  most(scope: BudgetScope, period: BudgetPeriod, today: string): string | null {
    return this.#known().most(scope, period, today);
  }

  #known(): HeldSums {
    if (this.#sums !== null) return this.#sums;
    const sums = new HeldSums();
    for (const row of this.#sql.exec(`SELECT * FROM holds`).toArray()) sums.add(heldOf(row));
    this.#sums = sums;
    return sums;
  }
}
