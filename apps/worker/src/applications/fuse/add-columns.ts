/** Brings tables of objects that were made by an earlier version up to date. */

interface Sql {
  exec(query: string, ...bindings: string[]): { toArray(): Record<string, SqlStorageValue>[] };
}

/** Adds columns that a table does not have yet; `columns` says of each what follows its name. */
export function addColumns(sql: Sql, table: string, columns: Readonly<Record<string, string>>): void {
  const known = new Set(
    sql
      .exec(`SELECT name FROM pragma_table_info(?)`, table)
      .toArray()
      .map(({ name }) => String(name)),
  );
  for (const [name, definition] of Object.entries(columns)) {
    if (!known.has(name)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`);
  }
}
