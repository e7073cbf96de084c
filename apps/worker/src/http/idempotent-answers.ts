import type { KeptBody } from "./kept-body.ts";
import type { Seal } from "./seal.ts";

/** Milliseconds that a first answer is kept. */
const keptFor = 24 * 60 * 60_000;

/** Milliseconds after which a request that gave no sign of life any more no longer blocks its key. */
const claimFor = 60_000;

/** Milliseconds after which a request that still runs gives a sign of life: two of them may be lost. */
export const renewAfter = claimFor / 3;

/**
 * Characters of one value, all of them ASCII: a row of D1 has 2,000,000 bytes.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
const valueLength = 1_900_000;

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

const inValues = (text: string): string[] =>
  Array.from({ length: Math.ceil(text.length / valueLength) }, (_, at) =>
    text.slice(at * valueLength, (at + 1) * valueLength),
  );

export function idempotentAnswers(
  database: D1Database,
  seal: Seal,
  bodies: KeptBodies,
  now: () => number,
): IdempotentAnswers {
  /**
   * Takes a free, an ended or a deserted place; D1 runs one batch at a time, so one request wins. An ended one goes first,
   * with its parts: a row without an answer never has any.
   */
  async function take(id: string, requestHash: string, claim: string, at: number): Promise<boolean> {
    const [, taken] = await database.batch([
      database.prepare("DELETE FROM idempotent_answers WHERE id = ? AND expires_at <= ?").bind(id, at),
      database
        .prepare(
          `INSERT INTO idempotent_answers (id, request_hash, claim, claimed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
           ON CONFLICT (id) DO UPDATE SET claim = ?3, claimed_at = ?4, expires_at = ?5
           WHERE status IS NULL AND request_hash = ?2 AND claimed_at <= ?4 - ?6
           RETURNING id`,
        )
        .bind(id, requestHash, claim, at, at + keptFor, claimFor),
    ]);
    return taken?.results.length === 1;
  }

  /** A place with all parts of its answer, of one moment. */
  async function look(id: string): Promise<Row | undefined> {
    const [rows, parts] = (await database.batch([
      database.prepare("SELECT request_hash, status, answer FROM idempotent_answers WHERE id = ?").bind(id),
      database.prepare("SELECT text FROM idempotent_answer_parts WHERE id = ? ORDER BY part").bind(id),
    ])) as [D1Result<Row>, D1Result<{ text: string }>]; // one of each statement
    const [row] = rows.results;
    if (row === undefined || row.answer === null) return row;
    return { ...row, answer: row.answer + parts.results.map(({ text }) => text).join("") };
  }

  const sealed = (kept: Kept, id: string): Promise<string> => seal.close(JSON.stringify(kept), id);

  return {
    async claim(id, requestHash) {
      const at = now();
      const claim = crypto.randomUUID();
      if (await take(id, requestHash, claim, at)) return { outcome: "mine", claim };
      const row = await look(id);
      // Dropped between the two statements: the client's next attempt finds its way.
      if (row === undefined) return { outcome: "running" };
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
      const [beginning, ...further] = inValues(whole);
      // An agent that was removed meanwhile leaves nothing behind, here either.
      const left = agentId === undefined ? null : await sealed(withoutBody(headers), id);
      await database.batch([
        database
          .prepare(
            `UPDATE idempotent_answers SET status = ?1, agent_id = ?2,
               answer = CASE WHEN ?2 IS NULL OR EXISTS (SELECT 1 FROM agents WHERE agents.id = ?2) THEN ?3 ELSE ?4 END
             WHERE id = ?5 AND claim = ?6`,
          )
          .bind(status, agentId ?? null, beginning, left, id, claim),
        ...further.map((text, at) =>
          database
            .prepare(
              `INSERT INTO idempotent_answer_parts (id, part, text)
               SELECT id, ?1, ?2 FROM idempotent_answers AS kept WHERE id = ?3 AND claim = ?4
                 AND (kept.agent_id IS NULL OR EXISTS (SELECT 1 FROM agents WHERE agents.id = kept.agent_id))`,
            )
            .bind(at + 1, text, id, claim),
        ),
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
