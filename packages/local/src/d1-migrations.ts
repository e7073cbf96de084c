/**
 * D1 migrations, in the table and by the rules of `wrangler d1 migrations apply`: `*.sql` of the
 * directory in order of their names, each in one transaction together with the row that records it.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Miniflare } from "miniflare";
import { LaunchError } from "./errors.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

interface Migration {
  name: string;
  sql: string;
}

interface Plan {
  binding: string;
  database: string;
  table: string;
  migrations: Migration[];
}

export interface PendingMigrations {
  readonly pending: boolean;
  /** @throws LaunchError `migration_failed`; the migrations before the failed one stay applied. */
  apply(miniflare: Miniflare): Promise<string[]>;
}

/**
 * What the configuration wants applied. `pending` is false when these very migrations have been applied
 * to these databases before, which is noted beside them: most starts need not ask a database at all.
 */
export function pendingMigrations(
  config: WranglerConfig,
  configPath: string,
  databasesPath: string,
): PendingMigrations {
  const plans = config.d1_databases.flatMap((database): Plan[] => {
    if (database.migrations_dir === undefined) return [];
    const directory = resolve(dirname(configPath), database.migrations_dir);
    return [
      {
        binding: database.binding,
        database: database.database_name ?? database.binding,
        table: database.migrations_table,
        migrations: readMigrations(directory),
      },
    ];
  });
  const note = join(databasesPath, "migrations-applied");
  const digest = createHash("sha256").update(JSON.stringify(plans)).digest("hex");
  const noted = existsSync(note) ? readFileSync(note, "utf8") : null;
  return {
    pending: noted !== digest && plans.some((plan) => plan.migrations.length > 0),
    apply: async (miniflare) => {
      const applied: string[] = [];
      for (const plan of plans) applied.push(...(await applyPlan(miniflare, plan)));
      writeFileSync(note, digest, { mode: 0o600 });
      return applied;
    },
  };
}

function readMigrations(directory: string): Migration[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(directory, name), "utf8") }));
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

async function applyPlan(miniflare: Miniflare, plan: Plan): Promise<string[]> {
  const database = await miniflare.getD1Database(plan.binding);
  const table = quoted(plan.table);
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${table}(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await database.prepare(`SELECT name FROM ${table}`).all<{ name: string }>();
  const done = new Set(results.map(({ name }) => name));
  const applied: string[] = [];
  for (const { name, sql } of plan.migrations) {
    if (done.has(name)) continue;
    const record = database.prepare(`INSERT INTO ${table}(name) VALUES (?)`).bind(name);
    try {
      // A batch is one transaction, and each of its entries may hold several statements.
      await database.batch([database.prepare(sql), record]);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LaunchError("migration_failed", `Migration ${name} of ${plan.database} failed: ${why}`, {
        cause,
      });
    }
    applied.push(name);
  }
  return applied;
}
