import type { EventDraft, EventType, LiveEvent } from "@orrery/protocol";

/** What a reader of live events asked for, and until when it may hear them. Survives hibernation with its socket. */
export interface Reader {
  types?: EventType[];
  agentId?: string;
  /** Epoch milliseconds at which its permission ends. */
  until: number;
  /** Of the token that it was let in by, which ends its permission when it is revoked; null where it has none. */
  tokenId: string | null;
}

export const hears = (reader: Reader, event: EventDraft): boolean =>
  (reader.types === undefined || reader.types.includes(event.type)) &&
  (reader.agentId === undefined || reader.agentId === event.agentId);

/** The same of an event that is already encoded; decodes it only for a reader who chooses. */
export const hearsFrame = (reader: Reader, frame: string): boolean =>
  (reader.types === undefined && reader.agentId === undefined) ||
  hears(reader, JSON.parse(frame) as LiveEvent);
