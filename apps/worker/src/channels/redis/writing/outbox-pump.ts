import type { ChannelRole } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { Keyring } from "../../../security/index.ts";
import type { BridgeSettings } from "../bridge-settings.ts";
import { failureWords, leadsNowhere } from "../connection/failures.ts";
import type { RedisLink } from "../connection/contract.ts";
import type { Delivery } from "../contract.ts";
import type { Echoes } from "./echoes.ts";
import type { Outbox, Waiting } from "./outbox.ts";
import { guardOf, writeBatch } from "./write-batch.ts";
import type { Ready } from "./write-batch.ts";

/** Messages, and characters of them, that are written in one go. */
const batchMessages = 128;
const batchCharacters = 1024 * 1024;
/** Milliseconds for which a channel is left alone that took no message. */
const restMs = 1_000;
/** Deliveries that the application is told of at once. */
const toldAtOnce = 256;

export interface PumpParts {
  readonly outbox: Outbox;
  readonly settings: () => BridgeSettings;
  readonly keyring: () => Keyring;
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
  #pumping = false;
  #telling = false;
  /** Guards in Redis of messages that are noted as sent here: with the next batch they go. */
  #spent: string[] = [];
  /** Channels, or roles, that took no message just now, with the time from which on they are tried again. */
  readonly #resting = new Map<string, number>();

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** Begins to write over `link`; without one, messages stay where they are. */
  attach(link: RedisLink | undefined): void {
    this.#link = link;
    this.#resting.clear();
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
      if (this.#link !== undefined && this.#resting.size === 0) this.kick();
    });
  }

  /** There may be something to tell. */
  tellAgain(): void {
    void this.#tell();
  }

  async #pump(link: RedisLink): Promise<void> {
    while (this.#link === link) {
      const messages = this.#parts.outbox.next(batchMessages, batchCharacters, this.#restingNow());
      if (messages.length === 0) break;
      try {
        await this.#write(link, messages);
      } catch (error) {
        // The link tells everyone when it is lost. Whatever else failed here is tried again.
        this.#parts.trouble(failureWords(error));
        if (this.#link === link) this.#rest([...new Set(messages.map(placeOf))]);
      }
    }
  }

  async #write(link: RedisLink, messages: readonly Waiting[]): Promise<void> {
    const { outbox, settings, echoes, listensTo } = this.#parts;
    const { namespace } = settings();
    const ready = await this.#ready(messages);
    for (const { channel, text } of ready) if (listensTo(channel)) echoes.expect(channel, text);
    const spent = this.#spent.splice(0);
    const answers = await writeBatch(link, namespace, ready, spent);

    const settled: { message: Waiting; outcome: Delivery["outcome"] }[] = [];
    const guards: string[] = [];
    const failures = new Map<string, Error>();
    for (const [index, one] of ready.entries()) {
      const answer = answers[index];
      if (answer instanceof Error) failures.set(placeOf(one.message), answer);
      if (answer !== "written") echoes.take(one.channel, one.text);
      if (answer === "written") this.#parts.written(one);
      if (answer === "written" || answer === "fenced") {
        settled.push({ message: one.message, outcome: answer });
        guards.push(guardOf(namespace, one, link.anySlots));
      }
    }
    outbox.settle(settled);
    await this.#parts.sync();
    this.#spent.push(...guards);
    void this.#tell();
    const [failure] = failures.values();
    this.#parts.trouble(failure === undefined ? null : failureWords(failure));
    this.#rest([...failures.keys()]);
    if ([...failures.values()].some(leadsNowhere)) link.close();
    outbox.prune();
  }

  /** The messages as they go out; those whose channel's key fails wait with their channel. */
  async #ready(messages: readonly Waiting[]): Promise<Ready[]> {
    const { channels } = this.#parts.settings();
    return await Promise.all(
      messages.map(async (message) => {
        const { name, mode, signing, maxLength } = channels[message.role];
        const text = signing === "off" ? message.value : await this.#signed(message);
        return { message, channel: message.channel ?? name, mode, maxLength, text };
      }),
    );
  }

  async #signed({ value, signAs }: Waiting): Promise<string> {
    const message = JSON.parse(value) as Record<string, unknown>;
    const signed = await this.#parts
      .keyring()
      .signMessage(message, signAs === null ? undefined : { agentId: signAs });
    return JSON.stringify(signed);
  }

  #restingNow(): string[] {
    const now = this.#parts.now();
    for (const [place, until] of this.#resting) if (until <= now) this.#resting.delete(place);
    return [...this.#resting.keys()];
  }

  #rest(places: readonly string[]): void {
    if (places.length === 0) return;
    for (const place of places) this.#resting.set(place, this.#parts.now() + restMs);
    this.#parts.after(restMs + 1, () => this.kick());
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
          await delivered(deliveries.map(({ key, outcome }) => ({ key, outcome })));
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

/** By what a message's channel is known in the outbox. */
const placeOf = (message: Waiting): string => message.channel ?? (message.role satisfies ChannelRole);
