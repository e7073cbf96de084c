/**
 * Books what an agent's turns spent with its workspace's account. The index's outbox books each execution at
 * least once; where there are budgets, what is held is also turned into what was spent as soon as it is known,
 * so that a long turn does not keep others from spending what it left.
 */
import { log } from "../observability/index.ts";
import type { Account, Caller, Charge } from "../models/index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { ExecutionRow } from "./execution-store.ts";
import { callsOf } from "./usage.ts";
import type { Recorded } from "./usage.ts";

export class AgentSpending {
  readonly #account: Account;
  readonly #records: AgentRecords;

  constructor(account: Account, records: AgentRecords) {
    this.#account = account;
    this.#records = records;
  }

  /** On whose account a turn spends. */
  caller(row: ExecutionRow): Caller {
    const { workspaceId, settings } = this.#records.known;
    return {
      workspaceId,
      agentId: settings.id,
      sessionId: row.sessionId,
      executionId: row.id,
      treeId: settings.id,
      location: row.request.edgeLocation,
    };
  }

  /** Books now what is on disk of a turn, where a budget waits for it. What fails, the outbox does later. */
  async bookEarly(row: ExecutionRow, recorded: Recorded): Promise<void> {
    try {
      const { workspaceId } = this.#records.known;
      const charges = this.#charges(row, recorded);
      if (charges.length > 0 && (await this.#account.terms(workspaceId)).budgeted) {
        await this.#account.settle(workspaceId, charges);
      }
    } catch (error) {
      log.warn("agent.booking-late", { executionId: row.id, error });
    }
  }

  /**
   * Books executions. Booking one again changes nothing.
   * @throws what the account throws; nothing is booked then
   */
  async book(rows: readonly ExecutionRow[]): Promise<void> {
    const charges = rows.flatMap((row) => (row.outcome ? this.#charges(row, row.outcome) : []));
    if (charges.length > 0) await this.#account.settle(this.#records.known.workspaceId, charges);
  }

  /**
   * Leaves of what the agent spent only what it adds to the sum over all agents that were removed.
   * @throws what the account throws
   */
  async retire(): Promise<void> {
    const { workspaceId, settings } = this.#records.known;
    await this.#account.retire(workspaceId, settings.id);
  }

  #charges(row: ExecutionRow, recorded: Recorded): Charge[] {
    const caller = this.caller(row);
    return callsOf(recorded).map((call) => ({ call, caller }));
  }
}
