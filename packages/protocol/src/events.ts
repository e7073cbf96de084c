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

/** What a WebSocket client of `/events` may send. */
export const EventsCommand = z.discriminatedUnion("type", [
  z.object({ type: z.literal("resume"), after: z.string().min(1).max(64) }),
  z.object({ type: z.literal("ping") }),
]);
export type EventsCommand = z.infer<typeof EventsCommand>;

/** Frames of the `/events` WebSocket other than events themselves. */
export type EventsControl =
  | { type: "ready"; lastEventId: string | null }
  | { type: "ticket"; ticket: string; expiresAt: string }
  | { type: "pong" }
  /** Events after the one asked for are gone: read the state anew, then go on from here. */
  | { type: "gap"; lastEventId: string | null };
