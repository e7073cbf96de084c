/** What a gateway remembers: its log and its cached answers, in one Durable Object for each gateway's id. */
import { DurableObject } from "cloudflare:workers";
import type { AIEnv } from "../env.ts";
import type { Metadata } from "./gateway-options.ts";

/** As `getLog` gives it, but for the time, which goes as text. */
export interface LogEntry {
  id: string;
  provider: string;
  model: string;
  model_type: string;
  path: string;
  /** Milliseconds. */
  duration: number;
  request_type: string;
  request_content_type: string;
  status_code: number;
  response_content_type: string;
  success: boolean;
  cached: boolean;
  tokens_in: number;
  tokens_out: number;
  metadata: Metadata | null;
  step: number;
  cost: number;
  custom_cost: boolean;
  request_size: number;
  request_head: string;
  request_head_complete: boolean;
  response_size: number;
  response_head: string;
  response_head_complete: boolean;
  created_at: string;
  score: number | null;
  feedback: number | null;
}

export interface LogPatch {
  score?: number | null | undefined;
  feedback?: -1 | 1 | null | undefined;
  metadata?: Metadata | null | undefined;
}

export interface CachedAnswer {
  status: number;
  headers: [string, string][];
  body: ArrayBuffer;
}

/** Entries kept; the oldest go first. */
const logsKept = 10_000;
const answersKept = 1_000;

interface LogRow extends Record<string, SqlStorageValue> {
  entry: string;
}

interface AnswerRow extends Record<string, SqlStorageValue> {
  status: number;
  headers: string;
  body: ArrayBuffer;
}

export class GatewayObject extends DurableObject<AIEnv> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: AIEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS logs (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, entry TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY, status INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, expires INTEGER NOT NULL
      ) WITHOUT ROWID;
    `);
  }

  /** Adds an entry, or replaces the one of the same id. What a patch has said of it stays. */
  record(entry: LogEntry): void {
    const before = this.find(entry.id);
    const kept = before && { score: before.score, feedback: before.feedback, metadata: before.metadata };
    this.#write({ ...entry, ...kept });
    this.#sql.exec("DELETE FROM logs WHERE number <= (SELECT max(number) FROM logs) - ?", logsKept);
  }

  find(id: string): LogEntry | null {
    const [row] = this.#sql.exec<LogRow>("SELECT entry FROM logs WHERE id = ?", id).toArray();
    return row === undefined ? null : (JSON.parse(row.entry) as LogEntry);
  }

  /** False where there is no such entry. */
  patch(id: string, patch: LogPatch): boolean {
    const entry = this.find(id);
    if (entry === null) return false;
    this.#write({
      ...entry,
      ...(patch.score !== undefined && { score: patch.score }),
      ...(patch.feedback !== undefined && { feedback: patch.feedback }),
      ...(patch.metadata !== undefined && { metadata: patch.metadata }),
    });
    return true;
  }

  cached(key: string): CachedAnswer | null {
    const [row] = this.#sql
      .exec<AnswerRow>(
        "SELECT status, headers, body FROM answers WHERE key = ? AND expires > ?",
        key,
        Date.now(),
      )
      .toArray();
    if (row === undefined) return null;
    const { status, headers, body } = row;
    return { status, headers: JSON.parse(headers) as [string, string][], body };
  }

  /** `ttl` in seconds. */
  keep(key: string, { status, headers, body }: CachedAnswer, ttl: number): void {
    const now = Date.now();
    this.#sql.exec(
      "INSERT OR REPLACE INTO answers (key, status, headers, body, expires) VALUES (?, ?, ?, ?, ?)",
      key,
      status,
      JSON.stringify(headers),
      body,
      now + ttl * 1_000,
    );
    this.#sql.exec(
      "DELETE FROM answers WHERE expires <= ? OR key IN (SELECT key FROM answers ORDER BY expires DESC LIMIT -1 OFFSET ?)",
      now,
      answersKept,
    );
  }

  #write(entry: LogEntry): void {
    this.#sql.exec(
      "INSERT INTO logs (id, entry) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry",
      entry.id,
      JSON.stringify(entry),
    );
  }
}
