import { OrreryError } from "@orrery/protocol";
import type { ChannelRole } from "@orrery/protocol";
import type { Delivery, Outbound, Refused, Sent } from "../contract.ts";
import { messageLimit } from "../reading/message-text.ts";

/** Messages, and characters of them, that wait at most. */
const mostMessages = 10_000;
const mostCharacters = 64 * 1024 * 1024;
/** Of how many of the last messages it is remembered that they were sent. */
const remembered = 50_000;
/** Messages told of that need not be written down at once. */
const mostTold = 1_000;

/** A message that waits, in its place in the order. */
export interface Waiting {
  readonly seq: number;
  readonly key: string;
  readonly role: ChannelRole;
  readonly channel: string | null;
  /** JSON. */
  readonly value: string;
  readonly signAs: string | null;
  readonly fence: { key: string; token: number } | null;
  readonly keep: { key: string; value: string; seconds: number } | null;
  readonly replaces: string | null;
}

/** What became of one, before anyone was told. */
export interface Settled {
  readonly message: Waiting;
  readonly outcome: Delivery["outcome"];
  readonly reason?: string | undefined;
}

interface Row extends Record<string, SqlStorageValue> {
  seq: number;
  key: string;
  role: string;
  channel: string | null;
  value: string;
  sign_as: string | null;
  fence_key: string | null;
  fence_token: number | null;
  keep: string | null;
  replaces: string | null;
}

/**
 * Messages on their way to Redis. What is in here survives every crash; what was sent is remembered by its key, so that
 * whoever does not know whether it was may send it again.
 */
export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #messages: number;
  #characters: number;
  #last: number;
  #pruned = 0;
  /** Numbers of messages that the application was told of, which their rows do not say yet. */
  readonly #told = new Set<number>();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    const sums = this.#sql
      .exec<{ messages: number; characters: number | null; last: number | null; sent: number | null }>(
        `SELECT count(*) AS messages, sum(length(value)) AS characters, max(seq) AS last,
           (SELECT max(seq) FROM bridge_sent) AS sent FROM bridge_outbox`,
      )
      .one();
    this.#messages = sums.messages;
    this.#characters = sums.characters ?? 0;
    this.#last = Math.max(sums.last ?? 0, sums.sent ?? 0);
  }

  /** The number of the newest message. */
  get last(): number {
    return this.#last;
  }

  /** How many wait. */
  get size(): number {
    return this.#messages;
  }

  /** Whether so much waits that no more should be taken on. */
  get crowded(): boolean {
    return this.#messages > mostMessages / 2 || this.#characters > mostCharacters / 2;
  }

  /**
   * Adds messages, all or none but for those that are too large; those that were sent already are not added, and what
   * became of them is told again. One that was kept back by its lease is taken as new.
   * @throws OrreryError `rate_limited` where there is no room
   */
  add(messages: readonly Outbound[]): Sent & { added: number; toldAgain: boolean } {
    const refused: Refused[] = [];
    const taken: { message: Outbound; text: string }[] = [];
    for (const message of messages) {
      const text = jsonOf(message.value);
      if (text === null) refused.push(noJson(message.key));
      else if (text.length > messageLimit) refused.push(tooLarge(message.key, text.length));
      else taken.push({ message, text });
    }
    const characters = taken.reduce((sum, { text }) => sum + text.length, 0);
    if (
      this.#messages > 0 &&
      (this.#messages + taken.length > mostMessages || this.#characters + characters > mostCharacters)
    ) {
      throw new OrreryError("rate_limited", "The bridge's outbox is full until Redis takes messages again", {
        retryAfter: 1,
      });
    }
    return this.#storage.transactionSync(() => {
      let added = 0;
      let toldAgain = false;
      const known: string[] = [];
      for (const { message, text } of taken) {
        const outcome = this.#outcome(message.key);
        if (outcome === "written") {
          this.#saveTold();
          this.#sql.exec(`UPDATE bridge_sent SET told = 0 WHERE key = ?`, message.key);
          toldAgain = true;
          known.push(message.key);
        } else {
          if (outcome !== null) this.#sql.exec(`DELETE FROM bridge_sent WHERE key = ?`, message.key);
          const isAdded = this.#insert(message, text);
          if (isAdded) added += 1;
          if (outcome !== null || !isAdded) known.push(message.key);
        }
      }
      return { added, toldAgain, taken: taken.map(({ message }) => message.key), known, refused };
    });
  }

  /** The next messages in order, but for channels (by their name, or their role's) that are not to be written to. */
  next(limit: number, characters: number, without: readonly string[]): Waiting[] {
    const rows = this.#sql.exec<Row>(
      `SELECT * FROM bridge_outbox
       WHERE coalesce(channel, role) NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
      JSON.stringify(without),
      limit,
    );
    const messages: Waiting[] = [];
    let sum = 0;
    for (const row of rows) {
      sum += row.value.length;
      if (messages.length > 0 && sum > characters) break;
      messages.push(waitingOf(row));
    }
    return messages;
  }

  /** Notes what became of messages; nobody was told yet. */
  settle(settled: readonly Settled[]): void {
    if (settled.length === 0) return;
    this.#storage.transactionSync(() => {
      this.#saveTold();
      this.#sql.exec(
        `INSERT OR REPLACE INTO bridge_sent (seq, key, outcome, reason, told)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, 0 FROM json_each(?)`,
        JSON.stringify(
          settled.map(({ message, outcome, reason }) => [message.seq, message.key, outcome, reason ?? null]),
        ),
      );
      this.#sql.exec(
        `DELETE FROM bridge_outbox WHERE seq IN (SELECT value FROM json_each(?))`,
        JSON.stringify(settled.map(({ message }) => message.seq)),
      );
    });
    this.#messages -= settled.length;
    for (const { message } of settled) this.#characters -= message.value.length;
  }

  /** What became of messages and the application has not been told. */
  untold(limit: number): { seq: number; delivery: Delivery }[] {
    return this.#sql
      .exec<{ seq: number; key: string; outcome: string; reason: string | null }>(
        `SELECT seq, key, outcome, reason FROM bridge_sent
         WHERE told = 0 AND seq NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
        JSON.stringify([...this.#told]),
        limit,
      )
      .toArray()
      .map(({ seq, key, outcome, reason }) => ({
        seq,
        delivery:
          outcome === "undeliverable"
            ? { key, outcome, reason: reason ?? "" }
            : { key, outcome: outcome as "written" | "fenced" },
      }));
  }

  /**
   * Written with what is noted next: a write of its own would hold up the messages that follow. A crash before that has
   * the application told again.
   */
  told(deliveries: readonly { seq: number }[]): void {
    for (const { seq } of deliveries) this.#told.add(seq);
    if (this.#told.size > mostTold) this.#saveTold();
  }

  #saveTold(): void {
    if (this.#told.size === 0) return;
    this.#sql.exec(
      `UPDATE bridge_sent SET told = 1 WHERE seq IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...this.#told]),
    );
    this.#told.clear();
  }

  /** Forgets messages that were sent long ago, of which everyone has been told. */
  prune(): void {
    const until = this.#last - remembered;
    if (until - this.#pruned < remembered / 10) return;
    this.#saveTold();
    this.#sql.exec(`DELETE FROM bridge_sent WHERE seq <= ? AND told = 1`, until);
    this.#pruned = until;
  }

  /** Forgets that messages were sent, up to the number `until`: whoever sends their keys again sends something new. */
  forget(keys: readonly string[], until: number): void {
    this.#sql.exec(
      `DELETE FROM bridge_sent WHERE key IN (SELECT value FROM json_each(?)) AND seq <= ?`,
      JSON.stringify(keys),
      until,
    );
  }

  /** The same of all messages whose keys begin so. */
  forgetAll(prefix: string): void {
    this.#sql.exec(`DELETE FROM bridge_sent WHERE key >= ?1 AND key < ?1 || char(1114111)`, prefix);
  }

  #outcome(key: string): string | null {
    const rows = this.#sql.exec<{ outcome: string }>(`SELECT outcome FROM bridge_sent WHERE key = ?`, key);
    return rows.toArray()[0]?.outcome ?? null;
  }

  /** Whether it is there now: one that waits already stays as it is, but for the lease, which may be another by now. */
  #insert(message: Outbound, text: string): boolean {
    const seq = this.#last + 1;
    const rows = this.#sql.exec<{ seq: number }>(
      `INSERT INTO bridge_outbox (seq, key, role, channel, value, sign_as, fence_key, fence_token, keep, replaces)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET fence_key = excluded.fence_key, fence_token = excluded.fence_token
       RETURNING seq`,
      seq,
      message.key,
      message.role,
      message.channel ?? null,
      text,
      message.signAs?.agentId ?? null,
      message.fence?.key ?? null,
      message.fence?.token ?? null,
      message.keep === undefined ? null : JSON.stringify(message.keep),
      message.replaces ?? null,
    );
    if (rows.one().seq !== seq) return false;
    this.#last = seq;
    this.#messages += 1;
    this.#characters += text.length;
    return true;
  }
}

const waitingOf = (row: Row): Waiting => ({
  seq: row.seq,
  key: row.key,
  role: row.role as ChannelRole,
  channel: row.channel,
  value: row.value,
  signAs: row.sign_as,
  fence: row.fence_key === null ? null : { key: row.fence_key, token: row.fence_token ?? 0 },
  keep: row.keep === null ? null : (JSON.parse(row.keep) as Waiting["keep"]),
  replaces: row.replaces,
});

/** Null for what cannot be written as JSON: what is nested too deep, say. */
function jsonOf(value: Record<string, unknown>): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

const noJson = (key: string): Refused => ({
  key,
  code: "invalid_request",
  reason: "It cannot be written as JSON",
});

const tooLarge = (key: string, characters: number): Refused => ({
  key,
  code: "payload_too_large",
  reason: `It has ${characters} characters, and a message has at most ${messageLimit}`,
});
