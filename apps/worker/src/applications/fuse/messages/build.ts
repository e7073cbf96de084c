/** What our agents say, in format 2.0.0 or as older peers expect it. */
import { timestamp } from "@orrery/protocol";
import type { FuseMessageType, FusePriority } from "@orrery/protocol";
import type { TaskDelivery } from "../contract.ts";
import { fieldsOf, idNames, textOf } from "./fields.ts";
import type { Fields } from "./fields.ts";

export interface Draft {
  readonly source: string;
  readonly target: string;
  readonly type: FuseMessageType;
  readonly priority?: FusePriority;
  readonly content: Fields;
  /** Fields beside `sent_at` and `version`. */
  readonly metadata?: Fields;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A message of format 2.0.0. */
export function build({ source, target, type, priority = "MEDIUM", content, metadata, now }: Draft): {
  [field: string]: unknown;
} {
  const time = timestamp(now);
  return {
    header: { source, target, type, version: "2.0.0", priority },
    body: { content, metadata: { ...metadata, sent_at: time, version: "2.0.0" }, timestamp: time },
  };
}

/** What a task came to. */
export type Result =
  | { readonly outcome: "completed"; readonly result: unknown; readonly details?: Fields }
  | { readonly outcome: "failed" | "cancelled"; readonly error: string };

/** The result as text, for whoever reads `message`. */
const messageOf = (result: Result): string => {
  if (result.outcome !== "completed") return result.error;
  return typeof result.result === "string" ? result.result : JSON.stringify(result.result);
};

/**
 * What a result holds; encrypted answers hold it as their plaintext. `asked` is what the task held, in the clear, whose
 * own id goes back, be it another than the one that the task goes by here.
 */
export function resultContent({ form, taskId: known }: TaskDelivery, asked: Fields, result: Result): Fields {
  const words = messageOf(result);
  const taskId = textOf(asked, ...idNames) ?? known;
  if (form === "conversation") {
    const { conversationId, conversation_id } = asked;
    return {
      message: words,
      ...(conversationId !== undefined && { conversationId }),
      ...(conversation_id !== undefined && { conversation_id }),
      ...(result.outcome !== "completed" && { error: result.error }),
    };
  }
  return {
    message: words,
    taskId,
    status: result.outcome,
    ...(result.outcome === "completed"
      ? { result: result.result, ...result.details }
      : { error: result.error }),
  };
}

/** What an answer holds, before it is encrypted: of a bare task the result alone, since that is what `jwe` replaces. */
export const plainAnswer = (task: TaskDelivery, content: Fields): unknown =>
  task.form === "bare" ? (content["error"] ?? content["result"] ?? null) : content;

/** The answer to a task, in the form that whoever asked knows; `jwe` takes the place of what it holds. */
export function answer(
  task: TaskDelivery,
  agentId: string,
  { content, jwe, now, room }: { content: Fields; jwe: string | null; now: number; room?: number },
): Record<string, unknown> {
  if (task.form !== "bare") {
    return build({
      source: agentId,
      target: task.source ?? "*",
      type: task.form === "task" ? "TASK" : "CONVERSATION",
      priority: task.priority,
      content: jwe === null ? content : { jwe },
      metadata: answered(task, room),
      now,
    });
  }
  const plain = plainAnswer(task, content);
  const said = jwe === null ? plain : { jwe };
  const taskId = task.message["id"] ?? task.taskId;
  return content["error"] === undefined ? { taskId, result: said } : { taskId, error: said };
}

/** Characters of a question's metadata that go into what is said beside its answer, and into an answer that is too long. */
export const echoRoom = 16_384;

/**
 * Metadata of an answer: what the question's held, so that whoever traces it finds it again, up to `room` characters,
 * and which it answers.
 */
export const answered = (
  { taskId, message }: Pick<TaskDelivery, "taskId" | "message">,
  room = Infinity,
): Fields => ({ ...within(fieldsOf(fieldsOf(message, "body"), "metadata"), room), in_reply_to: taskId });

/** Fields in their order, but for those for which there is no room. */
export function within(fields: Fields, room: number): Fields {
  if (room === Infinity || JSON.stringify(fields).length <= room) return fields;
  let left = room;
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => {
      const size = name.length + JSON.stringify(value).length + 4;
      if (size > left) return false;
      left -= size;
      return true;
    }),
  );
}

/** Says that a task was taken over durably. Older peers know no such message. */
export function acknowledgment(task: TaskDelivery, agentId: string, now: number): Record<string, unknown> {
  return build({
    source: agentId,
    target: task.source ?? "*",
    type: "ACKNOWLEDGMENT",
    priority: task.priority,
    content: { message: "accepted", taskId: task.taskId, status: "accepted" },
    metadata: answered(task, echoRoom),
    now,
  });
}
