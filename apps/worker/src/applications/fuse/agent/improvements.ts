/**
 * What others found that an agent could do better. It is kept and acknowledged; it changes what the agent is asked
 * only where its prompt template holds `{{improvements}}`, for whoever can write to Redis could say anything.
 */
import type { Improvement } from "../contract.ts";
import type { OutputSeal } from "../tasks/step-journal.ts";

/** Improvements kept; the oldest give way. */
const kept = 100;
/** Of them, how many a prompt is given, the newest, and characters of each. */
const told = 10;
const toldLength = 500;

export class Improvements {
  readonly #sql: SqlStorage;
  readonly #seal: OutputSeal;

  constructor(sql: SqlStorage, seal: OutputSeal) {
    this.#sql = sql;
    this.#seal = seal;
  }

  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS improvements (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        -- Text, or bytes where it is sealed.
        text,
        at INTEGER NOT NULL
      )`);
  }

  add({ id, source, text, at }: Improvement): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO improvements (id, source, text, at) VALUES (?, ?, ?, ?)`,
      id,
      source,
      this.#seal.seal(text, `fuse/improvements/${id}`),
      at,
    );
    this.#sql.exec(`DELETE FROM improvements WHERE seq <= (SELECT max(seq) FROM improvements) - ?`, kept);
  }

  /** The newest ones as a list for a prompt, one a line; empty where there are none. */
  told(): string {
    return this.#sql
      .exec(`SELECT id, source, text FROM improvements ORDER BY seq DESC LIMIT ?`, told)
      .toArray()
      .map(({ id, source, text }) => {
        const content = text instanceof ArrayBuffer ? new Uint8Array(text) : String(text);
        const words = this.#seal.open(content, `fuse/improvements/${String(id)}`);
        return `- ${words.slice(0, toldLength).replaceAll(/\s+/g, " ")} (${String(source)})`;
      })
      .join("\n");
  }
}
