import { OrreryError } from "@orrery/protocol";
import type { Keyring } from "../../security/index.ts";
import { log } from "../../observability/index.ts";
import { BridgeLine, sleep } from "./bridge-line.ts";
import { measure } from "./bridge-measures.ts";
import type { Measures } from "./bridge-measures.ts";
import { namesOf, sharedNamesOf } from "./bridge-names.ts";
import { BridgeSession } from "./bridge-session.ts";
import { openSecret, withSecret } from "./bridge-settings.ts";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { BridgeTraffic } from "./bridge-traffic.ts";
import type { RedisLink } from "./connection/contract.ts";
import { failureWords, replyCode } from "./connection/failures.ts";
import { openLink } from "./connection/open-link.ts";
import type { WaysOut } from "./connection/ways-out.ts";
import type { BridgeReceiver } from "./contract.ts";
import type { LetterKeys } from "./reading/dead-letters.ts";
import { leaveGroup } from "./reading/stream-group.ts";
import type { BridgeEvents } from "./watching/bridge-events.ts";

/** Milliseconds that a channel may have been in use before we hear that it is to be listened to. */
const earlierMs = 60_000;
/** Milliseconds by which the clock of Redis is not known better. */
const clockMarginMs = 5_000;
/** Milliseconds for which what Redis said of itself is new enough for whoever asks, and that an answer may take. */
const freshMs = 1_000;
const patienceMs = 1_000;
/** Milliseconds that Redis is given to forget a bridge, and seconds for which the dead letters stay after that. */
const farewellMs = 5_000;
const lettersKeptSeconds = 30 * 86_400;

export interface WireParts {
  readonly store: BridgeStore;
  readonly settings: () => BridgeSettings;
  /** The password or token, as it lies on disk. */
  readonly secret: () => Uint8Array | null;
  readonly isEnabled: () => boolean;
  readonly ways: WaysOut;
  readonly keyring: () => Keyring;
  readonly receiver: () => BridgeReceiver;
  readonly traffic: BridgeTraffic;
  readonly events: BridgeEvents;
  readonly reconnects: number;
  /** Whether there are dead letters from when bridges of a namespace had them in common. */
  readonly sharedLetters: boolean;
}

/** A bridge's way to Redis: its line, and what passes over whatever link there is. */
export class BridgeWire {
  readonly line: BridgeLine;
  readonly #parts: WireParts;
  #sharedLetters: boolean;
  #link: RedisLink | undefined;
  #session: BridgeSession | undefined;
  #measures: Measures | undefined;
  /** Milliseconds by which the clock of Redis is ahead of ours. */
  #ahead = 0;

  constructor(parts: WireParts) {
    this.#parts = parts;
    this.#sharedLetters = parts.sharedLetters;
    this.line = new BridgeLine(
      {
        bridgeId: parts.settings().id,
        open: () => this.#open(),
        work: (link, ready, ended) => this.#work(link, ready, ended),
        changed: (state) => parts.events.changed(state, Date.now()),
        now: () => Date.now(),
        random: () => Math.random(),
      },
      parts.reconnects,
    );
  }

  /** The link over which messages pass; undefined while there is none. */
  get link(): RedisLink | undefined {
    return this.#link;
  }

  get measures(): Measures | undefined {
    return this.#measures;
  }

  get letters(): LetterKeys {
    const settings = this.#parts.settings();
    const shared = this.#sharedLetters ? sharedNamesOf(settings).letters : null;
    return { own: namesOf(settings).letters, shared };
  }

  /** Parts from Redis; what is known of it is not known of another. */
  async stop(): Promise<void> {
    await this.line.stop();
    this.#measures = undefined;
  }

  /** Listens to channels as they are wanted now, where there is a connection. */
  async listen(): Promise<void> {
    await this.#session?.listen();
  }

  /** Runs `work` over the connection there is. @throws OrreryError `upstream_failed` */
  async withRedis<Value>(work: (link: RedisLink) => Promise<Value>): Promise<Value> {
    if (this.#link === undefined) {
      const { error } = this.line.status;
      const why = this.#parts.isEnabled() ? (error ?? "It is connecting.") : "The bridge is disabled.";
      throw new OrreryError("upstream_failed", `There is no connection to Redis: ${why}`, { retryAfter: 1 });
    }
    try {
      return await work(this.#link);
    } catch (error) {
      if (error instanceof OrreryError) throw error;
      throw new OrreryError("upstream_failed", failureWords(error), { cause: error });
    }
  }

  /** Asks Redis anew for whoever looks, where what is known is not new; a Redis that is slow is not waited for. */
  async refresh(): Promise<void> {
    const link = this.#link;
    const known = this.#measures;
    if (link === undefined || (known !== undefined && Date.now() - known.at < freshMs)) return;
    const asked = this.#measure(link).catch((error: unknown) => {
      log.debug("channels.bridge_unmeasured", { reason: failureWords(error) });
    });
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  }

  /**
   * Takes what is the bridge's own out of Redis, over a connection made for that; dead letters stay for a while. Where
   * Redis cannot be reached, it stays as it is.
   */
  async clear(): Promise<void> {
    const settings = this.#parts.settings();
    const { group, consumer, letters } = namesOf(settings);
    const over = new AbortController();
    const opening = this.#open();
    const clearing = opening.then(async (link) => {
      for (const stream of this.#parts.store.streamsRead()) {
        await leaveGroup(link.commands, { group, consumer }, stream);
      }
      await link.commands.call(["EXPIRE", letters, String(lettersKeptSeconds)]);
    });
    try {
      const late = sleep(farewellMs, over.signal).then(() => Promise.reject(new Error("it did not answer")));
      await Promise.race([clearing, late]);
    } catch (error) {
      log.warn("channels.bridge_left_behind", { bridgeId: settings.id, reason: failureWords(error) });
    } finally {
      over.abort();
      void opening.then(
        (link) => link.close(),
        () => {},
      );
    }
  }

  async #open(): Promise<RedisLink> {
    const { settings, keyring, secret } = this.#parts;
    const { id, redis } = settings();
    const address = withSecret(redis, await openSecret(keyring(), id, secret()));
    return await openLink(address, `orrery:${id}`, this.#parts.ways);
  }

  async #work(link: RedisLink, ready: () => void, ended: AbortSignal): Promise<void> {
    const { traffic, store, settings, receiver } = this.#parts;
    this.#ahead = await aheadOfUs(link);
    const session = new BridgeSession(
      {
        link,
        settings: settings(),
        receiver: receiver(),
        intake: traffic.intake,
        pubsub: traffic.pubsub,
        held: traffic.held,
        startOf: (stream) => this.#startOf(stream),
        joined: (stream) => store.joined(stream),
        isEcho: (channel, text) => traffic.echoes.take(channel, text),
        judged: (judged) => traffic.judged(judged),
        room: (signal) => traffic.room(signal),
        opened: () => {
          traffic.open = true;
          traffic.pump.attach(link);
        },
        measure: async () => {
          await this.#measure(link);
          traffic.tidy();
        },
        now: () => Date.now(),
      },
      ended,
    );
    try {
      await session.run(() => {
        this.#link = link;
        this.#session = session;
        ready();
      });
    } finally {
      if (this.#link === link) {
        this.#link = undefined;
        this.#session = undefined;
        traffic.pump.attach(undefined);
      }
    }
  }

  async #measure(link: RedisLink): Promise<void> {
    const { settings, store } = this.#parts;
    const measures = await measure(link, settings(), this.letters, () => Date.now(), this.#measures);
    if (this.#link !== undefined && this.#link !== link) return;
    this.#measures = measures;
    if (!this.#sharedLetters || measures.sharedLetters > 0) return;
    this.#sharedLetters = false;
    store.ownLettersOnly();
  }

  /**
   * From which id on a stream is ours, by the clock of Redis, whose ids these are. One that was read before and has lost
   * its group is new in Redis: all that is in it came after.
   */
  #startOf(stream: string): { start: string; before: string | null } {
    const { store, settings } = this.#parts;
    store.noteStream(stream, Date.now() - earlierMs);
    const { since, joined } = store.stream(stream);
    if (joined === "never") {
      return { start: `${Math.max(0, since + this.#ahead - clockMarginMs)}-0`, before: null };
    }
    return { start: "0", before: joined === "shared" ? sharedNamesOf(settings()).group : null };
  }
}

/** Milliseconds by which the clock of Redis is ahead of ours; none where the user may not ask. */
async function aheadOfUs(link: RedisLink): Promise<number> {
  try {
    const time = await link.commands.call(["TIME"]);
    const [seconds, micros] = Array.isArray(time) ? time.map(Number) : [];
    if (seconds === undefined || micros === undefined) return 0;
    return seconds * 1_000 + Math.floor(micros / 1_000) - Date.now();
  } catch (error) {
    if (replyCode(error) === null) throw error;
    return 0;
  }
}
