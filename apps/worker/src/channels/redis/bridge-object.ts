import { DurableObject } from "cloudflare:workers";
import { OrreryError, outcomeOf } from "@orrery/protocol";
import type { Bridge, BridgeMessage, DeadLetter, Outcome, Page, RedisAddress } from "@orrery/protocol";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { BridgePort, BridgeReceiver, Outbound } from "./contract.ts";

/** Which part of a list is wanted. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** A bridge's settings as they are to be; a secret that is not given stays as it was. */
export interface BridgeChange {
  name?: string | undefined;
  redis?: RedisAddress | undefined;
  channels?: Partial<BridgeSettings["channels"]> | undefined;
  enabled?: boolean | undefined;
}

/**
 * The Durable Object of one bridge, whose id is the object's name: a workspace's connection to one Redis. The
 * application behind it is given by the class that extends this one. Every call names the workspace it is made
 * for; to any other this bridge does not exist.
 */
export abstract class RedisBridgeObject extends DurableObject<Env> {
  /** The application behind this bridge; asked for once, before the first message is read. */
  protected abstract receiver(port: BridgePort): BridgeReceiver;

  /** Makes the bridge, and begins to connect where it is enabled. */
  create(settings: BridgeSettings, secret?: string): Promise<Outcome<Bridge>> {
    return this.#for(settings.workspaceId, () => this.#missing(secret));
  }

  describe(workspaceId: string): Promise<Outcome<Bridge>> {
    return this.#for(workspaceId, () => this.#missing());
  }

  update(workspaceId: string, change: BridgeChange): Promise<Outcome<Bridge>> {
    return this.#for(workspaceId, () => this.#missing(change));
  }

  /** Parts from Redis and removes all that the bridge keeps; what lies in Redis stays there. */
  remove(workspaceId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, () => this.#missing());
  }

  /** {@link BridgePort.send} for the objects of the application. */
  send(workspaceId: string, messages: readonly Outbound[]): Promise<Outcome<null>> {
    return this.#for(workspaceId, () => this.#missing(messages));
  }

  /** The newest messages that passed. */
  messages(workspaceId: string, page: PageRequest): Promise<Outcome<Page<BridgeMessage>>> {
    return this.#for(workspaceId, () => this.#missing(page));
  }

  deadLetters(workspaceId: string, page: PageRequest): Promise<Outcome<Page<DeadLetter>>> {
    return this.#for(workspaceId, () => this.#missing(page));
  }

  /** Puts a dead letter back into its channel; all there are where none is named. Says how many. */
  replay(workspaceId: string, letterId?: string): Promise<Outcome<{ replayed: number }>> {
    return this.#for(workspaceId, () => this.#missing(letterId));
  }

  removeDeadLetter(workspaceId: string, letterId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, () => this.#missing(letterId));
  }

  #for<Value>(_workspaceId: string, work: () => Value | Promise<Value>): Promise<Outcome<Value>> {
    return outcomeOf(work);
  }

  #missing(_given?: unknown): never {
    throw new OrreryError("not_found", "There is no such bridge");
  }
}
