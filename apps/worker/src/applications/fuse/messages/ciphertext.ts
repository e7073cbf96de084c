/** Messages whose content is ciphertext: `{"jwe": "<compact>"}` in place of what they hold. */
import type { JweBinding } from "../../../security/index.ts";
import type { TaskDelivery } from "../contract.ts";
import { fieldsOf } from "./fields.ts";

/** A task's message with another ciphertext in place of its own. */
export function withCiphertext(
  { form, message }: Pick<TaskDelivery, "form" | "message">,
  jwe: string,
): Record<string, unknown> {
  if (form === "bare") return { ...message, payload: { ...fieldsOf(message, "payload"), jwe } };
  const body = fieldsOf(message, "body");
  return { ...message, body: { ...body, content: { ...fieldsOf(body, "content"), jwe } } };
}

/** What a message says outside of its ciphertext. */
export interface Outside {
  readonly source: string | null;
  readonly target: string;
  /** Of a task. */
  readonly taskId?: string;
}

/**
 * Why ciphertext is refused: it was taken from another message, or does not say of which it is and has to. Null where it
 * is not refused. That what it says is true shows when it opens.
 */
export function bindingRefusal(
  { iss, aud, tid }: JweBinding,
  outside: Outside,
  isRequired: boolean,
): string | null {
  const refused = (field: string): string =>
    `its ciphertext was made for another message: \`${field}\` in its header is not what stands outside`;
  if (iss !== undefined && iss !== outside.source) return refused("iss");
  if (aud !== undefined && aud !== outside.target) return refused("aud");
  if (tid !== undefined && outside.taskId !== undefined && tid !== outside.taskId) return refused("tid");
  const isBound =
    iss !== undefined && aud !== undefined && (tid !== undefined || outside.taskId === undefined);
  if (isBound || !isRequired) return null;
  return "its ciphertext does not say of which message it is, and has to: `iss`, `aud` and `tid` in its header";
}

/** The ciphertext of a task; null where it has none. */
export function ciphertextOf({ form, message }: Pick<TaskDelivery, "form" | "message">): string | null {
  const content =
    form === "bare" ? fieldsOf(message, "payload") : fieldsOf(fieldsOf(message, "body"), "content");
  return typeof content["jwe"] === "string" ? content["jwe"] : null;
}
