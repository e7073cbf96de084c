import { Readable, addAbortSignal } from "node:stream";
import { UsageError } from "../failure.ts";
import type { InputStream, Terminal } from "../terminal.ts";

/**
 * What to ask: the words given, or standard input where `-` stands for it or nothing is given and
 * something is piped in.
 * @throws UsageError there is nothing to ask; what `signal` aborts with, where it does while a terminal is read
 */
export async function readInput(
  terminal: Terminal,
  given: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (given !== undefined && given !== "-") return nonEmpty(given);
  if (given === undefined && terminal.stdin.isTTY === true) {
    throw new UsageError('Say what to ask: orrery run <agent> "…", or pipe it in.');
  }
  return nonEmpty(await readAll(terminal.stdin, signal));
}

function nonEmpty(text: string): string {
  if (text.trim() === "") throw new UsageError("There is nothing to ask: the input is empty.");
  return text;
}

async function readAll(stream: InputStream, signal: AbortSignal): Promise<string> {
  if (stream instanceof Readable) addAbortSignal(signal, stream);
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array | string));
  return Buffer.concat(pieces).toString("utf8");
}
