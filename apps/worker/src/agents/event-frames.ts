/** Server-sent event frames of an answer stream. */
import type { TurnChunk } from "@orrery/protocol";
import { formatCursor } from "./transcript.ts";
import type { PositionedChunk } from "./transcript.ts";

const encoder = new TextEncoder();

export function frame(epoch: number, position: number, chunk: TurnChunk): string {
  return `id: ${formatCursor({ epoch, position })}\ndata: ${JSON.stringify(chunk)}\n\n`;
}

export function frames(epoch: number, chunks: Iterable<PositionedChunk>): string {
  let text = "";
  for (const { position, chunk } of chunks) text += frame(epoch, position, chunk);
  return text;
}

export const encode = (text: string): Uint8Array => encoder.encode(text);

/** Ends every stream, as the AI SDK's readers expect. */
export const doneFrame = "data: [DONE]\n\n";

/** A comment that keeps idle connections open. */
export const heartbeat = ": \n\n";
