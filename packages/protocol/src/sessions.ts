import { z } from "zod";
import { Id } from "./ids.ts";
import { pageOf } from "./pages.ts";
import { Timestamp } from "./times.ts";

export const Session = z
  .object({
    id: Id,
    agentId: Id,
    /** The first 80 characters of the first input. */
    title: z.string(),
    /** Executions in it, finished or not. */
    executions: z.number().int().nonnegative(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

/**
 * A message in the AI SDK's `UIMessage` form. Parts are `text`, `reasoning`, `file`, `step-start`,
 * `source-document` and `tool-<name>`; later versions may add kinds, so a reader skips what it does not know.
 */
export const Message = z
  .object({
    id: z.string(),
    role: z.enum(["system", "user", "assistant"]),
    metadata: z.record(z.string(), z.unknown()).optional(),
    parts: z.array(z.looseObject({ type: z.string() })),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

export const SessionPage = pageOf(Session).meta({ id: "SessionPage" });
export const MessagePage = pageOf(Message).meta({ id: "MessagePage" });
