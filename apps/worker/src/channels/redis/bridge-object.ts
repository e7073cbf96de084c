import { DurableObject } from "cloudflare:workers";
import { OrreryError, outcomeOf } from "@orrery/protocol";
import type { Bridge, BridgeMessage, DeadLetter, Outcome, Page } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { keyringFor } from "../../security/index.ts";
import { BridgeCore } from "./bridge-core.ts";
import { assertReachable } from "./bridge-hosts.ts";
import { assertPossible, sealSecret } from "./bridge-settings.ts";
import type { BridgeChange, BridgeSettings } from "./bridge-settings.ts";
import { BridgeStore } from "./bridge-store.ts";
import { hostRulesOf } from "./connection/host-rules.ts";
import type { BridgePort, BridgeReceiver, Outbound, Sent } from "./contract.ts";

/**
 * Milliseconds that one alarm lasts at most. While it does, the object stays in memory; when the process is killed
 * meanwhile, the alarm counts as not done, and comes again as soon as there is a process.
 */
const dutyMs = 5 * 60_000;
/** Milliseconds before what failed outside of Redis is tried again. */
const againMs = 5_000;

/** Which part of a list is wanted. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/**
 * The Durable Object of one bridge, whose id is the object's name: a workspace's connection to one Redis. The
 * application behind it is given by the class that extends this one. Every call names the workspace it is made
 * for; to any other this bridge does not exist.
 */
export abstract class RedisBridgeObject extends DurableObject<Env> {
  readonly #store = new BridgeStore(this.ctx.storage);
  #known: BridgeCore | undefined;
  #onDuty = false;

  /** The application behind this bridge; asked for once, before it is first needed. */
  protected abstract receiver(port: BridgePort): BridgeReceiver;

  /**
   * Runs what a caller of `workspaceId` asks for, over the bridge's port; to any other this bridge does not exist. For
   * the methods of the application.
   */
  protected visit<Value>(
    workspaceId: string,
    work: (port: BridgePort) => Value | Promise<Value>,
  ): Promise<Outcome<Value>> {
    return this.#for(workspaceId, (core) => work(core.port));
  }

  /**
   * Makes the bridge, and begins to connect where it is enabled. Asked again for the same, it answers with what is there.
   * @throws OrreryError `invalid_request`, `conflict` where a secret is given and nothing to seal it with
   */
  create(settings: BridgeSettings, secret?: string): Promise<Outcome<Bridge>> {
    return outcomeOf(async () => {
      assertPossible(settings);
      assertReachable(settings.redis, hostRulesOf(this.env));
      if (!this.#store.exists) {
        const keyring = keyringFor(this.env, settings.workspaceId);
        const sealed = await sealSecret(keyring, settings.id, secret);
        if (!this.#store.exists) this.#store.create(settings, sealed);
        this.#core(settings.workspaceId).noteStreams();
      }
      const core = this.#core(settings.workspaceId);
      await this.#stayUp(core);
      core.start();
      await core.list();
      return await core.describe();
    });
  }

  describe(workspaceId: string): Promise<Outcome<Bridge>> {
    return this.#for(workspaceId, (core) => core.describe());
  }

  update(workspaceId: string, change: BridgeChange): Promise<Outcome<Bridge>> {
    return this.#for(workspaceId, async (core) => {
      const bridge = await core.update(change);
      await this.#stayUp(core);
      return bridge;
    });
  }

  /**
   * Parts from Redis and removes all that the bridge keeps. Messages of it are given some time to reach Redis; where they
   * do not, it stays, unless it is forced.
   */
  remove(workspaceId: string, options: { force?: boolean | undefined } = {}): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (core) => {
      await this.#leave(core, options.force ?? false);
      return null;
    });
  }

  /** {@link BridgePort.send} for the objects of the application. */
  send(workspaceId: string, messages: readonly Outbound[]): Promise<Outcome<Sent>> {
    return this.#for(workspaceId, (core) => core.port.send(messages));
  }

  /** The newest messages that passed. */
  messages(workspaceId: string, page: PageRequest): Promise<Outcome<Page<BridgeMessage>>> {
    return this.#for(workspaceId, (core) => core.traffic.ring.page(page));
  }

  deadLetters(workspaceId: string, page: PageRequest): Promise<Outcome<Page<DeadLetter>>> {
    return this.#for(workspaceId, (core) => core.deadLetters(page));
  }

  /** Takes a dead letter in again; all there are where none is named. Says how many were taken over. */
  replay(workspaceId: string, letterId?: string): Promise<Outcome<{ replayed: number }>> {
    return this.#for(workspaceId, async (core) => ({ replayed: await core.replay(letterId) }));
  }

  removeDeadLetter(workspaceId: string, letterId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (core) => {
      await core.removeDeadLetter(letterId);
      return null;
    });
  }

  /** The bridge's life: while it is enabled there always is an alarm, and mostly it is this one. */
  override async alarm(): Promise<void> {
    if (!this.#store.exists) return;
    const core = this.#core();
    this.#onDuty = true;
    try {
      if (core.isLeaving) {
        await this.#leave(core, true);
        return;
      }
      core.start();
      await core.list();
      if (core.isEnabled) await within(dutyMs, core.ended);
      if (core.isEnabled) await this.ctx.storage.setAlarm(Date.now());
    } catch (error) {
      // Not thrown on: the runtime gives an alarm up that fails again and again.
      log.error("channels.bridge_alarm_failed", { error });
      await this.ctx.storage.setAlarm(Date.now() + againMs);
    } finally {
      this.#onDuty = false;
    }
  }

  async #for<Value>(
    workspaceId: string,
    work: (core: BridgeCore) => Value | Promise<Value>,
  ): Promise<Outcome<Value>> {
    return await outcomeOf(async () => {
      const core = this.#core(workspaceId);
      core.start();
      await this.#stayUp(core);
      return await work(core);
    });
  }

  /** @throws OrreryError `not_found` where there is no such bridge in this workspace */
  #core(workspaceId?: string): BridgeCore {
    if (this.#known === undefined && this.#store.exists) {
      this.#known = new BridgeCore({
        storage: this.ctx.storage,
        env: this.env,
        store: this.#store,
        receiver: (port) => this.receiver(port),
      });
    }
    const core = this.#known;
    if (core === undefined || (workspaceId !== undefined && core.workspaceId !== workspaceId)) {
      throw new OrreryError("not_found", "There is no such bridge");
    }
    return core;
  }

  /** Sees to it that an enabled bridge has its alarm, whatever happened to the last one. */
  async #stayUp(core: BridgeCore): Promise<void> {
    if (this.#onDuty || !(core.isEnabled || core.isUnsettled)) return;
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now());
  }

  async #leave(core: BridgeCore, force: boolean): Promise<void> {
    await core.remove({ force });
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#known = undefined;
  }
}

/** Resolves with `work`, or after so many milliseconds. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
