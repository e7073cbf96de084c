import { OrreryError } from "@orrery/protocol";
import type { Bridge, DeadLetter, Page } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { keyringFor } from "../../security/index.ts";
import type { Keyring } from "../../security/index.ts";
import { publisher } from "../publisher.ts";
import { BridgeIndex } from "./bridge-index.ts";
import { replayAll, replayLetter } from "./bridge-letters.ts";
import { BridgeLine } from "./bridge-line.ts";
import { measure } from "./bridge-measures.ts";
import type { Measures } from "./bridge-measures.ts";
import { BridgeSession } from "./bridge-session.ts";
import { changed, openSecret, sealSecret, secretOf, withSecret } from "./bridge-settings.ts";
import type { BridgeChange, BridgeSettings } from "./bridge-settings.ts";
import { statusOf } from "./bridge-status.ts";
import type { BridgeStore, Phase } from "./bridge-store.ts";
import { BridgeTraffic } from "./bridge-traffic.ts";
import type { RedisLink } from "./connection/contract.ts";
import { failureWords } from "./connection/failures.ts";
import { openLink } from "./connection/open-link.ts";
import type { BridgePort, BridgeReceiver } from "./contract.ts";
import { pageOfLetters, removeLetters } from "./reading/dead-letters.ts";
import { runScript } from "./scripts.ts";
import { BridgeEvents } from "./watching/bridge-events.ts";

/** Milliseconds that a channel may have been in use before we hear that it is to be listened to. */
const earlierMs = 60_000;
/** Milliseconds for which what Redis said of itself is new enough for whoever asks, and that an answer may take. */
const freshMs = 1_000;
const patienceMs = 1_000;

export interface CoreParts {
  readonly storage: DurableObjectStorage;
  readonly env: Env;
  readonly store: BridgeStore;
  readonly receiver: (port: BridgePort) => BridgeReceiver;
}

/** A bridge while its object is in memory: what it is, its connection, its messages. */
export class BridgeCore {
  readonly port: BridgePort;
  readonly traffic: BridgeTraffic;
  readonly #parts: CoreParts;
  readonly #store: BridgeStore;
  readonly #index: BridgeIndex;
  readonly #events: BridgeEvents;
  readonly #line: BridgeLine;
  #settings: BridgeSettings;
  #secret: Uint8Array | null;
  #phase: Phase;
  #receiver: BridgeReceiver | undefined;
  #link: RedisLink | undefined;
  #session: BridgeSession | undefined;
  #measures: Measures | undefined;

  /** @throws Error where the bridge was never made */
  constructor(parts: CoreParts) {
    this.#parts = parts;
    this.#store = parts.store;
    const { settings, secret, phase } = this.#store.read();
    this.#settings = settings;
    this.#secret = secret;
    this.#phase = phase;
    this.#index = new BridgeIndex(parts.env.DB);
    this.#events = new BridgeEvents(publisher(parts.env.FLEETS, settings.workspaceId), settings.id);
    this.port = this.#makePort();
    const counts = this.#store.counts();
    this.traffic = new BridgeTraffic(
      {
        storage: parts.storage,
        store: this.#store,
        settings: () => this.#settings,
        receiver: () => this.#application(),
        keyring: () => this.#keyring(),
        link: () => this.#link,
        events: this.#events,
        now: () => Date.now(),
      },
      counts,
    );
    this.#line = new BridgeLine(
      {
        bridgeId: settings.id,
        open: () => this.#open(),
        work: (link, ready, ended) => this.#work(link, ready, ended),
        changed: (state) => this.#events.changed(state, Date.now()),
        now: () => Date.now(),
        random: () => Math.random(),
      },
      counts.get("reconnects") ?? 0,
    );
  }

  get workspaceId(): string {
    return this.#settings.workspaceId;
  }

  get isEnabled(): boolean {
    return this.#settings.enabled && this.#phase !== "leaving";
  }

  /** Whether there is something to do even where the bridge is not enabled. */
  get isUnsettled(): boolean {
    return this.#phase !== "listed";
  }

  get isLeaving(): boolean {
    return this.#phase === "leaving";
  }

  /** Connects, where the bridge is enabled and does not already. */
  start(): void {
    if (this.isEnabled) this.#line.start();
  }

  /** Resolves when the bridge was disabled or removed. */
  get ended(): Promise<void> {
    return this.#line.ended;
  }

  /** Brings D1 up to date. */
  async list(): Promise<void> {
    if (this.#phase !== "made") return;
    await this.#index.save(this.#settings.workspaceId, this.#settings.id);
    this.#phase = "listed";
    this.#store.setPhase("listed");
  }

  async describe(): Promise<Bridge> {
    await this.#refresh();
    const { workspaceId: _, ...settings } = this.#settings;
    const status = statusOf({
      settings: this.#settings,
      line: this.#line,
      traffic: this.traffic,
      measures: this.#measures,
      now: Date.now(),
    });
    return { ...settings, secretSet: this.#secret !== null, status };
  }

  /** Changes settings; where the connection or the channels change, it connects anew. */
  async update(change: BridgeChange): Promise<Bridge> {
    const { settings, keepsSecret } = changed(this.#settings, change, Date.now());
    const given = change.redis === undefined ? undefined : secretOf(change.redis);
    const secret = keepsSecret ? this.#secret : await sealSecret(this.#keyring(), settings.id, given);
    const connects = change.redis !== undefined || change.channels !== undefined || !settings.enabled;
    if (connects) await this.#line.stop();
    this.#settings = settings;
    this.#secret = secret;
    this.#measures = undefined;
    this.#phase = "made";
    this.#store.change(settings, secret);
    this.noteStreams();
    this.start();
    await this.list();
    return await this.describe();
  }

  /** Notes from when on the streams that are read are ours. */
  noteStreams(): void {
    for (const { name, mode } of Object.values(this.#settings.channels)) {
      if (mode === "streams") this.#store.stream(name, Date.now());
    }
  }

  /** Parts from Redis; what is left is to forget the object's storage. Begun once, it is gone on with after a crash. */
  async remove(): Promise<void> {
    this.#phase = "leaving";
    this.#store.setPhase("leaving");
    await this.#line.stop();
    await this.#application().removed?.();
    await this.#index.remove(this.#settings.id);
  }

  deadLetters(page: { limit: number; cursor?: string | undefined }): Promise<Page<DeadLetter>> {
    return this.#withRedis((link) => pageOfLetters(link.commands, this.#settings.namespace, page));
  }

  /** Says how many were taken over. @throws OrreryError `not_found`, `conflict`, `upstream_failed` */
  replay(letterId: string | undefined): Promise<number> {
    return this.#withRedis(async (link) => {
      const { intake } = this.traffic;
      const parts = { link, settings: this.#settings, intake, sync: () => this.traffic.sync() };
      if (letterId === undefined) return await replayAll(parts);
      await replayLetter(parts, letterId);
      return 1;
    });
  }

  /** @throws OrreryError `not_found`, `upstream_failed` */
  removeDeadLetter(letterId: string): Promise<void> {
    return this.#withRedis(async (link) => {
      if (!(await removeLetters(link.commands, this.#settings.namespace, [letterId]))) {
        throw new OrreryError("not_found", "There is no such dead letter");
      }
    });
  }

  /** Runs `work` over the connection there is. @throws OrreryError `upstream_failed` */
  async #withRedis<Value>(work: (link: RedisLink) => Promise<Value>): Promise<Value> {
    if (this.#link === undefined) {
      const { error } = this.#line.status;
      const why = this.isEnabled ? (error ?? "It is connecting.") : "The bridge is disabled.";
      throw new OrreryError("upstream_failed", `There is no connection to Redis: ${why}`, { retryAfter: 1 });
    }
    try {
      return await work(this.#link);
    } catch (error) {
      if (error instanceof OrreryError) throw error;
      throw new OrreryError("upstream_failed", failureWords(error), { cause: error });
    }
  }

  #makePort(): BridgePort {
    const settings = (): BridgeSettings => this.#settings;
    const link = (): RedisLink | undefined => this.#link;
    return {
      workspaceId: this.#settings.workspaceId,
      bridgeId: this.#settings.id,
      get channels() {
        return settings().channels;
      },
      get connected() {
        return link() !== undefined;
      },
      send: (messages) => this.traffic.send(messages),
      command: (...args) => this.#withRedis(({ commands }) => commands.call(args)),
      script: (source, keys, args) =>
        this.#withRedis(({ commands }) => runScript(commands, source, keys, args)),
      listen: async () => await this.#session?.listen(),
    };
  }

  #application(): BridgeReceiver {
    this.#receiver ??= this.#parts.receiver(this.port);
    return this.#receiver;
  }

  #keyring(): Keyring {
    return keyringFor(this.#parts.env, this.#settings.workspaceId);
  }

  async #open(): Promise<RedisLink> {
    const { id, redis } = this.#settings;
    const secret = await openSecret(this.#keyring(), id, this.#secret);
    return await openLink(withSecret(redis, secret), `orrery:${id}`);
  }

  async #work(link: RedisLink, ready: () => void, ended: AbortSignal): Promise<void> {
    const { traffic } = this;
    const session = new BridgeSession(
      {
        link,
        settings: this.#settings,
        receiver: this.#application(),
        intake: traffic.intake,
        pubsub: traffic.pubsub,
        startOf: (stream) => this.#startOf(stream),
        joined: (stream) => this.#store.joined(stream),
        isEcho: (channel, text) => traffic.echoes.take(channel, text),
        judged: (judged) => traffic.judged(judged),
        room: () => traffic.room(),
        opened: () => {
          traffic.open = true;
          traffic.pump.attach(link);
        },
        measure: async () => {
          this.#measures = await measure(link, this.#settings, () => Date.now(), this.#measures);
          this.#tidy();
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

  /** A stream that was read before and has lost its group is new in Redis: all that is in it came after. */
  #startOf(stream: string): string {
    const { since, joined } = this.#store.stream(stream, Date.now() - earlierMs);
    return joined ? "0" : `${since}-0`;
  }

  #tidy(): void {
    if (this.traffic.counts.takeChanged()) {
      this.#store.saveCounts(this.traffic.counts.all, this.#line.reconnects);
    }
    this.traffic.nonces.forget(Date.now());
  }

  /** Asks Redis anew for whoever looks, where what is known is not new; a Redis that is slow is not waited for. */
  async #refresh(): Promise<void> {
    const link = this.#link;
    const known = this.#measures;
    if (link === undefined || (known !== undefined && Date.now() - known.at < freshMs)) return;
    const asked = measure(link, this.#settings, () => Date.now(), known).then(
      (measures) => {
        if (this.#link === link) this.#measures = measures;
      },
      (error: unknown) => {
        log.debug("channels.bridge_unmeasured", { reason: failureWords(error) });
      },
    );
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  }
}
