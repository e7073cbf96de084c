/** What the model reads of a request: the present question, what was given with it, and what tools answered. */
import type { ModelMessage } from "ai";
import { OrreryError } from "@orrery/protocol";
import { extractText } from "../../../memory/index.ts";

/** A text that can be quoted without calling a tool. */
export interface InlineDocument {
  id: string;
  name: string;
  mediaType: string;
  text: string;
}

/** A call made since the present question, with its answer if there is one. */
export interface MadeCall {
  id: string;
  name: string;
  input: unknown;
  result: { ok: true; value: unknown } | { ok: false; error: string } | null;
}

export interface Conversation {
  /** The text of the last user message. */
  question: string;
  /** The text of the user message before that, for questions that lean on it. */
  before: string;
  /** Files of all user messages, the last first. */
  files: InlineDocument[];
  /** Longer texts of earlier user messages, which may hold what is asked about now. */
  earlier: InlineDocument[];
  /** Parts that cannot be read, each with the reason. */
  unread: string[];
  calls: MadeCall[];
}

type UserContent = Extract<ModelMessage, { role: "user" }>["content"];
type Part = Exclude<UserContent, string>[number];
type FilePart = Extract<Part, { type: "file" }>;
type ToolOutput = Extract<
  Extract<ModelMessage, { role: "tool" }>["content"][number],
  { type: "tool-result" }
>["output"];

const textOf = (content: UserContent): string =>
  typeof content === "string"
    ? content
    : content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");

function bytesOfBase64(base64: string): Uint8Array | null {
  try {
    const letters = atob(base64);
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    // Not base64: an address, or nothing that can be read.
    return null;
  }
}

/** The bytes of a file part, its text, or null where the part only points to them. */
function contentOf({ data }: FilePart): Uint8Array | { text: string } | null {
  if (data instanceof URL) return contentOfAddress(data.href);
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (typeof data === "string") return contentOfAddress(data);
  if (!("type" in data) || typeof data.type !== "string") return null;
  if (data.type === "text" && "text" in data) return { text: data.text };
  if (data.type === "url" && "url" in data) return contentOfAddress(String(data.url));
  if (data.type !== "data" || !("data" in data)) return null;
  const inner: unknown = data.data;
  if (inner instanceof Uint8Array) return inner;
  if (inner instanceof ArrayBuffer) return new Uint8Array(inner);
  return typeof inner === "string" ? contentOfAddress(inner) : null;
}

/** A data URL (RFC 2397) or bare base64. */
function contentOfAddress(address: string): Uint8Array | { text: string } | null {
  if (/^https?:/i.test(address)) return null;
  const dataUrl = /^data:[^,]*?(;base64)?,/i.exec(address);
  if (dataUrl === null) return bytesOfBase64(address);
  const body = address.slice(dataUrl[0].length);
  if (dataUrl[1] !== undefined) return bytesOfBase64(body);
  try {
    return { text: decodeURIComponent(body) };
  } catch {
    // Stray percent signs: the text as it stands.
    return { text: body };
  }
}

async function readFile(
  part: FilePart,
  name: string,
): Promise<{ document: InlineDocument } | { problem: string }> {
  const content = contentOf(part);
  if (content === null) return { problem: `"${name}" is given by address, which this model does not fetch` };
  try {
    const text =
      content instanceof Uint8Array ? await extractText(content, part.mediaType, name) : content.text;
    return { document: { id: name, name, mediaType: part.mediaType, text } };
  } catch (error) {
    if (error instanceof OrreryError) return { problem: error.message.replace(/\.$/, "") };
    throw error;
  }
}

async function filesOf(messages: readonly ModelMessage[]): Promise<Pick<Conversation, "files" | "unread">> {
  const files: InlineDocument[] = [];
  const unread: string[] = [];
  for (const message of messages.toReversed()) {
    if (message.role !== "user" || typeof message.content === "string") continue;
    for (const part of message.content) {
      if (part.type === "image") unread.push("an image, which this model cannot see");
      if (part.type !== "file") continue;
      const taken = new Set(files.map(({ name }) => name));
      const given = part.filename ?? "attachment";
      let name = given;
      for (let number = 2; taken.has(name); number += 1) name = `${given} (${number})`;
      const read = await readFile(part, name);
      if ("document" in read) files.push(read.document);
      else unread.push(read.problem);
    }
  }
  return { files, unread };
}

function valueOf(output: ToolOutput): MadeCall["result"] {
  switch (output.type) {
    case "json":
      return { ok: true, value: output.value };
    case "text":
      return { ok: true, value: parsed(output.value) };
    case "content":
      return {
        ok: true,
        value: output.value.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n"),
      };
    case "error-text":
      return { ok: false, error: output.value };
    case "error-json":
      return { ok: false, error: JSON.stringify(output.value) };
    case "execution-denied":
      return { ok: false, error: output.reason ?? "it was not allowed" };
  }
}

/** Gateways that carry results as text carry JSON in it. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Text that only begins like JSON.
    return text;
  }
}

function callsIn(messages: readonly ModelMessage[]): MadeCall[] {
  const calls: MadeCall[] = [];
  for (const { role, content } of messages) {
    if (typeof content === "string" || (role !== "assistant" && role !== "tool")) continue;
    for (const part of content) {
      if (part.type === "tool-call") {
        calls.push({ id: part.toolCallId, name: part.toolName, input: part.input, result: null });
      } else if (part.type === "tool-result") {
        const call = calls.find(({ id }) => id === part.toolCallId);
        if (call) call.result = valueOf(part.output);
      }
    }
  }
  return calls;
}

/** Units from which an earlier message counts as a text to quote from rather than as a question. */
const longMessage = 300;

export async function readConversation(messages: readonly ModelMessage[]): Promise<Conversation> {
  const last = messages.findLastIndex(({ role }) => role === "user");
  const texts = messages.flatMap((message, at) =>
    message.role === "user" ? [{ at, text: textOf(message.content) }] : [],
  );
  const earlier = texts.filter(({ at }) => at < last);
  return {
    question: texts.at(-1)?.text ?? "",
    before: earlier.at(-1)?.text ?? "",
    ...(await filesOf(messages)),
    earlier: earlier.flatMap(({ text }, index) =>
      text.length < longMessage
        ? []
        : [{ id: `message-${index + 1}`, name: `message ${index + 1}`, mediaType: "text/plain", text }],
    ),
    calls: callsIn(messages.slice(last + 1)),
  };
}
