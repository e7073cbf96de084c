import { z } from "zod";
import { Id } from "./ids.ts";
import { Timestamp } from "./times.ts";

export const EventType = z.enum([
  "agent.created",
  "agent.updated",
  "agent.deleted",
  "execution.started",
  "execution.progress",
  "execution.completed",
  "execution.failed",
  "execution.cancelled",
  "tool.called",
  "tool.returned",
  "bridge.changed",
  "bridge.message",
  "fuse.agent",
  "fuse.task",
]);
export type EventType = z.infer<typeof EventType>;

/** A live event of a workspace. `id` grows by each event of the workspace; resume with the last one seen. */
export const LiveEvent = z
  .object({
    id: z.string(),
    type: EventType,
    at: Timestamp,
    agentId: Id.optional(),
    executionId: Id.optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "LiveEvent" });
export type LiveEvent = z.infer<typeof LiveEvent>;

/** An event before the fleet has given it its id. */
export type EventDraft = Omit<LiveEvent, "id">;

/** An event's id: a decimal number without leading zeros, growing within a workspace. */
export const EventId = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, "expected an event's id")
  .meta({ id: "EventId", example: "1042" });
export type EventId = z.infer<typeof EventId>;

/** Query of `GET /events`: where to begin, and which events to hear of. */
export const EventsQuery = z.object({
  /** The last event seen; those after it are sent first. A `Last-Event-ID` header wins over it. */
  after: EventId.optional(),
  /** Comma-separated event types; all where not given. */
  types: z
    .string()
    .max(1_024)
    .transform((list) => list.split(",").map((type) => type.trim()))
    .pipe(z.array(EventType).min(1))
    .optional(),
  /** Events of one agent alone. */
  agentId: Id.optional(),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** What a WebSocket client of `/events` may send. */
export const EventsCommand = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resume"), after: EventId }),
  z.strictObject({ type: z.literal("ping") }),
]);
export type EventsCommand = z.infer<typeof EventsCommand>;

/** Frames of the `/events` WebSocket other than events themselves. */
export type EventsControl =
  /** The first frame, and the answer to `resume`: what follows comes after `lastEventId` (null: from the first event on). */
  | { type: "ready"; lastEventId: string | null }
  | { type: "ticket"; ticket: string; expiresAt: string }
  | { type: "pong" }
  /** Events after the one asked for are gone: read the state anew, then go on from here. */
  | { type: "gap"; lastEventId: string | null }
  /** A frame was not understood, or came too soon; the socket stays open. */
  | { type: "error"; code: "invalid_request" | "rate_limited"; detail: string };
