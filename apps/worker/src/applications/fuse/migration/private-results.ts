/** Results of existing agents on private channels, on their way to the shared one. */
import type { Delivery, Outbound } from "../../../channels/index.ts";
import type { FuseHost } from "../contract.ts";
import type { Leases } from "./leases.ts";
import { needsLease } from "./modes.ts";
import type { Sql } from "./store.ts";

/** Results that are sent again at once. */
const sentAtOnce = 500;

/** What an existing agent said on its private channel: a result, or anything else. */
export interface PrivateResult {
  /** Whatever has the same goes out once; of a result `resultKey`. */
  readonly key: string;
  readonly agent: string;
  readonly value: Record<string, unknown>;
}

/**
 * What was said is kept until it is in Redis: what the lease kept back is sent again under the next, as long as it is
 * this bridge that speaks for the agent.
 */
export class PrivateResults {
  readonly #sql: Sql;
  readonly #host: Pick<FuseHost, "port" | "members">;
  readonly #leases: Leases;

  constructor(sql: Sql, host: Pick<FuseHost, "port" | "members">, leases: Leases) {
    this.#sql = sql;
    this.#host = host;
    this.#leases = leases;
  }

  /** Puts results on their way. @throws OrreryError `rate_limited` when the outbox is full */
  async forward(results: readonly PrivateResult[]): Promise<void> {
    if (results.length === 0) return;
    for (const { key, agent, value } of results) {
      this.#sql.exec(
        `INSERT OR IGNORE INTO ownership_results (key, agent, task, value) VALUES (?, ?, '', ?)`,
        key,
        agent,
        JSON.stringify(value),
      );
    }
    await this.#send(results);
  }

  async #send(results: readonly PrivateResult[]): Promise<void> {
    const { refused } = await this.#host.port.send(results.map((result) => this.#outbound(result)));
    // What is too large to be written will be so when it is sent again.
    for (const { key } of refused) this.#sql.exec(`DELETE FROM ownership_results WHERE key = ?`, key);
  }

  /** Hears what became of messages. */
  delivered(deliveries: readonly Delivery[]): void {
    for (const { key, outcome } of deliveries) {
      const statement =
        outcome === "fenced"
          ? `UPDATE ownership_results SET fenced = 1 WHERE key = ?`
          : `DELETE FROM ownership_results WHERE key = ?`;
      this.#sql.exec(statement, key);
    }
  }

  /** Whether nothing of the agent is on its way. */
  haveArrived(agent: string): boolean {
    const [row] = this.#sql
      .exec(`SELECT 1 AS waits FROM ownership_results WHERE agent = ? LIMIT 1`, agent)
      .toArray();
    return row === undefined;
  }

  /** Sends again what a lease kept back; `all`: whatever is kept, since after a restart it is not known what became of it. */
  async resend(agent: string, all: boolean): Promise<void> {
    const rows = this.#sql
      .exec(
        `SELECT key, value FROM ownership_results WHERE agent = ? AND (fenced = 1 OR ?) ORDER BY seq LIMIT ?`,
        agent,
        all ? 1 : 0,
        sentAtOnce,
      )
      .toArray();
    if (rows.length === 0) return;
    const results = rows.map((row) => ({
      agent,
      key: String(row["key"]),
      value: JSON.parse(String(row["value"])) as Record<string, unknown>,
    }));
    await this.#send(results);
    for (const { key } of results) {
      this.#sql.exec(`UPDATE ownership_results SET fenced = 0 WHERE key = ?`, key);
    }
  }

  #outbound({ key, agent, value }: PrivateResult): Outbound {
    const member = this.#host.members.find(agent);
    // Where the agent is the existing system's own, so are these words, and no lease of ours guards them.
    const fence = member !== undefined && needsLease(member) ? this.#leases.fence(agent) : undefined;
    return { key, role: "results", value, fence };
  }
}
