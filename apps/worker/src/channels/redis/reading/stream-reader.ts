import type { ChannelRole } from "@orrery/protocol";
import { blockMs } from "../connection/contract.ts";
import type { RedisConnection, RedisLink } from "../connection/contract.ts";
import { replyCode } from "../connection/failures.ts";
import type { HeldEntries } from "./held-entries.ts";
import type { Arrival, Intake, Judged } from "./intake.ts";
import { Lanes } from "./lanes.ts";
import { deliveriesBorne, poisonReason } from "./retries.ts";
import { claim, joinGroup, othersOf, pendingOf, readAtOnce, readNew } from "./stream-group.ts";
import type { Claim, Entry, GroupName, Pending, Read } from "./stream-group.ts";
import { StreamSettler } from "./stream-settler.ts";

/** Entries that are read in one go, and whose ids are. */
const batchEntries = 256;
const batchIds = 1_000;
/** Characters of a batch where their size is seen only when they are here. */
const batchCharacters = 8 * 1024 * 1024;
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
  readonly name: string;
  readonly link: RedisLink;
  readonly group: GroupName;
  /** Where dead letters go. */
  readonly letters: string;
  /** What is to be read at the moment. */
  readonly streams: () => readonly Stream[];
  readonly intake: Intake;
  readonly held: HeldEntries;
  /** From which id on a stream is ours, and the group in which it was read before this bridge had one of its own. */
  readonly startOf: (stream: string) => { start: string; before: string | null };
  readonly joined: (stream: string) => void;
  readonly isEcho: (channel: string, text: string) => boolean;
  readonly judged: (judged: readonly Judged[]) => void;
  /** Resolves when there is room for more, or the link has ended. */
  readonly room: () => Promise<void>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly ended: AbortSignal;
}

/** Reads streams as one consumer of a group: whatever it is given comes again until it is acknowledged. */
export class StreamReader {
  readonly #parts: StreamReaderParts;
  readonly #settler: StreamSettler;
  /** Streams whose group is known to be there. */
  readonly #joined = new Set<string>();
  /** By stream: what of it waits for the same. */
  readonly #lanes = new Map<string, Lanes>();
  /** Streams in which there may be entries that we were given before. */
  readonly #unseen = new Set<string>();
  #claimAt = 0;
  /** Whether scripts may read streams, so that how large entries are is known before they are here. */
  #measures = true;
  /** Where not: how many entries of the size of the last ones make a batch. */
  #batch = 1;
  #pollMs: number = pollMs.soon;

  constructor(parts: StreamReaderParts) {
    this.#parts = parts;
    this.#settler = new StreamSettler(parts, (stream) => this.#lanesOf(stream));
  }

  /** Makes the groups that are missing. @throws Error where Redis does not let us */
  async prepare(): Promise<void> {
    const { link, group, held, startOf, joined, now } = this.#parts;
    for (const { name } of this.#parts.streams()) {
      if (this.#joined.has(name)) continue;
      const { start, before } = startOf(name);
      await joinGroup(link.commands, group, name, start, before);
      joined(name);
      this.#joined.add(name);
      const lanes = this.#lanesOf(name);
      for (const lane of held.lanes(name)) lanes.open(lane, now());
      this.#unseen.add(name);
    }
  }

  /** Reads until the connection is lost or something fails that only a new one mends. */
  async run(): Promise<void> {
    const { link, name, ended } = this.#parts;
    const waiting = link.blocking ? await link.reader(name) : link.commands;
    while (!ended.aborted) {
      await this.#parts.room();
      try {
        await this.prepare();
        await this.#takeOwn();
        await this.#takeDue();
        await this.#takeAbandoned();
        await this.#takeNew(waiting);
      } catch (error) {
        // Redis was emptied, or a stream was deleted, and our group with it; also while we waited in it.
        if (replyCode(error) !== "NOGROUP" && replyCode(error) !== "UNBLOCKED") throw error;
        this.#joined.clear();
      }
    }
  }

  #lanesOf(stream: string): Lanes {
    const known = this.#lanes.get(stream) ?? new Lanes();
    this.#lanes.set(stream, known);
    return known;
  }

  async #takeNew(waiting: RedisConnection): Promise<void> {
    const { link, held, now, sleep } = this.#parts;
    const streams = this.#parts.streams().filter(({ name }) => !held.isFull(name));
    const wait = Math.min(blockMs, Math.max(1, this.#nextDue() - now()));
    if (streams.length === 0) {
      await sleep(Math.min(wait, 1_000));
      return;
    }
    const names = streams.map(({ name }) => name);
    let reads = await this.#read(names);
    if (link.blocking && isNothing(reads)) {
      // One of each stream at most: nobody knows how large it is before it is here.
      reads = await readAtOnce(waiting, this.#parts.group, names, 1, wait);
      if (!isNothing(reads)) reads = [...reads, ...(await this.#read(names))];
    }
    for (const stream of streams) {
      const entries = reads.flatMap((read) => (read.stream === stream.name ? read.entries : []));
      if (entries.length > 0) await this.#take(stream, entries, () => 1);
    }
    if (link.blocking) return;
    this.#pollMs = isNothing(reads) ? Math.min(pollMs.late, this.#pollMs * 2) : pollMs.soon;
    if (isNothing(reads)) await sleep(Math.min(wait, this.#pollMs));
  }

  /** What is there and was given to nobody. */
  async #read(names: readonly string[]): Promise<Read[]> {
    const { link, group } = this.#parts;
    if (this.#measures) {
      const reads = await readNew(link.commands, group, names, batchEntries);
      if (reads !== null) return reads;
      this.#measures = false;
    }
    const reads = await readAtOnce(link.commands, group, names, this.#batch, null);
    this.#learn(reads.flatMap(({ entries }) => entries));
    return reads;
  }

  /** Grows towards the most, and shrinks at once where entries are large. */
  #learn(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const characters = entries.reduce((sum, entry) => sum + ("text" in entry ? entry.text.length : 0), 0);
    const fitting = Math.floor(batchCharacters / Math.max(1, characters / entries.length));
    this.#batch = Math.max(1, Math.min(batchEntries, fitting, this.#batch * 2));
  }

  /** What this consumer was given before it was last interrupted, but for what was put off. */
  async #takeOwn(): Promise<void> {
    const { link, group, held, ended } = this.#parts;
    for (const stream of this.#parts.streams()) {
      if (!this.#unseen.has(stream.name)) continue;
      for (let after: string | null = null; !ended.aborted;) {
        const pending: Pending[] = await pendingOf(link.commands, group, stream.name, after, batchIds);
        const last = pending.at(-1);
        if (last === undefined) break;
        after = last.id;
        const known = held.among(
          stream.name,
          pending.map(({ id }) => id),
        );
        const own = pending.filter(({ id }) => !known.has(id));
        await this.#claimAndTake(stream, own.map(countedOnce));
      }
      this.#unseen.delete(stream.name);
    }
  }

  async #takeDue(): Promise<void> {
    const { held, now } = this.#parts;
    for (const stream of this.#parts.streams()) {
      const due = held.due(stream.name, now(), batchEntries);
      if (due.length > 0) await this.#claimAndTake(stream, due.map(countedOnce));
      for (const { name, size } of this.#lanesOf(stream.name).due(now())) await this.#try(stream, name, size);
    }
  }

  /** Hands the first of those over that wait for the same. */
  async #try(stream: Stream, lane: string, size: number): Promise<void> {
    const { held, now } = this.#parts;
    const lanes = this.#lanesOf(stream.name);
    const first = held.inLane(stream.name, lane, size);
    if (first.length === 0) {
      lanes.close(lane);
      return;
    }
    // They are those that the others wait for.
    await this.#claimAndTake(stream, first, { ahead: new Set() });
    const ids = new Set(first.map(({ id }) => id));
    const stays = held.inLane(stream.name, lane, size).some(({ id }) => ids.has(id));
    if (stays) lanes.stays(lane, now());
    else lanes.moves(lane, now());
  }

  async #takeAbandoned(): Promise<void> {
    const { link, group, now } = this.#parts;
    if (now() < this.#claimAt) return;
    this.#claimAt = now() + claimEveryMs;
    for (const stream of this.#parts.streams()) {
      for (const other of await othersOf(link.commands, group, stream.name)) {
        const pending = await pendingOf(link.commands, other, stream.name, null, batchEntries);
        const left = pending.filter(({ idle }) => idle >= abandonedMs);
        await this.#claimAndTake(stream, left.map(countedOnce), { idle: abandonedMs });
      }
    }
  }

  /** Takes entries that were given to somebody before, as many at once as fit. */
  async #claimAndTake(
    stream: Stream,
    claims: readonly Claim[],
    { idle = 0, ahead }: { idle?: number; ahead?: ReadonlySet<string> } = {},
  ): Promise<void> {
    const { link, group, ended } = this.#parts;
    // What was acknowledged just now must not be claimed again.
    await this.#settler.settled;
    for (let rest = claims; rest.length > 0 && !ended.aborted;) {
      await this.#parts.room();
      const batch = rest.slice(0, batchEntries);
      const entries = await claim(link.commands, group, stream.name, batch, idle);
      if (entries.length === 0) throw new Error("Redis answered a claim with no entry");
      rest = rest.slice(entries.length);
      // What another has touched meanwhile is that one's.
      const ours = idle === 0 ? entries : entries.filter(({ state }) => state !== "gone");
      const counted = new Map(batch.map(({ id, deliveries }) => [id, deliveries]));
      await this.#take(stream, ours, (id) => Math.max(2, counted.get(id) ?? 2), ahead);
    }
  }

  async #take(
    stream: Stream,
    entries: readonly Entry[],
    deliveriesOfEntry: (id: string) => number,
    ahead = this.#lanesOf(stream.name).names,
  ): Promise<void> {
    const gone = entries.filter(({ state }) => state === "gone").map(({ id }) => id);
    const arrivals = entries
      .filter(({ state }) => state !== "gone")
      .map((entry) => ({ ...this.#arrivalOf(stream, entry, deliveriesOfEntry(entry.id)), ahead }));
    const poison = arrivals.filter(({ deliveries }) => deliveries > deliveriesBorne);
    const rest = arrivals.filter(({ deliveries }) => deliveries <= deliveriesBorne);
    const ended = poison.map((arrival): Judged => {
      const reason = `delivered ${arrival.deliveries} times, and nobody ever said what became of it`;
      return { arrival, inbound: null, verdict: { outcome: "rejected", reason } };
    });
    const judged = [...(await this.#parts.intake.judge(rest)), ...ended].map(final);
    this.#parts.judged(judged);
    this.#settler.settle(stream.name, judged, gone);
  }

  #arrivalOf(stream: Stream, entry: Entry, deliveries: number): Arrival {
    const { id } = entry;
    const text = "text" in entry ? entry.text : null;
    return {
      id,
      role: stream.role,
      channel: stream.name,
      ownChannel: stream.ownChannel,
      text,
      ...(entry.state === "large" && { bytes: entry.bytes }),
      at: Number(id.split("-")[0]),
      deliveries,
      echo: text !== null && this.#parts.isEcho(stream.name, text),
    };
  }

  #nextDue(): number {
    const { held, streams } = this.#parts;
    const times = streams().map(({ name }) => Math.min(held.nextDue(name), this.#lanesOf(name).nextDue));
    return Math.min(this.#claimAt, ...times);
  }
}

const isNothing = (reads: readonly Read[]): boolean => reads.every(({ entries }) => entries.length === 0);

/** An entry as it counts when it is handed over once more. */
const countedOnce = ({ id, deliveries }: Claim): Claim => ({ id, deliveries: deliveries + 1 });

/** A judgment with which it is left, unless the entry comes again. */
function final(judged: Judged): Judged {
  const { arrival, verdict } = judged;
  if (verdict.outcome !== "later" && verdict.outcome !== "failed") return judged;
  if ("waitsFor" in verdict && verdict.waitsFor !== undefined) return judged;
  const reason = poisonReason(verdict.outcome, verdict.reason, arrival.deliveries);
  return reason === null ? judged : { ...judged, verdict: { outcome: "rejected", reason } };
}
