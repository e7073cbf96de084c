import type { ChannelRole } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { namesOf } from "./bridge-names.ts";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { RedisLink, Subscription } from "./connection/contract.ts";
import type { BridgeReceiver } from "./contract.ts";
import type { HeldEntries } from "./reading/held-entries.ts";
import type { Intake, Judged } from "./reading/intake.ts";
import type { PubSubReader } from "./reading/pubsub-reader.ts";
import { StreamReader } from "./reading/stream-reader.ts";
import type { Stream, StreamReaderParts } from "./reading/stream-reader.ts";
import { orAborted, sleep } from "./bridge-line.ts";

/** Milliseconds between two looks which channels are to be listened to; every fifth time Redis is asked how it is. */
const lookMs = 1_000;
const looksPerTick = 5;
/** Milliseconds that the application may take for what it does before messages are read. */
const openingMs = 10_000;

export interface SessionParts {
  readonly link: RedisLink;
  readonly settings: BridgeSettings;
  readonly receiver: BridgeReceiver;
  readonly intake: Intake;
  readonly pubsub: PubSubReader;
  readonly held: HeldEntries;
  readonly startOf: StreamReaderParts["startOf"];
  readonly joined: (stream: string) => void;
  readonly isEcho: (channel: string, text: string) => boolean;
  readonly judged: (judged: readonly Judged[]) => void;
  readonly room: (ended: AbortSignal) => Promise<void>;
  /** From here on what waits in the outbox may go. */
  readonly opened: () => void;
  /** Looks how things are. */
  readonly measure: () => Promise<void>;
  readonly now: () => number;
}

/** A channel that is listened to. */
export interface Heard {
  readonly role: ChannelRole;
  readonly name: string;
  readonly ownChannel: boolean;
}

/** The channels of one mode, those that the application adds among them, each name once. */
export function heardChannels(
  settings: BridgeSettings,
  receiver: BridgeReceiver,
  mode: "pubsub" | "streams",
): Heard[] {
  const heard = new Map<string, Heard>();
  for (const role of Object.keys(settings.channels) as ChannelRole[]) {
    const { name } = settings.channels[role];
    if (settings.channels[role].mode === mode) heard.set(name, { role, name, ownChannel: true });
  }
  for (const { role, name } of receiver.extraChannels?.() ?? []) {
    if (settings.channels[role].mode !== mode || heard.has(name)) continue;
    heard.set(name, { role, name, ownChannel: false });
  }
  return [...heard.values()];
}

/** What happens over one link, from when it is there until it is lost. */
export class BridgeSession {
  readonly #parts: SessionParts;
  readonly #ended: AbortSignal;
  #subscription: Subscription | undefined;
  /** Channels that are listened to, by name. */
  #heard: ReadonlyMap<string, Heard> = new Map();
  /** By what each reads. */
  readonly #readers = new Set<string>();
  #ticking = false;

  constructor(parts: SessionParts, ended: AbortSignal) {
    this.#parts = parts;
    this.#ended = ended;
  }

  /** @throws Error when something fails that a new link may mend */
  async run(ready: () => void): Promise<void> {
    const { settings, receiver } = this.#parts;
    // Before anything else, so that nothing is missed that is said from when we are "connected".
    const first = this.#streamReaders();
    await Promise.all([this.listen(), ...first.map((reader) => reader.prepare())]);
    await this.#parts.measure();
    if (this.#ended.aborted) return;
    ready();
    await this.#open(receiver, settings.id);
    if (this.#ended.aborted) return;
    this.#parts.opened();
    await this.listen();
    const failure = Promise.withResolvers<never>();
    const start = (readers: readonly StreamReader[]): void => {
      for (const reader of readers) reader.run().catch(failure.reject);
    };
    start(first);
    await orAborted(this.#ended, Promise.race([failure.promise, this.#tick(start)]));
  }

  /** The application may claim its leases before anything is read; it does not keep the bridge from working. */
  async #open(receiver: BridgeReceiver, bridgeId: string): Promise<void> {
    if (receiver.connected === undefined) return;
    const opening = receiver.connected().catch((error: unknown) => {
      log.warn("channels.bridge_opening_failed", { bridgeId, error });
    });
    await Promise.race([opening, sleep(openingMs, this.#ended)]);
  }

  /** Listens to the channels as they are now. */
  async listen(): Promise<void> {
    const { link, settings, receiver, pubsub } = this.#parts;
    this.#heard = new Map(heardChannels(settings, receiver, "pubsub").map((heard) => [heard.name, heard]));
    const names = [...this.#heard.keys()];
    if (this.#subscription !== undefined) {
      await this.#subscription.listen(names);
      return;
    }
    if (names.length === 0) return;
    this.#subscription = await link.subscribe(names, (channel, text) => {
      const heard = this.#heard.get(channel);
      if (heard === undefined || this.#ended.aborted) return;
      pubsub.hear({ role: heard.role, channel, ownChannel: heard.ownChannel, text });
    });
  }

  /** Readers of streams that nobody reads yet. */
  #streamReaders(): StreamReader[] {
    const { settings, receiver } = this.#parts;
    const streams = (): Stream[] => heardChannels(settings, receiver, "streams");
    const wanted = new Set(streams().map((stream) => this.#readerOf(stream)));
    const added = [...wanted].filter((reader) => !this.#readers.has(reader));
    return added.map((reader) => {
      this.#readers.add(reader);
      return this.#reader(reader, () => streams().filter((stream) => this.#readerOf(stream) === reader));
    });
  }

  /**
   * Who reads a stream. Each role has a reader of its own, so that what nobody takes keeps back nothing of another role:
   * the word to go on, say. In a cluster each stream has one; where Redis is polled, one serves for all.
   */
  #readerOf({ role, name }: Stream): string {
    const { anySlots, blocking } = this.#parts.link;
    if (!blocking) return "all";
    return anySlots ? role : name;
  }

  #reader(name: string, streams: () => Stream[]): StreamReader {
    const { link, settings, intake, held, startOf, joined, isEcho, judged, room, now } = this.#parts;
    const { group, consumer, letters } = namesOf(settings);
    return new StreamReader({
      name: `reader-${name}`,
      link,
      group: { group, consumer },
      letters,
      streams,
      intake,
      held,
      startOf,
      joined,
      isEcho,
      judged,
      room: () => room(this.#ended),
      now,
      sleep: (milliseconds) => sleep(milliseconds, this.#ended),
      ended: this.#ended,
    });
  }

  async #tick(start: (readers: readonly StreamReader[]) => void): Promise<void> {
    for (let look = 1; ; look += 1) {
      await sleep(lookMs, this.#ended);
      if (this.#ended.aborted) return;
      await this.listen();
      const added = this.#streamReaders();
      for (const reader of added) await reader.prepare();
      start(added);
      if (look % looksPerTick !== 0) continue;
      await this.#parts.measure();
      await this.#subscription?.ping();
      void this.#tellTime();
    }
  }

  /** The application's own rhythm; when it is slow it misses a beat. */
  async #tellTime(): Promise<void> {
    const { receiver, settings, now } = this.#parts;
    if (receiver.tick === undefined || this.#ticking) return;
    this.#ticking = true;
    try {
      await receiver.tick(now());
    } catch (error) {
      log.warn("channels.bridge_tick_failed", { bridgeId: settings.id, error });
    } finally {
      this.#ticking = false;
    }
  }
}
