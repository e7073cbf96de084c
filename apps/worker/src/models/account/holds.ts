/** Money set aside for calls under way. There are as many holds as such calls: sums over them need no index. */
import type { BudgetPeriod, BudgetScope } from "@orrery/protocol";
import type { HoldRequest } from "./contract.ts";
import { targetOf } from "./targets.ts";
import type { Amounts } from "./spending.ts";
import type { Sql } from "./store.ts";

export interface Hold {
  micros: number;
  day: string;
}

/** Where a hold names its target of a scope. */
const columns: Record<BudgetScope, string> = {
  workspace: "''",
  agent: "agent_id",
  session: "session_id",
  execution: "execution_id",
  tree: "tree_id",
};

export class Holds {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  has(id: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM holds WHERE id = ?`, id).toArray().length > 0;
  }

  add({ id, caller, micros, expiresAt }: HoldRequest, day: string): void {
    this.#sql.exec(
      `INSERT INTO holds (id, agent_id, session_id, execution_id, tree_id, micros, day, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      targetOf(caller, "agent"),
      targetOf(caller, "session"),
      targetOf(caller, "execution"),
      targetOf(caller, "tree"),
      micros,
      day,
      expiresAt,
    );
  }

  /** Ends a hold; null where there is none, since it was settled, released, has expired or never was. */
  take(id: string): Hold | null {
    const [row] = this.#sql.exec(`DELETE FROM holds WHERE id = ? RETURNING micros, day`, id).toArray();
    return row === undefined ? null : { micros: Number(row["micros"]), day: String(row["day"]) };
  }

  /** Ends the holds whose time is over; returns their sum. */
  expire(now: number): number {
    return this.#sql
      .exec(`DELETE FROM holds WHERE expires_at <= ? RETURNING micros`, now)
      .toArray()
      .reduce((sum, row) => sum + Number(row["micros"]), 0);
  }

  /** When the next hold expires; null where nothing is held. */
  nextExpiry(): number | null {
    const [row] = this.#sql.exec(`SELECT min(expires_at) AS at FROM holds`).toArray();
    const at = row?.["at"];
    return typeof at === "number" ? at : null;
  }

  /** What is held in all. */
  sum(): number {
    return this.of("workspace", "", "").total;
  }

  /** What is held for a target, and of that what was held today. */
  of(scope: BudgetScope, targetId: string, today: string): Amounts {
    const [row] = this.#sql
      .exec(
        `SELECT coalesce(sum(micros), 0) AS total, coalesce(sum(micros) FILTER (WHERE day >= ?), 0) AS day
         FROM holds WHERE ${columns[scope]} = ?`,
        today,
        targetId,
      )
      .toArray();
    return { total: Number(row?.["total"]), day: Number(row?.["day"]) };
  }

  /** The target of a scope for which most is held; null where nothing is. */
  most(scope: BudgetScope, period: BudgetPeriod, today: string): string | null {
    const column = columns[scope];
    const [row] = this.#sql
      .exec(
        `SELECT ${column} AS target FROM holds WHERE ${column} IS NOT NULL AND day >= ?
         GROUP BY target ORDER BY sum(micros) DESC, target LIMIT 1`,
        period === "day" ? today : "",
      )
      .toArray();
    return row === undefined ? null : String(row["target"]);
  }
}
