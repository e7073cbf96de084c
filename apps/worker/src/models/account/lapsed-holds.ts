/**
 * Holds whose time was over before anybody said what became of their calls. Each was asked of a provider, and may
 * have cost all that was held: that counts as spent, until somebody says what it really was.
 */
import { type Held, bindingsOf, heldColumns, heldOf } from "./held-row.ts";
import type { Sql } from "./store.ts";

/** Rows that are forgotten in one go. */
const forgetLimit = 2_000;

export class LapsedHolds {
  readonly #sql: Sql;
  /** Whether there may be any: mostly there is none, and then nothing is looked up. */
  #some = true;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** To be called where a transaction was undone. */
  undone(): void {
    this.#some = true;
  }

  has(id: string): boolean {
    if (!this.#any()) return false;
    return this.#sql.exec(`SELECT 1 FROM lapsed_holds WHERE id = ?`, id).toArray().length > 0;
  }

  add(held: Held): void {
    this.#some = true;
    this.#sql.exec(
      `INSERT INTO lapsed_holds (${heldColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...bindingsOf(held),
    );
  }

  /** What counts as spent for a call, which from now on does no more; null where nothing does. */
  take(id: string): Held | null {
    if (!this.#any()) return null;
    const [row] = this.#sql.exec(`DELETE FROM lapsed_holds WHERE id = ? RETURNING *`, id).toArray();
    return row === undefined ? null : heldOf(row);
  }

  /** Nobody will say any more what an agent's calls really were: what was held for them stays spent. */
  settle(agentId: string): void {
    this.#sql.exec(`DELETE FROM lapsed_holds WHERE agent_id = ?`, agentId);
  }

  /** When the first of them lapsed, in epoch milliseconds; null where there is none. */
  oldest(): number | null {
    const [row] = this.#sql.exec(`SELECT min(expires_at) AS at FROM lapsed_holds`).toArray();
    const at = row?.["at"];
    return typeof at === "number" ? at : null;
  }

  /** Forgets those that lapsed before a time: what they held stays spent. Says whether some of them are left. */
  forget(before: number): boolean {
    const forgotten = this.#sql
      .exec(
        `DELETE FROM lapsed_holds WHERE id IN (SELECT id FROM lapsed_holds WHERE expires_at < ? LIMIT ?) RETURNING id`,
        before,
        forgetLimit,
      )
      .toArray();
    return forgotten.length === forgetLimit;
  }

  #any(): boolean {
    this.#some &&= this.#sql.exec(`SELECT 1 FROM lapsed_holds LIMIT 1`).toArray().length > 0;
    return this.#some;
  }
}
