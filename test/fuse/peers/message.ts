/** Messages of the existing system, format 2.0.0, as its own programs write them. */

export type MessageType = "SYSTEM" | "CONVERSATION" | "TASK" | "IMPROVEMENT" | "ACKNOWLEDGMENT" | "STATUS";
export type Priority = "LOW" | "MEDIUM" | "HIGH";

/** A JSON object from a channel, of whatever form. */
export type Value = Record<string, unknown>;

export interface Message extends Value {
  header: { source: string; target: string; type: MessageType; version: "2.0.0"; priority: Priority };
  body: {
    content: Record<string, unknown>;
    metadata: { sent_at: string; version: "2.0.0"; [name: string]: unknown };
    timestamp: string;
  };
}

export function message(
  type: MessageType,
  from: { source: string; target: string; priority?: Priority },
  content: Record<string, unknown>,
): Message {
  const now = new Date().toISOString();
  const { source, target, priority = "MEDIUM" } = from;
  return {
    header: { source, target, type, version: "2.0.0", priority },
    body: { content, metadata: { sent_at: now, version: "2.0.0" }, timestamp: now },
  };
}

/** Null where a text is no message of this format. */
export function messageOf(value: Value | null): Message | null {
  const header = value?.["header"] as Partial<Message["header"]> | undefined;
  const body = value?.["body"] as Partial<Message["body"]> | undefined;
  return header?.version === "2.0.0" && body?.content ? (value as Message) : null;
}

/** The task that a message speaks of, in either form. */
export function taskIdOf(value: Value | null): string | null {
  const body = messageOf(value)?.body;
  const id = body?.content["taskId"] ?? body?.metadata["in_reply_to"] ?? value?.["taskId"];
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
