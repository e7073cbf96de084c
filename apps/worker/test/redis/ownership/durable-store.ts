/** A Durable Object's storage on a real SQLite in Node: what is written stays when the object is made anew. */
import { DatabaseSync, type StatementSync } from "node:sqlite";

type Row = Record<string, string | number | null>;

/** As much of `DurableObjectStorage` as a bridge's parts use. */
export function durableStore(): DurableObjectStorage {
  const database = new DatabaseSync(":memory:");
  const statements = new Map<string, StatementSync>();
  const run = (query: string, bindings: (string | number | null)[]): Row[] => {
    if (bindings.length === 0 && query.includes(";")) {
      database.exec(query);
      return [];
    }
    let statement = statements.get(query);
    if (statement === undefined) {
      statement = database.prepare(query);
      statements.set(query, statement);
    }
    return statement.all(...bindings) as Row[]; // nothing here reads a blob
  };
  const exec = (query: string, ...bindings: (string | number | null)[]) => {
    const rows = run(query, bindings);
    return {
      toArray: () => rows,
      one: () => rows[0],
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    };
  };
  let depth = 0;
  const transactionSync = <Result>(work: () => Result): Result => {
    if (depth > 0) return work();
    database.exec("BEGIN");
    depth += 1;
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    } finally {
      depth -= 1;
    }
  };
  return { sql: { exec }, transactionSync } as unknown as DurableObjectStorage;
}
