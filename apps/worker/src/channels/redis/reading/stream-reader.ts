import type { ChannelRole } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import { blockMs } from "../connection/contract.ts";
import type { RedisConnection, RedisLink } from "../connection/contract.ts";
import { failureWords, replyCode } from "../connection/failures.ts";
import { buryEntry } from "./dead-letters.ts";
import type { Arrival, Intake, Judged } from "./intake.ts";
import { textOfFields } from "./message-text.ts";
import { deliveriesBorne, poisonReason, retryDelay } from "./retries.ts";
import { claimAbandoned, claimOwn, deliveriesOf, joinGroup, readNew, readOwn } from "./stream-group.ts";
import type { Entry, GroupName } from "./stream-group.ts";

/** Entries that are read in one go, and about how many characters: entries may be as large as a message. */
const batchEntries = 256;
const batchCharacters = 8 * 1024 * 1024;
/** Entries put off beyond which no new ones are read. */
const mostPutOff = 512;
/** Milliseconds after which an entry is taken from a consumer that leaves it alone, and how often that is looked for. */
const abandonedMs = 60_000;
const claimEveryMs = 30_000;
/** Milliseconds between reads where Redis cannot be waited in: after something came, and at most. */
const pollMs = { soon: 50, late: 2_000 } as const;

export interface Stream {
  readonly role: ChannelRole;
  readonly name: string;
  readonly ownChannel: boolean;
}

export interface StreamReaderParts {
  readonly link: RedisLink;
  readonly namespace: string;
  readonly group: GroupName;
  /** What is to be read at the moment. */
  readonly streams: () => readonly Stream[];
  readonly intake: Intake;
  /** From which id on a stream is ours; what was read of it before, it says, is not missed. */
  readonly startOf: (stream: string) => string;
  readonly joined: (stream: string) => void;
  readonly isEcho: (channel: string, text: string) => boolean;
  readonly judged: (judged: readonly Judged[]) => void;
  /** Resolves when there is room for more. */
  readonly room: () => Promise<void>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Reads streams as one consumer of a group: whatever it is given comes again until it is acknowledged. */
export class StreamReader {
  readonly #parts: StreamReaderParts;
  /** Streams whose group is known to be there. */
  readonly #joined = new Set<string>();
  /** Entries to be handed over again, by stream and id. */
  readonly #putOff = new Map<string, Map<string, { dueAt: number; deliveries: number }>>();
  #settling: Promise<void> = Promise.resolve();
  #claimAt = 0;
  /** How many entries of the size of the last ones make a batch. */
  #batch = 64;
  #pollMs: number = pollMs.soon;

  constructor(parts: StreamReaderParts) {
    this.#parts = parts;
  }

  /** Makes the groups that are missing. @throws Error where Redis does not let us */
  async prepare(): Promise<void> {
    const { link, group, startOf, joined } = this.#parts;
    for (const { name } of this.#parts.streams()) {
      if (this.#joined.has(name)) continue;
      await joinGroup(link.commands, name, group.group, startOf(name));
      joined(name);
      this.#joined.add(name);
    }
  }

  /** Reads until the connection is lost or something fails that only a new one mends. */
  async run(): Promise<never> {
    const { link, streams } = this.#parts;
    const reader = await link.reader(`reader-${streams()[0]?.name ?? "none"}`);
    for (const stream of streams()) await this.#takeOwn(stream);
    for (;;) {
      await this.#parts.room();
      try {
        await this.prepare();
        await this.#takeDue();
        await this.#takeAbandoned();
        await this.#takeNew(reader);
      } catch (error) {
        // Redis was emptied, or the stream was deleted, and our group with it.
        if (replyCode(error) !== "NOGROUP") throw error;
        this.#joined.clear();
      }
    }
  }

  async #takeNew(reader: RedisConnection): Promise<void> {
    const { link, now, sleep } = this.#parts;
    const streams = this.#parts.streams();
    const wait = Math.min(blockMs, Math.max(1, this.#nextDue() - now()));
    if (streams.length === 0 || this.#countPutOff() >= mostPutOff) {
      await sleep(Math.min(wait, 1_000));
      return;
    }
    const names = streams.map(({ name }) => name);
    const parts = await readNew(reader, this.#parts.group, names, this.#batch, link.blocking ? wait : null);
    let came = false;
    for (const part of parts) {
      const stream = streams.find(({ name }) => name === part.stream);
      if (stream === undefined || part.entries.length === 0) continue;
      came = true;
      await this.#take(stream, part.entries, () => 1);
    }
    if (link.blocking) return;
    this.#pollMs = came ? pollMs.soon : Math.min(pollMs.late, this.#pollMs * 2);
    if (!came) await sleep(Math.min(wait, this.#pollMs));
  }

  /** What this consumer was given before it was last interrupted. */
  async #takeOwn(stream: Stream): Promise<void> {
    const { link, group } = this.#parts;
    for (let after = "0-0"; ;) {
      const entries = await readOwn(link.commands, group, stream.name, after, this.#batch);
      const last = entries.at(-1);
      if (last === undefined) return;
      after = last.id;
      const deliveries = await deliveriesOf(link.commands, group, stream.name, entries);
      await this.#take(stream, entries, (id) => deliveries.get(id) ?? 2);
    }
  }

  async #takeDue(): Promise<void> {
    const { link, group, now } = this.#parts;
    for (const stream of this.#parts.streams()) {
      const putOff = this.#putOff.get(stream.name);
      const due = [...(putOff ?? [])].filter(([, { dueAt }]) => dueAt <= now()).slice(0, this.#batch);
      if (putOff === undefined || due.length === 0) continue;
      // What was acknowledged just now must not be claimed again.
      await this.#settling;
      const ids = due.map(([id]) => id);
      const entries = await claimOwn(link.commands, group, stream.name, ids);
      const deliveries = new Map(due.map(([id, before]) => [id, before.deliveries + 1]));
      const there = new Set(entries.map(({ id }) => id));
      for (const id of ids) putOff.delete(id);
      const gone = ids.filter((id) => !there.has(id)).map((id): Entry => ({ id, fields: null }));
      await this.#take(stream, [...entries, ...gone], (id) => deliveries.get(id) ?? 2);
    }
  }

  async #takeAbandoned(): Promise<void> {
    const { link, group, now } = this.#parts;
    if (now() < this.#claimAt) return;
    this.#claimAt = now() + claimEveryMs;
    for (const stream of this.#parts.streams()) {
      try {
        const entries = await claimAbandoned(link.commands, group, stream.name, abandonedMs, this.#batch);
        const deliveries = await deliveriesOf(link.commands, group, stream.name, entries);
        const fresh = entries.filter(({ id }) => !this.#putOff.get(stream.name)?.has(id));
        await this.#take(stream, fresh, (id) => deliveries.get(id) ?? 2);
      } catch (error) {
        // Redis before 6.2 does not know the command: what other consumers left is theirs, then.
        if (replyCode(error) !== "ERR") throw error;
        log.info("channels.abandoned_left", { stream: stream.name, reason: failureWords(error) });
        this.#claimAt = Infinity;
      }
    }
  }

  async #take(
    stream: Stream,
    entries: readonly Entry[],
    deliveriesOfEntry: (id: string) => number,
  ): Promise<void> {
    const deleted = entries.filter(({ fields }) => fields === null).map(({ id }) => id);
    const arrivals = entries.flatMap(({ id, fields }) => {
      if (fields === null) return [];
      return [this.#arrivalOf(stream, id, fields, deliveriesOfEntry(id))];
    });
    this.#measure(arrivals);
    const poison = arrivals.filter(({ deliveries }) => deliveries > deliveriesBorne);
    const rest = arrivals.filter(({ deliveries }) => deliveries <= deliveriesBorne);
    const ended = poison.map((arrival): Judged => {
      const reason = `delivered ${arrival.deliveries} times, and nobody ever said what became of it`;
      return { arrival, inbound: null, verdict: { outcome: "rejected", reason } };
    });
    const judged = [...(await this.#parts.intake.judge(rest)), ...ended].map((one) => this.#final(one));
    this.#parts.judged(judged);
    this.#settle(stream.name, judged, deleted);
  }

  /** Grows towards the most, and shrinks at once where entries are large. */
  #measure(arrivals: readonly Arrival[]): void {
    const characters = arrivals.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
    const each = Math.max(1, characters / Math.max(1, arrivals.length));
    const fitting = Math.max(1, Math.floor(batchCharacters / each));
    this.#batch = Math.min(batchEntries, fitting, this.#batch * 2);
  }

  #arrivalOf(stream: Stream, id: string, fields: readonly string[], deliveries: number): Arrival {
    const text = textOfFields(fields);
    return {
      id,
      role: stream.role,
      channel: stream.name,
      ownChannel: stream.ownChannel,
      text,
      at: Number(id.split("-")[0]),
      deliveries,
      echo: text !== null && this.#parts.isEcho(stream.name, text),
    };
  }

  /** A judgment with which it is left, unless the entry comes again. */
  #final(judged: Judged): Judged {
    const { arrival, verdict } = judged;
    if (verdict.outcome !== "later" && verdict.outcome !== "failed") return judged;
    const reason = poisonReason(verdict.outcome, verdict.reason, arrival.deliveries);
    return reason === null ? judged : { ...judged, verdict: { outcome: "rejected", reason } };
  }

  /** Acknowledges in Redis, behind what is read next; where that fails, the entries come again and are known. */
  #settle(stream: string, judged: readonly Judged[], deleted: readonly string[]): void {
    const { link, namespace, group, now } = this.#parts;
    const done = [...deleted];
    const buried: { arrival: Arrival; reason: string }[] = [];
    for (const { arrival, verdict } of judged) {
      if (verdict.outcome === "rejected") buried.push({ arrival, reason: verdict.reason });
      else if (verdict.outcome === "later" || verdict.outcome === "failed") {
        const putOff = this.#putOff.get(stream) ?? new Map<string, { dueAt: number; deliveries: number }>();
        this.#putOff.set(stream, putOff);
        const { deliveries } = arrival;
        putOff.set(arrival.id, { dueAt: now() + retryDelay(deliveries), deliveries });
      } else done.push(arrival.id);
    }
    if (done.length === 0 && buried.length === 0) return;
    this.#settling = this.#settling
      .then(async () => {
        if (done.length > 0) await link.commands.call(["XACK", stream, group.group, ...done]);
        for (const { arrival, reason } of buried) {
          await buryEntry(link, namespace, group.group, arrival, reason);
        }
      })
      .catch((error: unknown) => {
        log.warn("channels.entries_unsettled", { stream, reason: failureWords(error) });
        // They are still ours: handed over again in a while, where the connection is not lost altogether.
        const putOff = this.#putOff.get(stream) ?? new Map<string, { dueAt: number; deliveries: number }>();
        this.#putOff.set(stream, putOff);
        for (const { arrival } of judged) {
          const { id, deliveries } = arrival;
          if (!putOff.has(id)) putOff.set(id, { dueAt: now() + retryDelay(deliveries), deliveries });
        }
      });
  }

  #countPutOff(): number {
    let count = 0;
    for (const entries of this.#putOff.values()) count += entries.size;
    return count;
  }

  #nextDue(): number {
    let next = this.#claimAt;
    for (const entries of this.#putOff.values()) {
      for (const { dueAt } of entries.values()) next = Math.min(next, dueAt);
    }
    return next;
  }
}
