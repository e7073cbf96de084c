/** A workspace's answers on disk: looked up, bounded, aged and deleted. */
import { cosine } from "./semantic.ts";

type Value = ArrayBuffer | string | number | null;

/** As much of a Durable Object's `SqlStorage` as this uses. */
export interface Sql {
  exec(query: string, ...bindings: Value[]): { toArray(): Record<string, Value>[] };
}

export interface StoreBounds {
  /** Bytes of one answer, and of all together, vectors included. */
  maxEntryBytes: number;
  maxBytes: number;
  /** Newest entries of a scope that a meaning is compared with. */
  maxCompared: number;
}

export const defaultBounds: StoreBounds = {
  maxEntryBytes: 512 * 1024,
  maxBytes: 64 * 1024 * 1024,
  maxCompared: 500,
};

export interface StoredAnswer {
  /** JSON of a `CachedAnswer`. */
  answer: string;
  /** Epoch milliseconds. */
  madeAt: number;
  expiresAt: number;
}

/** Where a meaning is looked for: among entries with this scope, embedded by this model. */
export interface Meaning {
  scope: string;
  embedder: string;
  /** As `toBlob` makes it. */
  vector: ArrayBuffer;
}

export interface NewAnswer extends StoredAnswer {
  key: string;
  meaning?: Meaning;
  /** On whose behalf it was made: it goes when they are deleted. */
  agentId?: string;
  sessionId?: string;
}

/** When an answer was used is written down this exactly, so that few hits write. Milliseconds. */
const usedAtGrain = 60_000;

const encoder = new TextEncoder();

const answerOf = (row: Record<string, Value>): StoredAnswer => ({
  answer: String(row["answer"]),
  madeAt: Number(row["made_at"]),
  expiresAt: Number(row["expires_at"]),
});

export class AnswerStore {
  readonly #sql: Sql;
  readonly #bounds: StoreBounds;
  #bytes: number;
  #entries: number;
  #droppedAt = -Infinity;

  constructor(sql: Sql, bounds: StoreBounds = defaultBounds) {
    this.#sql = sql;
    this.#bounds = bounds;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY,
        answer TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at INTEGER NOT NULL,
        agent_id TEXT,
        session_id TEXT,
        scope TEXT,
        embedder TEXT,
        vector BLOB
      );
      CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used_at);
      CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires_at);
      CREATE INDEX IF NOT EXISTS answers_by_agent ON answers (agent_id, session_id);
      CREATE INDEX IF NOT EXISTS answers_by_scope ON answers (scope, embedder, made_at) WHERE scope IS NOT NULL;
    `);
    const [sums] = sql.exec("SELECT count(*) AS entries, total(bytes) AS bytes FROM answers").toArray();
    this.#entries = Number(sums?.["entries"] ?? 0);
    this.#bytes = Number(sums?.["bytes"] ?? 0);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** When an answer last had to go before its time, for another or for room; epoch milliseconds. */
  get droppedAt(): number {
    return this.#droppedAt;
  }

  /** The answer under a key, made at `since` or later and not expired. */
  find(key: string, now: number, since: number): StoredAnswer | null {
    const [row] = this.#sql
      .exec(
        "SELECT answer, made_at, expires_at, used_at FROM answers WHERE key = ? AND expires_at > ? AND made_at >= ?",
        key,
        now,
        since,
      )
      .toArray();
    if (!row) return null;
    this.#use(key, Number(row["used_at"]), now);
    return answerOf(row);
  }

  /** The answer to the question that is nearest in meaning, where that is `threshold` or more. */
  findSimilar(
    meaning: Meaning,
    threshold: number,
    now: number,
    since: number,
  ): (StoredAnswer & { similarity: number }) | null {
    const rows = this.#sql
      .exec(
        `SELECT key, vector FROM answers
         WHERE scope = ? AND embedder = ? AND expires_at > ? AND made_at >= ?
         ORDER BY made_at DESC LIMIT ?`,
        meaning.scope,
        meaning.embedder,
        now,
        since,
        this.#bounds.maxCompared,
      )
      .toArray();
    let nearest: { key: string; similarity: number } | null = null;
    for (const { key, vector } of rows) {
      if (!(vector instanceof ArrayBuffer)) continue;
      const similarity = cosine(meaning.vector, vector);
      if (similarity >= threshold && similarity > (nearest?.similarity ?? -Infinity)) {
        nearest = { key: String(key), similarity };
      }
    }
    if (!nearest) return null;
    const found = this.find(nearest.key, now, since);
    return found && { ...found, similarity: nearest.similarity };
  }

  /** Keeps an answer in the place of the one before it; says whether it did: not what is too large. */
  put(entry: NewAnswer, now: number): boolean {
    const bytes = encoder.encode(entry.answer).byteLength + (entry.meaning?.vector.byteLength ?? 0);
    if (bytes > this.#bounds.maxEntryBytes || entry.expiresAt <= now) return false;
    if (this.#delete("key = ?", entry.key) > 0) this.#droppedAt = now;
    this.#sql.exec(
      `INSERT INTO answers (key, answer, bytes, made_at, expires_at, used_at, agent_id, session_id, scope, embedder, vector)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.key,
      entry.answer,
      bytes,
      entry.madeAt,
      entry.expiresAt,
      now,
      entry.agentId ?? null,
      entry.sessionId ?? null,
      entry.meaning?.scope ?? null,
      entry.meaning?.embedder ?? null,
      entry.meaning?.vector ?? null,
    );
    this.#entries += 1;
    this.#bytes += bytes;
    if (this.#evict(entry.key)) this.#droppedAt = now;
    return true;
  }

  /** Deletes what has expired; returns when the next one will, or null where nothing is left. */
  sweep(now: number): number | null {
    this.#delete("expires_at <= ?", now);
    const [next] = this.#sql.exec("SELECT min(expires_at) AS at FROM answers").toArray();
    return typeof next?.["at"] === "number" ? next["at"] : null;
  }

  clear(): void {
    this.#delete("true");
  }

  /** Deletes what was made on behalf of an agent, or of one session of it; says whether there was anything. */
  forget(agentId: string, sessionId?: string): boolean {
    const deleted =
      sessionId === undefined
        ? this.#delete("agent_id = ?", agentId)
        : this.#delete("agent_id = ? AND session_id = ?", agentId, sessionId);
    return deleted > 0;
  }

  #use(key: string, usedAt: number, now: number): void {
    if (now - usedAt < usedAtGrain) return;
    this.#sql.exec("UPDATE answers SET used_at = ? WHERE key = ?", now, key);
  }

  /** Makes room by deleting what was used longest ago, but never the newest; says whether it had to. */
  #evict(newest: string): boolean {
    let evicted = false;
    while (this.#bytes > this.#bounds.maxBytes) {
      const deleted = this.#delete(
        "key IN (SELECT key FROM answers WHERE key <> ? ORDER BY used_at, rowid LIMIT max(1, ? / 16))",
        newest,
        this.#entries,
      );
      if (deleted === 0) break;
      evicted = true;
    }
    return evicted;
  }

  #delete(where: string, ...bindings: Value[]): number {
    const deleted = this.#sql
      .exec(`DELETE FROM answers WHERE ${where} RETURNING bytes`, ...bindings)
      .toArray();
    for (const { bytes } of deleted) this.#bytes -= Number(bytes);
    this.#entries -= deleted.length;
    return deleted.length;
  }
}
