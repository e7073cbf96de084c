import { OrreryError } from "@orrery/protocol";
import type { Bridge, DeadLetter, Page } from "@orrery/protocol";
import { keyringFor } from "../../security/index.ts";
import type { Keyring } from "../../security/index.ts";
import { publisher } from "../publisher.ts";
import { BridgeIndex } from "./bridge-index.ts";
import { replayAll, replayLetter } from "./bridge-letters.ts";
import { assertReachable } from "./bridge-hosts.ts";
import { changed, isElsewhere, sealSecret, secretOf } from "./bridge-settings.ts";
import type { BridgeChange, BridgeSettings } from "./bridge-settings.ts";
import { statusOf } from "./bridge-status.ts";
import type { BridgeStore, Phase } from "./bridge-store.ts";
import { BridgeTraffic } from "./bridge-traffic.ts";
import { BridgeWire } from "./bridge-wire.ts";
import { hostRulesOf } from "./connection/host-rules.ts";
import { WaysOut } from "./connection/ways-out.ts";
import type { BridgePort, BridgeReceiver } from "./contract.ts";
import { pageOfLetters, removeLetters } from "./reading/dead-letters.ts";
import { runScript } from "./scripts.ts";
import { BridgeEvents } from "./watching/bridge-events.ts";
import { raiseCeilings } from "./writing/cluster-leases.ts";
import type { Outbox } from "./writing/outbox.ts";

/** Milliseconds that messages of a bridge which is removed are given to reach Redis. */
const drainMs = 10_000;

export interface CoreParts {
  readonly storage: DurableObjectStorage;
  readonly env: Env;
  readonly store: BridgeStore;
  readonly receiver: (port: BridgePort) => BridgeReceiver;
}

/** A bridge while its object is in memory: what it is, its way to Redis, its messages. */
export class BridgeCore {
  readonly port: BridgePort;
  readonly traffic: BridgeTraffic;
  readonly #parts: CoreParts;
  readonly #store: BridgeStore;
  readonly #index: BridgeIndex;
  readonly #wire: BridgeWire;
  #settings: BridgeSettings;
  #secret: Uint8Array | null;
  #phase: Phase;
  #receiver: BridgeReceiver | undefined;

  /** @throws Error where the bridge was never made */
  constructor(parts: CoreParts) {
    this.#parts = parts;
    this.#store = parts.store;
    const { settings, secret, phase, sharedUntil, sharedLetters } = this.#store.read();
    this.#settings = settings;
    this.#secret = secret;
    this.#phase = phase;
    this.#index = new BridgeIndex(parts.env.DB);
    this.port = this.#makePort();
    const counts = this.#store.counts();
    const shared = {
      store: this.#store,
      settings: () => this.#settings,
      receiver: () => this.#application(),
      keyring: () => this.#keyring(),
      events: new BridgeEvents(publisher(parts.env.FLEETS, settings.workspaceId), settings.id),
    };
    this.traffic = new BridgeTraffic(
      {
        ...shared,
        storage: parts.storage,
        link: () => this.#wire.link,
        sharedUntil,
        reconnects: () => this.#wire.line.reconnects,
        now: () => Date.now(),
      },
      counts,
    );
    this.#wire = new BridgeWire({
      ...shared,
      secret: () => this.#secret,
      isEnabled: () => this.isEnabled,
      ways: new WaysOut(parts.env),
      traffic: this.traffic,
      reconnects: counts.get("reconnects") ?? 0,
      sharedLetters,
    });
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
    if (this.isEnabled) this.#wire.line.start();
  }

  /** Resolves when the bridge was disabled or removed. */
  get ended(): Promise<void> {
    return this.#wire.line.ended;
  }

  /** Brings D1 up to date. */
  async list(): Promise<void> {
    if (this.#phase !== "made") return;
    await this.#index.save(this.#settings.workspaceId, this.#settings.id);
    if (this.isLeaving) return;
    this.#phase = "listed";
    this.#store.setPhase("listed");
  }

  async describe(): Promise<Bridge> {
    await this.#wire.refresh();
    // What somebody has seen is on disk: no count is ever smaller than it was.
    this.traffic.tidy();
    const { workspaceId: _, ...settings } = this.#settings;
    const status = statusOf({
      settings: this.#settings,
      line: this.#wire.line,
      traffic: this.traffic,
      measures: this.#wire.measures,
      now: Date.now(),
    });
    return { ...settings, secretSet: this.#secret !== null, status };
  }

  /**
   * Changes settings; where the connection or the channels change, it connects anew.
   * @throws OrreryError `conflict` where the bridge is being removed
   */
  async update(change: BridgeChange): Promise<Bridge> {
    const { settings, keepsSecret } = changed(this.#settings, change, Date.now());
    if (change.redis !== undefined) assertReachable(settings.redis, hostRulesOf(this.#parts.env));
    const given = change.redis === undefined ? undefined : secretOf(change.redis);
    const secret = keepsSecret ? this.#secret : await sealSecret(this.#keyring(), settings.id, given);
    const connects = change.redis !== undefined || change.channels !== undefined || !settings.enabled;
    if (connects && !this.isLeaving) await this.#wire.stop();
    if (this.isLeaving) throw new OrreryError("conflict", "The bridge is being removed");
    if (isElsewhere(settings.redis, this.#settings.redis)) {
      this.#store.forgetStreams();
      this.traffic.held.clear();
    }
    this.#settings = settings;
    this.#secret = secret;
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
      if (mode === "streams") this.#store.noteStream(name, Date.now());
    }
  }

  /**
   * Parts from Redis; what is left is to forget the object's storage. Begun once, it is gone on with after a crash.
   * @throws OrreryError `conflict` where messages of it do not reach Redis, unless it is forced
   */
  async remove({ force }: { force: boolean }): Promise<void> {
    if (!force && this.#phase !== "leaving") await this.#drain();
    this.#phase = "leaving";
    this.#store.setPhase("leaving");
    await this.#wire.stop();
    await this.#wire.clear();
    await this.#application().removed?.();
    await this.#index.remove(this.#settings.id);
  }

  /** Waits until what was said is in Redis; meanwhile nothing is taken on that would be answered. */
  async #drain(): Promise<void> {
    const { traffic } = this;
    const wasOpen = traffic.open;
    traffic.open = false;
    const end = Date.now() + drainMs;
    while (traffic.outbox.size > 0 && this.isEnabled && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { size } = traffic.outbox;
    if (size === 0) return;
    traffic.open = wasOpen;
    const messages = size === 1 ? "One message of the bridge is" : `${size} messages of the bridge are`;
    throw new OrreryError(
      "conflict",
      `${messages} not in Redis yet. Remove it when it has been connected, or by force: then they are lost`,
    );
  }

  deadLetters(page: { limit: number; cursor?: string | undefined }): Promise<Page<DeadLetter>> {
    const conceals = (value: Record<string, unknown>): boolean =>
      this.#application().conceals?.(value) ?? false;
    return this.#wire.withRedis((link) => pageOfLetters(link.commands, this.#wire.letters, page, conceals));
  }

  /** Says how many were taken over. @throws OrreryError `not_found`, `conflict`, `upstream_failed` */
  replay(letterId: string | undefined): Promise<number> {
    return this.#wire.withRedis(async (link) => {
      const { intake } = this.traffic;
      const keys = this.#wire.letters;
      const parts = { link, keys, settings: this.#settings, intake, sync: () => this.traffic.sync() };
      if (letterId === undefined) return await replayAll(parts);
      await replayLetter(parts, letterId);
      return 1;
    });
  }

  /** @throws OrreryError `not_found`, `upstream_failed` */
  removeDeadLetter(letterId: string): Promise<void> {
    return this.#wire.withRedis(async (link) => {
      if (!(await removeLetters(link.commands, this.#wire.letters, [letterId]))) {
        throw new OrreryError("not_found", "There is no such dead letter");
      }
    });
  }

  #makePort(): BridgePort {
    const settings = (): BridgeSettings => this.#settings;
    const wire = (): BridgeWire => this.#wire;
    const outbox = (): Outbox => this.traffic.outbox;
    return {
      workspaceId: this.#settings.workspaceId,
      bridgeId: this.#settings.id,
      get channels() {
        return settings().channels;
      },
      get connected() {
        return wire().link !== undefined;
      },
      send: (messages) => this.traffic.send(messages),
      get newest() {
        return outbox().last;
      },
      forget: (keys, until) => this.traffic.outbox.forget(keys, until),
      forgetAll: (prefix) => this.traffic.outbox.forgetAll(prefix),
      command: (...args) => wire().withRedis(({ commands }) => commands.call(args)),
      script: (source, keys, args) =>
        wire().withRedis(({ commands }) => runScript(commands, source, keys, args)),
      enforce: (fence) =>
        wire().withRedis(async (link) => {
          const names = Object.values(this.#settings.channels).map(({ name }) => name);
          if (!link.anySlots) await raiseCeilings(link, fence, names);
        }),
      listen: () => wire().listen(),
    };
  }

  #application(): BridgeReceiver {
    this.#receiver ??= this.#parts.receiver(this.port);
    return this.#receiver;
  }

  #keyring(): Keyring {
    return keyringFor(this.#parts.env, this.#settings.workspaceId);
  }
}
