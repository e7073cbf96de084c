import { log } from "../observability/index.ts";

/** Ends a token: one of ours by its id, any other JWT by its `jti`. */
export interface Revocation {
  workspaceId: string;
  tokenId: string;
  /** Epoch milliseconds at which the token ends anyway; null where unknown. */
  expiresAt: number | null;
}

/** Lets work go on after the answer: an `ExecutionContext`, or what stands for one. */
export interface Background {
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Milliseconds after which the list is read anew in the background, and after which a request waits
 * for it: an isolate that has rested that long is as good as new.
 */
const freshFor = 5_000;
const usableFor = 60_000;
/** Clocks of isolates differ, and a write may be seen late: what is that old is read again. */
const overlap = 60_000;
/** A refresh whose request was cut off never reports back. */
const refreshLimit = 10_000;

interface Row {
  workspace_id: string;
  token_id: string;
  revoked_at: number;
  expires_at: number | null;
}

const keyOf = (workspaceId: string, tokenId: string): string => `${workspaceId}\n${tokenId}`;

/**
 * The revocation list as this isolate knows it. Reading it costs nothing: it is refreshed behind the
 * requests, so that no turn waits for D1. Only the first request of an isolate, or the first after a
 * minute without any, waits for the list.
 *
 * No promise is shared between requests: on Workers, one that waits for another's I/O may wait for ever.
 */
export class Revocations {
  readonly #database: D1Database;
  readonly #now: () => number;
  /** When each refused token ends; `Infinity` where unknown. */
  readonly #refused = new Map<string, number>();
  #loadedAt = Number.NEGATIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #refreshingSince = Number.NEGATIVE_INFINITY;

  constructor(database: D1Database, now: () => number = () => Date.now()) {
    this.#database = database;
    this.#now = now;
  }

  /** Makes sure of a list to decide by: at once where there is a fresh one, else as the class says. */
  async ready(background: Background | undefined): Promise<void> {
    const now = this.#now();
    const age = now - this.#loadedAt;
    if (age < freshFor) return;
    if (age < usableFor) {
      if (now - this.#refreshingSince < refreshLimit) return;
      const refresh = this.#refreshQuietly(now);
      if (background !== undefined) {
        background.waitUntil(refresh);
        return;
      }
      await refresh;
      return;
    }
    if (this.#loadedAt === Number.NEGATIVE_INFINITY) await this.#load(now);
    else await this.#refreshQuietly(now);
  }

  /** Whether this token was revoked in its workspace. */
  has(workspaceId: string, tokenId: string): boolean {
    return this.#refused.has(keyOf(workspaceId, tokenId));
  }

  /** Revokes until the token's end, the later one where it is revoked again; in this isolate at once, in others within the time that a refresh takes. */
  async revoke({ workspaceId, tokenId, expiresAt }: Revocation): Promise<void> {
    const now = this.#now();
    const database = this.#database;
    await database.batch([
      database
        .prepare(
          `INSERT INTO revoked_tokens (workspace_id, token_id, revoked_at, expires_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET revoked_at = excluded.revoked_at, expires_at = CASE
             WHEN expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
             ELSE MAX(expires_at, excluded.expires_at) END`,
        )
        .bind(workspaceId, tokenId, now, expiresAt),
      database
        .prepare("UPDATE tokens SET revoked_at = ? WHERE workspace_id = ? AND id = ? AND revoked_at IS NULL")
        .bind(now, workspaceId, tokenId),
      database.prepare("DELETE FROM revoked_tokens WHERE expires_at < ?").bind(now - overlap),
    ]);
    this.#refuse(keyOf(workspaceId, tokenId), expiresAt);
  }

  /** What is refused once stays so for at least as long. */
  #refuse(key: string, expiresAt: number | null): void {
    const end = expiresAt ?? Number.POSITIVE_INFINITY;
    this.#refused.set(key, Math.max(end, this.#refused.get(key) ?? 0));
  }

  /** Without D1 the old list is better than none: the tokens it holds are still refused. */
  async #refreshQuietly(now: number): Promise<void> {
    this.#refreshingSince = now;
    try {
      await this.#load(now);
    } catch (error) {
      log.warn("security.revocations-not-refreshed", { ageMs: now - this.#loadedAt, error });
    } finally {
      this.#refreshingSince = Number.NEGATIVE_INFINITY;
    }
  }

  async #load(now: number): Promise<void> {
    const { results } = await this.#database
      .prepare(
        `SELECT workspace_id, token_id, revoked_at, expires_at FROM revoked_tokens
         WHERE revoked_at >= ? AND (expires_at IS NULL OR expires_at >= ?)`,
      )
      .bind(Number.isFinite(this.#newest) ? this.#newest - overlap : 0, now - overlap)
      .all<Row>();
    for (const row of results) {
      this.#refuse(keyOf(row.workspace_id, row.token_id), row.expires_at);
      this.#newest = Math.max(this.#newest, row.revoked_at);
    }
    for (const [key, end] of this.#refused) if (end < now - overlap) this.#refused.delete(key);
    this.#loadedAt = now;
  }
}
