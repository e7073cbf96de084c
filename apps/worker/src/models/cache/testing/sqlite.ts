/** A real SQLite in Node, as far as the store uses one. */
import { DatabaseSync } from "node:sqlite";
import type { Sql } from "../answer-store.ts";

type Row = ReturnType<ReturnType<Sql["exec"]>["toArray"]>[number];

/** What SQLite hands out as a view, a Durable Object hands out as the bytes alone. */
const plain = (value: unknown): Row[string] =>
  value instanceof Uint8Array ? Uint8Array.from(value).buffer : (value as Row[string]);

export function memorySql(): Sql {
  const database = new DatabaseSync(":memory:");
  return {
    exec(query, ...bindings) {
      if (bindings.length === 0 && query.includes(";")) {
        database.exec(query);
        return { toArray: () => [] };
      }
      const values = bindings.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
      const rows = database.prepare(query).all(...values);
      return {
        toArray: () =>
          rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
          ),
      };
    },
  };
}
