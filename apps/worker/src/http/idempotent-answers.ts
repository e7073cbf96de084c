import type { Seal } from "./seal.ts";

/** Milliseconds that a first answer is kept. */
const keptFor = 24 * 60 * 60_000;

/** Milliseconds after which a request that never came to an end no longer blocks its key. */
const claimFor = 60_000;

/** An answer as it was given the first time. */
export interface Answer {
  status: number;
  headers: [string, string][];
  body: string;
}

/** What became of a key. `claim` names a request that may go on, and must be kept or dropped. */
export type Claimed =
  | { outcome: "mine"; claim: string }
  | { outcome: "answered"; answer: Answer }
  | { outcome: "running" }
  | { outcome: "other-request" };

interface Row {
  request_hash: string;
  claimed_at: number;
  status: number | null;
  answer: string | null;
}

/** First answers to writes, in D1, sealed: one of them may hold a new token. */
export interface IdempotentAnswers {
  claim(id: string, requestHash: string): Promise<Claimed>;
  keep(id: string, claim: string, answer: Answer): Promise<void>;
  drop(id: string, claim: string): Promise<void>;
}

export function idempotentAnswers(database: D1Database, seal: Seal, now: () => number): IdempotentAnswers {
  /** Takes a free, an ended or a deserted place; D1 runs one statement at a time, so one request wins. */
  async function take(id: string, requestHash: string, claim: string, at: number): Promise<boolean> {
    const taken = await database
      .prepare(
        `INSERT INTO idempotent_answers (id, request_hash, claim, claimed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
           request_hash = ?2, claim = ?3, claimed_at = ?4, expires_at = ?5, status = NULL, answer = NULL
         WHERE expires_at <= ?4 OR (status IS NULL AND request_hash = ?2 AND claimed_at <= ?4 - ?6)
         RETURNING id`,
      )
      .bind(id, requestHash, claim, at, at + keptFor, claimFor)
      .first();
    return taken !== null;
  }

  return {
    async claim(id, requestHash) {
      const at = now();
      const claim = crypto.randomUUID();
      if (await take(id, requestHash, claim, at)) return { outcome: "mine", claim };
      const row = await database
        .prepare("SELECT request_hash, claimed_at, status, answer FROM idempotent_answers WHERE id = ?")
        .bind(id)
        .first<Row>();
      // Dropped between the two statements: the client's next attempt finds its way.
      if (row === null) return { outcome: "running" };
      if (row.request_hash !== requestHash) return { outcome: "other-request" };
      if (row.status === null || row.answer === null) return { outcome: "running" };
      const answer = JSON.parse(await seal.open(row.answer, id)) as Omit<Answer, "status">;
      return { outcome: "answered", answer: { status: row.status, ...answer } };
    },

    async keep(id, claim, { status, headers, body }) {
      const sealed = await seal.close(JSON.stringify({ headers, body }), id);
      await database.batch([
        database
          .prepare("UPDATE idempotent_answers SET status = ?, answer = ? WHERE id = ? AND claim = ?")
          .bind(status, sealed, id, claim),
        database.prepare("DELETE FROM idempotent_answers WHERE expires_at <= ?").bind(now()),
      ]);
    },

    async drop(id, claim) {
      await database
        .prepare("DELETE FROM idempotent_answers WHERE id = ? AND claim = ?")
        .bind(id, claim)
        .run();
    },
  };
}
