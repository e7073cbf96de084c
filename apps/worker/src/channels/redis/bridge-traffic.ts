import type { Keyring } from "../../security/index.ts";
import { audienceOf, namesOf } from "./bridge-names.ts";
import { heardChannels } from "./bridge-session.ts";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { RedisLink } from "./connection/contract.ts";
import type { BridgeReceiver, Inbound, Outbound, Sent } from "./contract.ts";
import { log } from "../../observability/index.ts";
import { failureWords } from "./connection/failures.ts";
import { bury } from "./reading/dead-letters.ts";
import { HeldEntries } from "./reading/held-entries.ts";
import { Intake } from "./reading/intake.ts";
import type { Arrival, Judged } from "./reading/intake.ts";
import { parseText } from "./reading/message-text.ts";
import { Nonces } from "./reading/nonces.ts";
import { PubSubReader } from "./reading/pubsub-reader.ts";
import type { Published } from "./reading/pubsub-reader.ts";
import { SequenceGaps } from "./reading/sequence-gaps.ts";
import type { BridgeEvents } from "./watching/bridge-events.ts";
import { ChannelCounts } from "./watching/channel-counts.ts";
import type { Passing } from "./watching/message-outline.ts";
import { MessageRing } from "./watching/message-ring.ts";
import { Echoes } from "./writing/echoes.ts";
import { OutboxPump } from "./writing/outbox-pump.ts";
import { Outbox } from "./writing/outbox.ts";
import type { Ready } from "./writing/ready.ts";

/** Milliseconds between two looks whether there is room again. */
const roomMs = 20;

export interface TrafficParts {
  readonly storage: DurableObjectStorage;
  readonly store: BridgeStore;
  readonly settings: () => BridgeSettings;
  readonly receiver: () => BridgeReceiver;
  readonly keyring: () => Keyring;
  readonly link: () => RedisLink | undefined;
  /** The last message that is called in Redis as those of all bridges of the namespace. */
  readonly sharedUntil: number;
  readonly events: BridgeEvents;
  /** How often the connection came back. */
  readonly reconnects: () => number;
  readonly now: () => number;
}

/** The messages of a bridge, in and out, and what is counted and shown of them. */
export class BridgeTraffic {
  readonly outbox: Outbox;
  readonly pump: OutboxPump;
  readonly intake: Intake;
  readonly pubsub: PubSubReader;
  readonly counts: ChannelCounts;
  readonly ring = new MessageRing();
  readonly echoes = new Echoes();
  readonly nonces: Nonces;
  readonly held: HeldEntries;
  readonly #parts: TrafficParts;
  readonly #gaps: SequenceGaps;
  /** Why messages wait in the outbox although Redis is there. */
  trouble: string | null = null;
  /** While writes are on their way to the disk, those who come meanwhile wait for the next. */
  #syncing: Promise<void> | null = null;
  #shown = 0;
  #savedReconnects: number;
  /** Whether messages may be taken over by now. */
  open = false;

  constructor(parts: TrafficParts, keptCounts: ReadonlyMap<string, number>) {
    this.#parts = parts;
    const { storage, settings, receiver, keyring, now } = parts;
    const after = (milliseconds: number, work: () => void): void => void setTimeout(work, milliseconds);
    this.outbox = new Outbox(storage);
    this.counts = new ChannelCounts(keptCounts);
    this.#savedReconnects = keptCounts.get("reconnects") ?? 0;
    this.nonces = new Nonces(storage.sql);
    this.held = new HeldEntries(storage.sql);
    this.#gaps = new SequenceGaps(storage.sql);
    this.intake = new Intake({
      receiver,
      keyring,
      nonces: this.nonces,
      signing: (role) => settings().channels[role].signing,
      audience: (channel) => audienceOf(settings(), channel),
      now,
      passed: (arrival, inbound) => this.#cameIn(arrival, inbound),
    });
    const isEcho = (channel: string, text: string): boolean => this.echoes.take(channel, text);
    this.pubsub = new PubSubReader({
      intake: this.intake,
      isEcho,
      judged: (judged) => this.judged(judged),
      dropped: (published) => this.#dropped(published),
      lost: ({ role }) => this.counts.add(role, "gaps", 1, now()),
      bury: (arrival, reason) => this.#bury(arrival, reason),
      room: () => this.room(),
      now,
      after,
    });
    this.pump = new OutboxPump({
      outbox: this.outbox,
      settings,
      keyring,
      sharedUntil: parts.sharedUntil,
      echoes: this.echoes,
      sync: () => this.sync(),
      now,
      after,
      listensTo: (channel) => this.#listensTo(channel),
      written: (ready) => this.#wentOut(ready),
      delivered: receiver().delivered?.bind(receiver()),
      trouble: (words) => {
        this.trouble = words;
      },
    });
  }

  /** Puts messages on disk, and sees to it that they go. @throws as {@link Outbox.add} */
  async send(messages: readonly Outbound[]): Promise<Sent> {
    const { added, toldAgain, ...sent } = this.outbox.add(messages);
    await this.sync();
    if (added > 0) this.pump.kick();
    if (toldAgain) this.pump.tellAgain();
    return sent;
  }

  /** Resolves when everything written so far is on disk: many who ask at once wait for two writes and not for many. */
  async sync(): Promise<void> {
    if (this.#syncing !== null) await this.#syncing;
    this.#syncing ??= this.#parts.storage.sync().finally(() => {
      this.#syncing = null;
    });
    await this.#syncing;
  }

  /** Resolves when messages may be taken over and their answers have room to wait in, or when nobody asks any more. */
  async room(ended?: AbortSignal): Promise<void> {
    const isOver = (): boolean => ended?.aborted === true;
    while ((!this.open || this.outbox.crowded) && !isOver()) {
      await new Promise((resolve) => setTimeout(resolve, roomMs));
    }
  }

  /** Brings what is counted to the disk, and forgets what is over. */
  tidy(): void {
    this.#saveCounts();
    this.nonces.forget(this.#parts.now());
  }

  /** With peers' numbers goes what they were found to leave out: after a crash nothing is missing twice, or not at all. */
  #saveCounts(): void {
    this.#gaps.save();
    const reconnects = this.#parts.reconnects();
    if (!this.counts.takeChanged() && reconnects === this.#savedReconnects) return;
    this.#parts.store.saveCounts(this.counts.all, reconnects);
    this.#savedReconnects = reconnects;
  }

  /** Counts what became of messages. */
  judged(judged: readonly Judged[]): void {
    const now = this.#parts.now();
    for (const { arrival, verdict } of judged) {
      const { role } = arrival;
      if (arrival.echo) continue;
      if (arrival.deliveries === 1) this.counts.add(role, "received", 1, now);
      if (verdict.outcome === "accepted") this.counts.add(role, "accepted", 1, now);
      if (verdict.outcome === "rejected") this.counts.add(role, "rejected", 1, now);
    }
    if (this.#gaps.isChanged) this.#saveCounts();
  }

  #cameIn(arrival: Arrival, inbound: Inbound): void {
    const { role, channel, at, deliveries, echo, text } = arrival;
    if (deliveries > 1) return;
    this.counts.add(role, "gaps", this.#gaps.before(channel, inbound.value), this.#parts.now());
    if (echo) return;
    const signed = inbound.signer !== null;
    this.#passed({ role, at, direction: "in", signed, value: inbound.value }, text?.length ?? 0);
  }

  #wentOut({ message, text }: Ready): void {
    const now = this.#parts.now();
    const { role } = message;
    this.counts.add(role, "sent", 1, now);
    const signed = this.#parts.settings().channels[role].signing !== "off";
    const parsed = parseText(text);
    const value = "value" in parsed ? parsed.value : {};
    this.#passed({ role, at: now, direction: "out", signed, value }, text.length);
  }

  #passed(seen: Omit<Passing, "id" | "concealed">, characters: number): void {
    const { receiver, events, now } = this.#parts;
    this.#shown = Math.max(this.#shown + 1, now() * 1_000);
    const concealed = receiver().conceals?.(seen.value) ?? false;
    const passing: Passing = { ...seen, id: String(this.#shown), concealed };
    this.ring.add(passing, characters);
    events.passed(passing);
  }

  #dropped({ role, channel, text }: Published): void {
    const now = this.#parts.now();
    const parsed = parseText(text);
    const missing = "value" in parsed ? this.#gaps.before(channel, parsed.value) : 0;
    this.counts.add(role, "received", 1, now);
    this.counts.add(role, "gaps", missing + 1, now);
  }

  /** Of what is published Redis keeps nothing: without a connection, a dead letter is counted and no more. */
  async #bury(arrival: Arrival, reason: string): Promise<void> {
    const link = this.#parts.link();
    const settings = this.#parts.settings();
    try {
      if (link === undefined) throw new Error("Connection is closed.");
      await bury(link.commands, namesOf(settings).letters, arrival, reason);
    } catch (error) {
      log.warn("channels.dead_letter_lost", { bridgeId: settings.id, reason: failureWords(error) });
    }
  }

  #listensTo(channel: string): boolean {
    const { settings, receiver } = this.#parts;
    const modes = ["pubsub", "streams"] as const;
    return modes.some((mode) =>
      heardChannels(settings(), receiver(), mode).some(({ name }) => name === channel),
    );
  }
}
