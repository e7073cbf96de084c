/**
 * What a bridge and the application behind it expect of each other. The bridge knows Redis, connections, delivery,
 * signatures; the application knows what messages mean.
 */
import type { ChannelRole, ChannelSettings } from "@orrery/protocol";
import type { MessageSigner } from "../../security/index.ts";

/** A message from Redis: parsed, and its signature checked where the channel's policy asks for it. */
export interface Inbound {
  /** The entry's id in `streams` mode, else a number that grows. */
  readonly id: string;
  readonly role: ChannelRole;
  /** The channel's name where it is not the role's own: one of {@link BridgeReceiver.extraChannels}. */
  readonly channel?: string | undefined;
  readonly value: Record<string, unknown>;
  /** Who signed it; null where nobody did. */
  readonly signer: MessageSigner | null;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** How often it was delivered so far, this time included. */
  readonly deliveries: number;
  /** One that this bridge wrote itself, and that came back since the channel is one it listens to. */
  readonly own?: boolean | undefined;
  /** What entries of its stream wait for that came before it, as {@link Verdict} has it in `waitsFor`. */
  readonly ahead?: ReadonlySet<string> | undefined;
}

/**
 * `accepted`: taken over durably, so the bridge may forget it. `ignored`: not for us, which is no fault.
 * `rejected`: never to be taken; it goes to the dead letters with the reason. `later`: comes again after a while, and
 * goes to the dead letters after many times. With `waitsFor` nothing is wrong with it: whoever it is for takes nothing at
 * the moment. In a stream it stays for as long as that lasts, and what waits for the same comes again one first.
 */
export type Verdict =
  | { outcome: "accepted" }
  | { outcome: "ignored" }
  | { outcome: "rejected"; reason: string }
  | { outcome: "later"; reason: string; waitsFor?: string | undefined };

/** A lease under which alone something may be written: the key in Redis that holds it, and our token. */
export interface Fence {
  readonly key: string;
  readonly token: number;
}

/** A message for Redis. */
export interface Outbound {
  /** Whoever sends the same key again sends nothing more: a message is written to Redis once. */
  readonly key: string;
  readonly role: ChannelRole;
  readonly value: Record<string, unknown>;
  /** Signed by this agent's key rather than the workspace's. */
  readonly signAs?: { agentId: string } | undefined;
  /** Written only while the lease is ours; where it is not, `fenced` is told and nothing is written. */
  readonly fence?: Fence | undefined;
  /** The channel's name where it is not the role's own, such as the private one of an existing agent. */
  readonly channel?: string | undefined;
  /** Written beside it in the same step: a key that peers may read later. */
  readonly keep?: { key: string; value: string; seconds: number } | undefined;
  /** The id of an entry in the same stream whose place it takes: that one is removed in the step that writes this. */
  readonly replaces?: string | undefined;
}

/** `undeliverable`: it can never be written, for the reason given, and is with the dead letters. */
export type Delivery =
  | { key: string; outcome: "written" | "fenced" }
  | { key: string; outcome: "undeliverable"; reason: string };

/** A message that was not taken, since it could never be written. */
export interface Refused {
  readonly key: string;
  readonly code: "payload_too_large" | "invalid_request";
  readonly reason: string;
}

/** What became of messages that were sent: those `taken`, by their keys, are on disk, those `known` since before. */
export interface Sent {
  readonly taken: readonly string[];
  readonly known: readonly string[];
  readonly refused: readonly Refused[];
}

/** What an application may do with its bridge. */
export interface BridgePort {
  readonly workspaceId: string;
  readonly bridgeId: string;
  /** As they are set now. */
  readonly channels: Readonly<Record<ChannelRole, ChannelSettings>>;
  /**
   * Puts messages on disk, in order; they reach Redis as soon as it can be reached. One that can never be written is
   * refused, and keeps none of the others back.
   * @throws OrreryError `rate_limited` when the outbox is full
   */
  send(messages: readonly Outbound[]): Promise<Sent>;
  /** The number of the newest message that was sent. */
  readonly newest: number;
  /** Forgets that messages were sent, up to the number `until`: whoever sends their keys again sends something new. */
  forget(keys: readonly string[], until: number): void;
  /** The same of all messages whose keys begin so. */
  forgetAll(prefix: string): void;
  /** One command now. @throws OrreryError `upstream_failed` while there is no connection */
  command(...args: string[]): Promise<unknown>;
  /** A Lua script now (by its hash), all of whose keys are named. Same errors. */
  script(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /**
   * From when this resolves, nothing is written under an older token of the same lease: to be called after a lease was
   * taken or given back, and before that is relied upon. Same errors.
   */
  enforce(fence: Fence): Promise<void>;
  readonly connected: boolean;
  /** Listens from now on to what {@link BridgeReceiver.extraChannels} names. Without a connection: once there is one. */
  listen(): Promise<void>;
}

/** The application behind a bridge. */
export interface BridgeReceiver {
  /** Takes over what came, in order; answers one verdict for each message. */
  receive(messages: readonly Inbound[]): Promise<Verdict[]>;
  /** What became of messages of ours. */
  delivered?(deliveries: readonly Delivery[]): Promise<void>;
  /** The connection came or came back. Until this resolves or fails, for ten seconds at most, the outbox waits. */
  connected?(): Promise<void>;
  /** About every five seconds while connected: heartbeats, leases, reconciliation. */
  tick?(now: number): Promise<void>;
  /** Channels beyond the three roles' own that are to be listened to, such as results of existing agents. */
  extraChannels?(): readonly { role: ChannelRole; name: string }[];
  /** Whether people who watch may not see what a message says, although it is not encrypted. */
  conceals?(value: Record<string, unknown>): boolean;
  /** The bridge is being removed: what belongs to it elsewhere goes with it. Asked again where it failed. */
  removed?(): Promise<void>;
}
