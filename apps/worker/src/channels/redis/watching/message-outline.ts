/** What people may see of a message. */
import type { BridgeMessage, ChannelRole } from "@orrery/protocol";
import { timestamp } from "@orrery/protocol";
import { redact } from "../../../observability/index.ts";
import { isTooDeep } from "../reading/message-text.ts";

type Fields = Record<string, unknown>;

const previewCharacters = 500;
const hidden = "(encrypted)";

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** A message that passed. */
export interface Passing {
  readonly id: string;
  readonly at: number;
  readonly direction: "in" | "out";
  readonly role: ChannelRole;
  readonly signed: boolean;
  readonly value: Fields;
  /** Nothing of what it says may be seen. */
  readonly concealed: boolean;
}

/** Where a message of format 2.0.0 has its content, and one of older peers its payload. */
const contentOf = (value: Fields): unknown => fieldsOf(value["body"])["content"] ?? value["payload"];

export const isEncrypted = (value: Fields): boolean =>
  [contentOf(value), value["result"]].some((part) => typeof fieldsOf(part)["jwe"] === "string");

const idNames = ["taskId", "task_id"];

function taskIdOf(value: Fields): string | null {
  const { header, body } = value;
  const { content, metadata } = fieldsOf(body);
  const places = [value, fieldsOf(content), fieldsOf(metadata), fieldsOf(header)];
  for (const place of places) {
    for (const name of idNames) {
      const id = place[name];
      if (typeof id === "string" || typeof id === "number") return String(id);
    }
  }
  const id = header === undefined ? value["id"] : fieldsOf(content)["id"];
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value.slice(0, 200) : null);

/** The outline of a message: who, to whom, what about, and the beginning of what it says, secrets hidden. */
export function outlineOf(passing: Passing): BridgeMessage {
  const { value } = passing;
  const header = fieldsOf(value["header"]);
  const encrypted = isEncrypted(value);
  return {
    id: passing.id,
    at: timestamp(passing.at),
    direction: passing.direction,
    role: passing.role,
    source: textOf(header["source"] ?? value["source"]),
    target: textOf(header["target"] ?? value["target"]),
    type: textOf(header["type"] ?? value["type"]),
    taskId: taskIdOf(value)?.slice(0, 200) ?? null,
    signed: passing.signed,
    encrypted,
    preview: encrypted ? hidden : passing.concealed ? "(confidential)" : previewOf(value),
  };
}

function previewOf(value: Fields): string {
  const content = contentOf(value);
  const said = fieldsOf(content)["message"] ?? content ?? value["result"];
  const { signature: _, header: __, ...rest } = value;
  const clean = redact(said ?? rest);
  return (typeof clean === "string" ? clean : JSON.stringify(clean)).slice(0, previewCharacters);
}

/** A message's text as people may see it: ciphertext, signatures and what looks like a secret are not in it. */
export function shownPayload(text: string, characters: number): string {
  const asText = (): string => String(redact(text)).slice(0, characters);
  if (isTooDeep(text)) return asText();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return asText();
  }
  return JSON.stringify(redact(withoutCiphertext(value))).slice(0, characters);
}

function withoutCiphertext(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCiphertext);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === "jwe" && typeof part === "string" ? hidden : withoutCiphertext(part),
    ]),
  );
}
