import type { KeptBody } from "./kept-body.ts";
import type { Seal } from "./seal.ts";

/** Milliseconds that a first answer is kept. */
const keptFor = 24 * 60 * 60_000;

/** Milliseconds after which a request that gave no sign of life any more no longer blocks its key. */
const claimFor = 60_000;

/** Milliseconds after which a request that still runs gives a sign of life: two of them may be lost. */
export const renewAfter = claimFor / 3;

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
  status: number | null;
  answer: string | null;
}

/** What a row's `answer` holds, sealed: one of them may hold a new token. */
interface Kept {
  headers: [string, string][];
  body: KeptBody;
}

/** First answers to writes, in D1. */
export interface IdempotentAnswers {
  claim(id: string, requestHash: string): Promise<Claimed>;
  /** Says that the request still runs. */
  renew(id: string, claim: string): Promise<void>;
  /** Keeps an answer; with `agentId`, for as long as there is that agent. */
  keep(id: string, claim: string, answer: Answer, agentId?: string): Promise<void>;
  drop(id: string, claim: string): Promise<void>;
}

/** How bodies are kept, besides the seal of the whole answer. */
export interface KeptBodies {
  close(body: string, id: string, agentId: string | undefined): Promise<KeptBody>;
  open(kept: KeptBody, id: string): Promise<string>;
}

/** An answer without a body says what became of the request, and where that is. */
const withoutBody = (headers: [string, string][]): Kept => ({
  headers: headers.filter(([name]) => name !== "content-type"),
  body: "",
});

export function idempotentAnswers(
  database: D1Database,
  seal: Seal,
  bodies: KeptBodies,
  now: () => number,
): IdempotentAnswers {
  /** Takes a free, an ended or a deserted place; D1 runs one statement at a time, so one request wins. */
  async function take(id: string, requestHash: string, claim: string, at: number): Promise<boolean> {
    const taken = await database
      .prepare(
        `INSERT INTO idempotent_answers (id, request_hash, claim, claimed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET request_hash = ?2, claim = ?3, claimed_at = ?4, expires_at = ?5,
           status = NULL, answer = NULL, agent_id = NULL
         WHERE expires_at <= ?4 OR (status IS NULL AND request_hash = ?2 AND claimed_at <= ?4 - ?6)
         RETURNING id`,
      )
      .bind(id, requestHash, claim, at, at + keptFor, claimFor)
      .first();
    return taken !== null;
  }

  const sealed = (kept: Kept, id: string): Promise<string> => seal.close(JSON.stringify(kept), id);

  return {
    async claim(id, requestHash) {
      const at = now();
      const claim = crypto.randomUUID();
      if (await take(id, requestHash, claim, at)) return { outcome: "mine", claim };
      const row = await database
        .prepare("SELECT request_hash, status, answer FROM idempotent_answers WHERE id = ?")
        .bind(id)
        .first<Row>();
      // Dropped between the two statements: the client's next attempt finds its way.
      if (row === null) return { outcome: "running" };
      if (row.request_hash !== requestHash) return { outcome: "other-request" };
      if (row.status === null || row.answer === null) return { outcome: "running" };
      const kept = JSON.parse(await seal.open(row.answer, id)) as Kept;
      const body = await bodies.open(kept.body, id);
      const { headers } = body === "" ? withoutBody(kept.headers) : kept;
      return { outcome: "answered", answer: { status: row.status, headers, body } };
    },

    async renew(id, claim) {
      await database
        .prepare("UPDATE idempotent_answers SET claimed_at = ? WHERE id = ? AND claim = ? AND status IS NULL")
        .bind(now(), id, claim)
        .run();
    },

    async keep(id, claim, { status, headers, body }, agentId) {
      const whole = await sealed({ headers, body: await bodies.close(body, id, agentId) }, id);
      // An agent that was removed meanwhile leaves nothing behind, here either.
      const left = agentId === undefined ? whole : await sealed(withoutBody(headers), id);
      await database.batch([
        database
          .prepare(
            `UPDATE idempotent_answers SET status = ?1, agent_id = ?2,
               answer = CASE WHEN ?2 IS NULL OR EXISTS (SELECT 1 FROM agents WHERE agents.id = ?2) THEN ?3 ELSE ?4 END
             WHERE id = ?5 AND claim = ?6`,
          )
          .bind(status, agentId ?? null, whole, left, id, claim),
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
