import type { TurnChunk } from "@orrery/protocol";

/** What a chat of the AI SDK is given: an answer's chunks, in which its own `reset-step` stands for `data-restart`. */
export type ChatChunk = Exclude<TurnChunk, { type: "data-restart" }> | { type: "reset-step" };

type Restart = Extract<TurnChunk, { type: "data-restart" }>["data"];

/**
 * More is taken back than the AI SDK can forget. To it this is a line that broke, so that a chat which resumes is given
 * the whole answer again; it tells those by their words.
 */
export class BeginsAgain extends TypeError {
  constructor() {
    super("The platform was interrupted: the network stream of the answer begins again.");
    this.name = "BeginsAgain";
  }
}

/**
 * What an answer has shown of its last step. The AI SDK cannot cut a part short, but it forgets a whole step: then what
 * is kept of it is said again.
 */
export class LastStep {
  /** Parts of the message before those of this step; `step-start` is a part too. */
  #before = 0;
  /** Of this step's parts, by the stream's id of each, in order. */
  #parts: { id: string; chunks: ChatChunk[] }[] = [];

  /** What a chunk means to a chat. @throws BeginsAgain */
  *translate(chunk: TurnChunk): Generator<ChatChunk> {
    if (chunk.type === "data-restart") {
      yield* this.#restart(chunk.data);
      return;
    }
    if (chunk.type === "start-step") {
      this.#before += this.#parts.length + 1;
      this.#parts = [];
    } else this.#remember(chunk);
    yield chunk;
  }

  #remember(chunk: ChatChunk): void {
    const id = partOf(chunk);
    if (id === undefined) return;
    const known = this.#parts.findLast((part) => part.id === id);
    if (known !== undefined && !begins(chunk)) known.chunks.push(chunk);
    else if (begins(chunk)) this.#parts.push({ id, chunks: [chunk] });
  }

  *#restart({ keepParts, keepText }: Restart): Generator<ChatChunk> {
    // The first step may go as a whole; before a later one there may be tools whose results are taken back.
    if (keepParts === 0 && this.#before === 1) this.#before = 0;
    const kept = keepParts - this.#before;
    if (kept < 0) throw new BeginsAgain();
    this.#parts.length = Math.min(kept, this.#parts.length);
    const open = this.#parts.at(-1);
    if (keepText !== undefined && open !== undefined) open.chunks = cut(open.chunks, keepText);
    yield { type: "reset-step" };
    for (const { chunks } of this.#parts) yield* chunks;
  }
}

/** Which part of the message a chunk is about. */
function partOf(chunk: ChatChunk): string | undefined {
  switch (chunk.type) {
    case "text-start":
    case "text-delta":
    case "text-end":
      return `text ${chunk.id}`;
    case "reasoning-start":
    case "reasoning-delta":
    case "reasoning-end":
      return `reasoning ${chunk.id}`;
    case "source-document":
      return `source ${chunk.sourceId}`;
    case "tool-input-available":
    case "tool-output-available":
    case "tool-output-error":
      return `tool ${chunk.toolCallId}`;
    default:
      return undefined;
  }
}

const begins = ({ type }: ChatChunk): boolean =>
  type === "text-start" ||
  type === "reasoning-start" ||
  type === "source-document" ||
  type === "tool-input-available";

/** A part of text that goes on after so many UTF-16 units. */
function cut(chunks: readonly ChatChunk[], length: number): ChatChunk[] {
  const kept: ChatChunk[] = [];
  let left = length;
  for (const chunk of chunks) {
    if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") {
      if (left > 0) kept.push({ ...chunk, delta: chunk.delta.slice(0, left) });
      left -= chunk.delta.length;
    } else if (chunk.type !== "text-end" && chunk.type !== "reasoning-end") kept.push(chunk);
  }
  return kept;
}
