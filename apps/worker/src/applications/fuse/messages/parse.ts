/**
 * What a message of the existing system means. Format 2.0.0 has a `header` and a `body`; older peers send bare tasks,
 * and a few bare coordination messages. What a message holds beyond what is read here is kept with it.
 */
import { BareTask, CapabilityUpdate, FuseMessage, FusePriority } from "@orrery/protocol";
import type { ChannelRole } from "@orrery/protocol";
import { sha256 } from "../../../security/index.ts";
import type { TaskDelivery } from "../contract.ts";
import { durationOf, fieldsOf, idNames, isFields, textOf, textsOf, timeOf } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** Who a message is for: one by name; all; or any one who can do it. */
export type Address = { to: "one"; id: string } | { to: "everyone" } | { to: "anyone" };

/** What every message of format 2.0.0 says of itself. */
export interface Envelope {
  readonly source: string;
  readonly address: Address;
  /** The message's own id, or one made of what it holds. */
  readonly messageId: string;
  readonly content: Fields;
  readonly message: FuseMessage;
}

/** A task that is for somebody; `shadow` is decided later. */
export interface ParsedTask {
  readonly kind: "task";
  readonly address: Address;
  /** What whoever does it must be able to do, where it says so. */
  readonly requires: readonly string[];
  readonly delivery: Omit<TaskDelivery, "shadow">;
}

export type Parsed =
  | ParsedTask
  | ({ kind: "system"; command: string } & Envelope)
  | ({ kind: "improvement" | "acknowledgment" | "status" } & Envelope)
  | { kind: "capabilities"; source: string | null; agent: string | null; capabilities: readonly string[] }
  | { kind: "cancel"; source: string | null; taskId: string; agent: string | null }
  | { kind: "result"; taskId: string; source: string | null; text: string; failed: boolean }
  /** Well formed, and none of our business. */
  | { kind: "foreign" }
  | { kind: "malformed"; reason: string };

/** Targets that stand for whoever can do it, or, for what is no task, for all. */
const anyTargets = new Set(["", "*", "any", "all", "everyone", "broadcast"]);
const cancelTypes = new Set(["cancel", "cancel_task", "task_cancel"]);
const messageIdNames = ["message_id", "messageId", "id"] as const;
const sourceNames = ["source", "from"] as const;

/** Characters of a task's id, as of any name here. */
const idLimit = 200;

/** Never throws: what cannot be read is `malformed`, with the reason. */
export function parse(value: Fields, role: ChannelRole, receivedAt: number): Parsed {
  if (value["header"] !== undefined) return current(value, role, receivedAt);
  const type = textOf(value, "type");
  if (type === "capability_update") return capabilityUpdate(value);
  if (type !== null && cancelTypes.has(type)) return cancellation(value, ["taskId", "task_id"]);
  if (role === "results") return bareResult(value);
  if (role === "tasks") return bareTask(value, receivedAt);
  return type === null
    ? malformed("it is neither a message of format 2.0.0 nor says its type")
    : { kind: "foreign" };
}

const malformed = (reason: string): Parsed => ({ kind: "malformed", reason });

/** Who says what has no header; null where it does not say, or in what can be no name. */
function sourceOf(value: Fields): string | null {
  const source = textOf(value, ...sourceNames);
  return source !== null && source.length <= idLimit ? source : null;
}

const unnameable = malformed(`its task's id has more than ${idLimit} characters`);

/** The issues of a schema, in one line. */
const issues = (error: { issues: readonly { path: PropertyKey[]; message: string }[] }): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join(".") || "message"}: ${message}`)
    .join("; ");

function current(value: Fields, role: ChannelRole, receivedAt: number): Parsed {
  const parsed = FuseMessage.safeParse(value);
  if (!parsed.success) return malformed(issues(parsed.error));
  const message = parsed.data;
  const { header, body } = message;
  const { content } = body;
  const envelope = (): Envelope => ({
    source: header.source,
    address: addressOf(header.target),
    messageId: messageIdOf(message),
    content,
    message,
  });
  switch (header.type) {
    case "TASK":
      return role === "results" ? currentResult(message) : currentTask(message, "task", receivedAt);
    case "CONVERSATION":
      return role === "results" ? currentResult(message) : currentTask(message, "conversation", receivedAt);
    case "SYSTEM":
      return system(envelope());
    case "IMPROVEMENT":
      return { kind: "improvement", ...envelope() };
    case "ACKNOWLEDGMENT":
      return { kind: "acknowledgment", ...envelope() };
    case "STATUS":
      return { kind: "status", ...envelope() };
  }
}

const addressOf = (target: string | null | undefined): Address =>
  target === null || target === undefined || anyTargets.has(target.toLowerCase())
    ? { to: "anyone" }
    : { to: "one", id: target };

/** A name that is too long to be one is as good as none. */
function messageIdOf({ header, body }: FuseMessage): string {
  const named = textOf(header, ...messageIdNames) ?? textOf(body.metadata, ...messageIdNames);
  return named !== null && named.length <= idLimit ? named : made({ header, body });
}

/** An id for what carries none: the same message always gets the same. */
const made = (value: unknown): string => `made-${sha256(JSON.stringify(value)).slice(0, 32)}`;

function system(envelope: Envelope): Parsed {
  const { content } = envelope;
  const command = textOf(content, "command", "action", "type", "message")?.trim().toLowerCase() ?? "";
  if (command === "cancel" || cancelTypes.has(command)) return cancellation(content, idNames, envelope);
  const { address } = envelope;
  return {
    kind: "system",
    ...envelope,
    command,
    address: address.to === "anyone" ? { to: "everyone" } : address,
  };
}

function cancellation(
  value: Fields,
  names: readonly string[],
  envelope?: Pick<Envelope, "address" | "source">,
): Parsed {
  const taskId = textOf(value, ...names);
  if (taskId === null) return malformed("it cancels a task and does not say which");
  if (taskId.length > idLimit) return unnameable;
  const address = envelope?.address;
  const named = address?.to === "one" ? address.id : textOf(value, "target", "agentId", "agent_id");
  return {
    kind: "cancel",
    source: envelope?.source ?? sourceOf(value),
    taskId,
    agent: named,
  };
}

function capabilityUpdate(value: Fields): Parsed {
  const parsed = CapabilityUpdate.safeParse(value);
  if (!parsed.success) return malformed(issues(parsed.error));
  const agent = textOf(value, "agentId", "agent_id", "agent", "source", "id");
  return {
    kind: "capabilities",
    source: sourceOf(value) ?? agent,
    agent,
    capabilities: parsed.data.capabilities,
  };
}

function currentTask(message: FuseMessage, form: "task" | "conversation", receivedAt: number): Parsed {
  const { header, body } = message;
  const { content, metadata } = body;
  const taskId =
    form === "task"
      ? (textOf(content, ...idNames) ?? textOf(metadata, "task_id", "taskId") ?? messageIdOf(message))
      : messageIdOf(message);
  if (taskId.length > idLimit) return unnameable;
  return {
    kind: "task",
    address: addressOf(header.target),
    requires: textsOf(content, "requires", "requiredCapabilities", "capabilities"),
    delivery: {
      taskId,
      form,
      source: header.source,
      type: textOf(content, "type", "taskType", "task_type"),
      priority: header.priority,
      deadline: deadlineOf([content, metadata, header], receivedAt),
      conversation: form === "conversation" ? conversationOf(message) : null,
      encrypted: typeof content["jwe"] === "string",
      message,
      receivedAt,
    },
  };
}

function conversationOf({ header, body }: FuseMessage): string {
  const names = ["conversationId", "conversation_id", "threadId", "thread_id"];
  return textOf(body.content, ...names) ?? textOf(body.metadata, ...names) ?? `with ${header.source}`;
}

/** When a task must have ended, epoch milliseconds, by the first of these that says so; null where none does. */
export function deadlineOf(places: readonly Fields[], receivedAt: number): number | null {
  for (const place of places) {
    const time = timeOf(place["deadline"]);
    if (time !== null) return time;
    const duration = durationOf(place["timeoutMs"]) ?? durationOf(place["timeout_ms"]);
    if (duration !== null) return receivedAt + duration;
  }
  return null;
}

function bareTask(value: Fields, receivedAt: number): Parsed {
  const parsed = BareTask.safeParse(value);
  if (!parsed.success) return malformed("it is neither a message of format 2.0.0 nor a task with an id");
  const payload = fieldsOf(value, "payload");
  const type = textOf(value, "type");
  const requires = textsOf(value, "requires", "requiredCapabilities", "capabilities");
  const priority = FusePriority.safeParse(textOf(value, "priority")?.toUpperCase());
  return {
    kind: "task",
    address: addressOf(textOf(value, "target", "agentId", "agent_id", "agent", "assignee")),
    // Older peers ask for what somebody can do by the task's type.
    requires: requires.length > 0 || type === null ? requires : [type],
    delivery: {
      taskId: String(parsed.data.id),
      form: "bare",
      source: sourceOf(value),
      type,
      priority: priority.success ? priority.data : "MEDIUM",
      deadline: deadlineOf([value, payload], receivedAt),
      conversation: null,
      encrypted: typeof payload["jwe"] === "string",
      message: { ...value },
      receivedAt,
    },
  };
}

/** What metadata calls the task, or the message, that is answered. */
const repliedNames = ["task_id", "taskId", "in_reply_to"] as const;

/** The task that a message speaks of, whatever its type and form; null where it names none. */
export function taskNamedIn(value: Fields): string | null {
  if (value["header"] === undefined) return textOf(value, "taskId", "task_id");
  const body = fieldsOf(value, "body");
  return textOf(fieldsOf(body, "content"), ...idNames) ?? textOf(fieldsOf(body, "metadata"), ...repliedNames);
}

function currentResult({ header, body }: FuseMessage): Parsed {
  const { content, metadata } = body;
  const taskId = textOf(content, ...idNames) ?? textOf(metadata, ...repliedNames);
  if (taskId === null) return { kind: "foreign" };
  return { kind: "result", taskId, source: header.source, ...resultText(content, "message") };
}

function bareResult(value: Fields): Parsed {
  const taskId = textOf(value, "taskId", "task_id");
  if (taskId === null) return malformed("it is a result and does not say of which task");
  return {
    kind: "result",
    taskId,
    source: textOf(value, "source", "agentId", "agent_id"),
    ...resultText(value),
  };
}

function resultText(value: Fields, otherwise?: string): { text: string; failed: boolean } {
  const { error } = value;
  if (error !== undefined && error !== null) return { text: wordsOf(error), failed: true };
  return { text: wordsOf(value["result"] ?? (otherwise && value[otherwise]) ?? ""), failed: false };
}

/** A value as text: an error by its message, what is no text as JSON. */
export function wordsOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isFields(value) && typeof value["message"] === "string") return value["message"];
  return JSON.stringify(value);
}
