import type { FinishReason, Message, MessageChunk, TurnMetadata } from "@orrery/protocol";

export interface TextPart {
  type: "text";
  text: string;
  /** `streaming` until the part has ended; a stored message may leave it out. */
  state?: "streaming" | "done";
}

export interface ReasoningPart {
  type: "reasoning";
  text: string;
  state?: "streaming" | "done";
}

/** A tool call; its `type` is `tool-` and the tool's name. */
export interface ToolPart {
  type: `tool-${string}`;
  toolCallId: string;
  state: "input-available" | "output-available" | "output-error";
  input: unknown;
  output?: unknown;
  errorText?: string;
}

/** A document that the answer rests on; where exactly, stands in `providerMetadata`. */
export interface SourcePart {
  type: "source-document";
  sourceId: string;
  mediaType: string;
  title: string;
  filename?: string;
  providerMetadata?: Record<string, Record<string, string | number>>;
}

export interface FilePart {
  type: "file";
  mediaType: string;
  filename?: string;
  url: string;
}

export type MessagePart =
  | TextPart
  | ReasoningPart
  | ToolPart
  | SourcePart
  | FilePart
  | { type: "step-start" };

/** A message being answered, in the AI SDK's `UIMessage` form. */
export interface TurnMessage<Metadata = TurnMetadata> {
  id: string;
  role: "assistant";
  metadata: Metadata | undefined;
  parts: readonly MessagePart[];
}

const isTool = (type: string): type is ToolPart["type"] => type.startsWith("tool-");

/** The parts of a stored message whose kind this version knows; a reader skips the others. */
export function knownParts(message: Pick<Message, "parts">): MessagePart[] {
  const known = new Set(["text", "reasoning", "source-document", "file", "step-start"]);
  return message.parts.filter(
    (part): part is (typeof message.parts)[number] & MessagePart => known.has(part.type) || isTool(part.type),
  );
}

/** The name of the tool a part called. */
export const toolNameOf = (part: ToolPart): string => part.type.slice("tool-".length);

/** Whether a part is a tool call: the one kind whose `type` varies. */
export const isToolPart = (part: MessagePart): part is ToolPart => isTool(part.type);

/**
 * The text of a message: its text parts, a blank line between two of them unless one brings a line
 * break of its own. While a message grows, so does its text: what was there stays its beginning.
 */
export function textOf(message: { parts: readonly MessagePart[] }): string {
  let text = "";
  for (const part of message.parts) {
    if (part.type !== "text" || part.text === "") continue;
    const isApart = text === "" || text.endsWith("\n") || part.text.startsWith("\n");
    text += isApart ? part.text : `\n\n${part.text}`;
  }
  return text;
}

/**
 * Folds the chunks of a turn, or of a direct answer, into its message. `message` is a new object after every chunk that
 * changed it, and parts that did not change keep their identity, so that a view may compare by `===`.
 * Chunks may begin in the middle of a turn, as after a resume.
 */
export class MessageBuilder<Metadata extends object = TurnMetadata> {
  #id = "";
  #metadata: Metadata | undefined;
  #parts: MessagePart[] = [];
  /** The stream's own id of each part, where it has one; a restart may open an ended part again. */
  #keys: (string | undefined)[] = [];
  #message: TurnMessage<Metadata> | undefined;
  #finishReason: FinishReason | "abort" | undefined;
  #errorText: string | undefined;

  /** The message so far. */
  get message(): TurnMessage<Metadata> {
    this.#message ??= { id: this.#id, role: "assistant", metadata: this.#metadata, parts: [...this.#parts] };
    return this.#message;
  }

  /** Why the turn ended; undefined while it has not. */
  get finishReason(): FinishReason | "abort" | undefined {
    return this.#finishReason;
  }

  /** What went wrong, where the stream said so. */
  get errorText(): string | undefined {
    return this.#errorText;
  }

  add(chunk: MessageChunk<Metadata>): this {
    this.#message = undefined;
    switch (chunk.type) {
      case "start":
        this.#id = chunk.messageId;
        this.#metadata = chunk.messageMetadata;
        break;
      case "start-step":
        this.#parts.push({ type: "step-start" });
        break;
      case "text-start":
        this.#begin("text", chunk.id);
        break;
      case "reasoning-start":
        this.#begin("reasoning", chunk.id);
        break;
      case "text-delta":
        this.#extend("text", chunk.id, chunk.delta);
        break;
      case "reasoning-delta":
        this.#extend("reasoning", chunk.id, chunk.delta);
        break;
      case "text-end":
        this.#end("text", chunk.id);
        break;
      case "reasoning-end":
        this.#end("reasoning", chunk.id);
        break;
      case "source-document":
        this.#parts.push({ ...chunk });
        break;
      case "tool-input-available":
        this.#tool(chunk.toolCallId, {
          type: `tool-${chunk.toolName}`,
          toolCallId: chunk.toolCallId,
          state: "input-available",
          input: chunk.input,
        });
        break;
      case "tool-output-available":
        this.#tool(chunk.toolCallId, { state: "output-available", output: chunk.output });
        break;
      case "tool-output-error":
        this.#tool(chunk.toolCallId, { state: "output-error", errorText: chunk.errorText });
        break;
      case "finish-step":
        break;
      case "message-metadata":
        // What is added leaves every field that was there as it is, or newer.
        this.#metadata = { ...this.#metadata, ...chunk.messageMetadata } as Metadata;
        break;
      case "finish":
        this.#metadata = { ...this.#metadata, ...chunk.messageMetadata };
        this.#finishReason = chunk.finishReason;
        this.#settle();
        break;
      case "abort":
        this.#finishReason = "abort";
        this.#settle();
        break;
      case "error":
        this.#finishReason = "error";
        this.#errorText = chunk.errorText;
        this.#settle();
        break;
      case "data-restart":
        this.#restart(chunk.data.keepParts, chunk.data.keepText);
        break;
      default:
        // Later versions may send more kinds: a reader skips what it does not know.
        chunk satisfies never;
    }
    return this;
  }

  #begin(type: "text" | "reasoning", id: string): void {
    this.#keys[this.#parts.length] = `${type}:${id}`;
    this.#parts.push({ type, text: "", state: "streaming" });
  }

  #extend(type: "text" | "reasoning", id: string, delta: string): void {
    if (!this.#keys.includes(`${type}:${id}`)) this.#begin(type, id);
    this.#change(this.#keys.lastIndexOf(`${type}:${id}`), (part) => ({ ...part, text: part.text + delta }));
  }

  #end(type: "text" | "reasoning", id: string): void {
    this.#change(this.#keys.lastIndexOf(`${type}:${id}`), (part) => ({ ...part, state: "done" }));
  }

  #tool(id: string, change: Partial<ToolPart>): void {
    const index = this.#parts.findIndex((part) => isToolPart(part) && part.toolCallId === id);
    const known = this.#parts[index];
    if (known !== undefined) this.#parts[index] = { ...known, ...change } as ToolPart;
    else if (change.type !== undefined) this.#parts.push(change as ToolPart);
  }

  #change(index: number, change: (part: TextPart | ReasoningPart) => TextPart | ReasoningPart): void {
    const part = this.#parts[index];
    if (part?.type === "text" || part?.type === "reasoning") this.#parts[index] = change(part);
  }

  /** Nothing streams any more once a turn has ended. */
  #settle(): void {
    for (const [index, part] of this.#parts.entries()) {
      if ("state" in part && part.state === "streaming") {
        this.#change(index, (open) => ({ ...open, state: "done" }));
      }
    }
  }

  #restart(keepParts: number, keepText: number | undefined): void {
    this.#parts.length = Math.min(keepParts, this.#parts.length);
    this.#keys.length = Math.min(keepParts, this.#keys.length);
    this.#finishReason = undefined;
    this.#errorText = undefined;
    if (keepText === undefined) return;
    this.#change(this.#parts.length - 1, (part) => ({
      ...part,
      text: part.text.slice(0, keepText),
      state: "streaming",
    }));
  }
}

/** The message after every chunk that a turn or a direct answer sends. The last one given is the whole answer. */
export async function* readMessage<Metadata extends object = TurnMetadata>(
  chunks: AsyncIterable<MessageChunk<Metadata>>,
): AsyncGenerator<TurnMessage<Metadata>, void, undefined> {
  const builder = new MessageBuilder<Metadata>();
  for await (const chunk of chunks) yield builder.add(chunk).message;
}
