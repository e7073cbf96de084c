import { OrreryError } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import { namesOf } from "../bridge-names.ts";
import { failureWords, leadsNowhere } from "../connection/failures.ts";
import type { RedisLink } from "../connection/contract.ts";
import type { Delivery } from "../contract.ts";
import { buryOurs } from "../reading/dead-letters.ts";
import type { Echoes } from "./echoes.ts";
import type { Outbox, Settled, Waiting } from "./outbox.ts";
import { placeOf, prepare } from "./prepare.ts";
import type { PrepareParts, Unready } from "./prepare.ts";
import { PrivateStreams } from "./private-streams.ts";
import { guardOf } from "./ready.ts";
import type { Ready } from "./ready.ts";
import { writeBatch } from "./write-batch.ts";

/** Messages, and characters of them, that are written in one go. */
const batchMessages = 128;
const batchCharacters = 1024 * 1024;
/** Milliseconds for which a channel is left alone that took no message. */
const restMs = 1_000;
/** Deliveries that the application is told of at once. */
const toldAtOnce = 256;

export interface PumpParts extends PrepareParts {
  readonly outbox: Outbox;
  readonly echoes: Echoes;
  /** Resolves when what was noted is on disk. */
  readonly sync: () => Promise<void>;
  readonly now: () => number;
  readonly after: (milliseconds: number, work: () => void) => void;
  /** Whether what is written to a channel comes back to us. */
  readonly listensTo: (channel: string) => boolean;
  readonly written: (ready: Ready) => void;
  readonly delivered: ((deliveries: readonly Delivery[]) => Promise<void>) | undefined;
  /** Says why messages wait although Redis is there; null when they do no more. */
  readonly trouble: (words: string | null) => void;
}

/** Takes messages from the outbox to Redis, in order, and tells what became of them. */
export class OutboxPump {
  readonly #parts: PumpParts;
  #link: RedisLink | undefined;
  readonly #private = new PrivateStreams();
  #pumping = false;
  #telling = false;
  /** Guards in Redis of messages that are noted as written here: with the next batch they go. */
  #spent: string[] = [];
  /** Channels, or roles, that took no message when they were last asked: from when on they are asked again, and why. */
  readonly #resting = new Map<string, { until: number; words: string }>();

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** Begins to write over `link`; without one, messages stay where they are. */
  attach(link: RedisLink | undefined): void {
    this.#link = link;
    this.#resting.clear();
    this.#parts.trouble(null);
    this.kick();
    void this.#tell();
  }

  /** There may be something to write. */
  kick(): void {
    if (this.#pumping || this.#link === undefined || this.#parts.outbox.size === 0) return;
    this.#pumping = true;
    void this.#pump(this.#link).finally(() => {
      this.#pumping = false;
      // A link that came meanwhile has messages of its own to write.
      if (this.#link !== undefined && this.#restingNow().length === 0) this.kick();
    });
  }

  /** There may be something to tell. */
  tellAgain(): void {
    void this.#tell();
  }

  async #pump(link: RedisLink): Promise<void> {
    while (this.#link === link) {
      const messages = this.#parts.outbox.next(batchMessages, batchCharacters, this.#restingNow());
      if (messages.length === 0) return;
      try {
        await this.#write(link, messages);
      } catch (error) {
        // The link tells everyone when it is lost. Whatever else failed here is tried again.
        if (this.#link === link) this.#rest(messages.map((message) => [placeOf(message), error]));
      }
    }
  }

  async #write(link: RedisLink, messages: readonly Waiting[]): Promise<void> {
    const { outbox, echoes, listensTo } = this.#parts;
    const { ready, unready } = await prepare(messages, this.#parts);
    for (const { channel, text } of ready) if (listensTo(channel)) echoes.expect(channel, text);
    const spent = this.#spent.splice(0);
    const answers = ready.length === 0 ? [] : await writeBatch(link, ready, spent);

    const settled: Settled[] = [];
    const guards: string[] = [];
    const failures = new Map<string, unknown>();
    for (const [index, one] of ready.entries()) {
      const answer = answers[index];
      if (answer instanceof Error) failures.set(placeOf(one.message), answer);
      if (answer !== "written") echoes.take(one.channel, one.text);
      if (answer === "written") {
        this.#parts.written(one);
        // One that was kept back has none yet, and gets one where it is sent again.
        guards.push(guardOf(one, link.anySlots));
      }
      if (answer === "written" || answer === "fenced") {
        settled.push({ message: one.message, outcome: answer });
      }
    }
    for (const one of unready) {
      try {
        if (one.passing) throw one.error;
        settled.push(await this.#giveUp(link, one));
      } catch (error) {
        failures.set(placeOf(one.message), error);
      }
    }
    for (const { message } of settled) this.#resting.delete(placeOf(message));
    outbox.settle(settled);
    await this.#parts.sync();
    this.#spent.push(...guards);
    void this.#tell();
    const { maxLength } = this.#parts.settings().channels.tasks;
    void this.#private.written(link, ready, maxLength, this.#parts.now());
    this.#rest([...failures]);
    const end = [...failures.values()].find(leadsNowhere);
    if (end !== undefined) link.close(end);
    outbox.prune();
  }

  /** One that can never be written is with the dead letters before its place in the outbox is given up. */
  async #giveUp(link: RedisLink, { message, error }: Unready): Promise<Settled> {
    const settings = this.#parts.settings();
    const reason = error instanceof OrreryError ? error.message : failureWords(error);
    const channel = message.channel ?? settings.channels[message.role].name;
    await buryOurs(link.commands, namesOf(settings).letters, { ...message, channel }, reason);
    log.warn("channels.message_undeliverable", { bridgeId: settings.id, role: message.role, reason });
    return { message, outcome: "undeliverable", reason };
  }

  #restingNow(): string[] {
    const now = this.#parts.now();
    return [...this.#resting].filter(([, { until }]) => until > now).map(([place]) => place);
  }

  /** Leaves channels alone for a while, and says why the first of those that are waits. */
  #rest(failures: readonly (readonly [place: string, error: unknown])[]): void {
    const until = this.#parts.now() + restMs;
    for (const [place, error] of failures) this.#resting.set(place, { until, words: failureWords(error) });
    const [first] = this.#resting.values();
    this.#parts.trouble(first?.words ?? null);
    if (failures.length > 0) this.#parts.after(restMs + 1, () => this.kick());
  }

  /** Tells what was noted and not told, until there is nothing more of it; what fails is told again later. */
  async #tell(): Promise<void> {
    const { outbox, delivered } = this.#parts;
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (;;) {
        const deliveries = outbox.untold(toldAtOnce);
        if (deliveries.length === 0) return;
        if (delivered !== undefined) {
          await delivered(deliveries.map(({ delivery }) => delivery));
        }
        outbox.told(deliveries);
      }
    } catch (error) {
      log.warn("channels.deliveries_untold", { bridgeId: this.#parts.settings().id, error });
      this.#parts.after(restMs, () => void this.#tell());
    } finally {
      this.#telling = false;
    }
  }
}
