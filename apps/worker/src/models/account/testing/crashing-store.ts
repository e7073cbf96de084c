/** A real SQLite in Node that can be left at any statement and opened again, as a killed process leaves its own. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { AccountStore, Sql } from "../store.ts";

type Row = Record<string, string | number | null>;

export class Crash extends Error {}

export class CrashingStore implements AccountStore {
  readonly sql: Sql = {
    exec: (query, ...bindings) => {
      const rows = this.#run(query, bindings);
      return { toArray: () => rows };
    },
  };
  readonly #database = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  #left = Infinity;

  /** The statement after the next `statements` throws, and takes its transaction with it. */
  crashAfter(statements: number): void {
    this.#left = statements;
  }

  transactionSync<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(query: string, bindings: (string | number | null)[]): Row[] {
    this.#left -= 1;
    if (this.#left < 0) {
      this.#left = Infinity;
      throw new Crash();
    }
    if (bindings.length === 0 && query.includes(";")) {
      this.#database.exec(query);
      return [];
    }
    let statement = this.#statements.get(query);
    if (statement === undefined) {
      statement = this.#database.prepare(query);
      this.#statements.set(query, statement);
    }
    return statement.all(...bindings) as Row[]; // no statement here reads a blob
  }
}
