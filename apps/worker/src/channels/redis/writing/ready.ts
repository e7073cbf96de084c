import type { ChannelMode } from "@orrery/protocol";
import { hashTagOf } from "../bridge-names.ts";
import type { Waiting } from "./outbox.ts";

/** A message ready to be written. */
export interface Ready {
  readonly message: Waiting;
  readonly channel: string;
  readonly mode: ChannelMode;
  /** About how many entries the stream keeps; null: all of them. */
  readonly maxLength: number | null;
  /** As it goes out: JSON, signed where it is to be. */
  readonly text: string;
  /** Begins the name of what says that it was written. */
  readonly prefix: string;
}

/** The key that says that a message was written; in a cluster in the same slot as its channel. */
export const guardOf = ({ message, channel, prefix }: Ready, anySlots: boolean): string =>
  anySlots ? `${prefix}:sent:${message.key}` : `${prefix}:sent:{${hashTagOf(channel)}}:${message.key}`;
