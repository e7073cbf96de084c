/**
 * A turn under way: its transcript, the log that makes it durable, and those who follow it.
 *
 * What a model says is shown at once and written to the log in batches, so readers may be a batch
 * ahead of the disk. That is safe because a turn that is taken up again after a crash begins a new
 * epoch at what the log holds: a reader that saw more is told to drop the rest. Tool calls and final
 * states are on disk before anything is done or shown on their account.
 */
import { OrreryError, isFinal } from "@orrery/protocol";
import type { ExecutionStatus, TurnChunk, TurnMetadata } from "@orrery/protocol";
import type { ProviderMetadata } from "../models/index.ts";
import { doneFrame, frame, frames } from "./event-frames.ts";
import { unreadableText } from "./execution-columns.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { Readers, streamOf } from "./readers.ts";
import { unkept } from "./save-final.ts";
import { Transcript, startCursor } from "./transcript.ts";
import { usageOf } from "./usage.ts";
import type { Aside, Cursor, Item, Operation, StepEnd, Workplace } from "./transcript.ts";

/** Milliseconds that what a model said may wait before it is written. */
const logDelayMs = 100;
/** Milliseconds between two frames of a burst: the first text is shown at once, what follows is gathered. */
const showDelayMs = 10;

export interface TurnHost {
  readonly store: ExecutionStore;
  /** Resolves when everything written so far is on disk. */
  sync: () => Promise<void>;
  /** Keeps the object in memory until what it returns is called. */
  visit: () => () => void;
  now(): number;
}

export class Turn {
  readonly row: ExecutionRow;
  readonly transcript: Transcript;
  readonly abort = new AbortController();
  /** Resolves with the final row. Never rejects. */
  readonly finished: Promise<ExecutionRow>;
  readonly #host: TurnHost;
  readonly #readers: Readers;
  readonly #settle: (row: ExecutionRow) => void;
  #unlogged: Operation[] = [];
  #logRows: number;
  #logTimer: ReturnType<typeof setTimeout> | undefined;
  #shown: number;
  #shownAt = 0;
  #showTimer: ReturnType<typeof setTimeout> | undefined;
  /** Why the turn cannot be kept, where it cannot: it was aborted for it. */
  #failure: OrreryError | undefined;

  /** Takes up an execution: a new one, or one that another process left unfinished. */
  constructor(host: TurnHost, row: ExecutionRow, isNew: boolean) {
    this.#host = host;
    this.#readers = new Readers(host.visit);
    this.row = row;
    this.transcript = new Transcript();
    const log = isNew ? [] : host.store.log(row.id);
    for (const operation of log.flat()) this.transcript.apply(operation);
    this.#logRows = log.length;
    this.#shown = this.transcript.end;
    const { promise, resolve } = Promise.withResolvers<ExecutionRow>();
    this.finished = promise;
    this.#settle = resolve;
    if (!isNew && row.status === "running") this.#beginEpoch(["x", this.transcript.end, "interrupted"]);
  }

  /** Starts a step or adds a finished item. */
  add(item: Item): void {
    this.#closeText();
    this.#record(["+", item]);
  }

  /** Appends text, opening a part of that kind if none is open; `meta` ends the part. */
  addText(kind: "text" | "reasoning", text: string, meta?: ProviderMetadata): void {
    if (!text && !meta) return;
    if (text) this.row.firstTokenAt ??= this.#host.now();
    const last = this.transcript.last;
    if (last?.k !== kind || !last.open) {
      this.#closeText();
      this.#record(["+", { k: kind, text: "", open: true }]);
    }
    if (text) this.#record(["t", text]);
    if (meta) this.#record(["c", meta]);
  }

  /** Keeps what is known of the turn beside what it says. */
  note(aside: Aside): void {
    this.#record(["a", aside]);
  }

  /**
   * Notes on disk that a step goes to work, so that it shows if the process ends and nothing came of it. Only of a turn
   * that was interrupted before: of no other is asked where it works, and none waits for the disk here.
   */
  async begin(workplace: () => Workplace): Promise<void> {
    if (this.transcript.interruptions === 0) return;
    this.#record(["w", workplace()]);
    await this.persist();
  }

  endStep(end: StepEnd): void {
    this.add({ k: "end", end });
  }

  /** Drops what lies after `position`, and tells readers to. */
  restartAt(position: number): void {
    this.show();
    this.#beginEpoch(["x", position]);
    this.#readers.send(frame(this.transcript.epoch, position, this.transcript.restartChunk(position)));
    this.#shown = this.transcript.end;
  }

  /** Resolves once everything recorded is on disk. */
  async persist(): Promise<void> {
    this.show();
    this.#writeLog();
    await this.#host.sync();
  }

  /** The row as it would read in this final state, text closed. */
  conclude(status: ExecutionStatus, error?: NonNullable<ExecutionRow["outcome"]>["error"]): ExecutionRow {
    this.#closeText();
    this.row.status = status;
    this.row.completedAt = this.#host.now();
    this.row.outcome = {
      items: this.transcript.items,
      restarts: this.transcript.restarts,
      asides: this.transcript.asides,
      ...(error && { error }),
    };
    return this.row;
  }

  /** What the turn was aborted for, if not for its caller. */
  get failure(): OrreryError | undefined {
    return this.#failure;
  }

  /** Whether the log holds rows of this turn. */
  get logged(): boolean {
    return this.#logRows > 0;
  }

  /** Ends the turn for all who wait and follow. The final row must be on disk. */
  settle(): void {
    clearTimeout(this.#logTimer);
    this.#readers.close(this.#unshown() + ending(this.row, this.transcript));
    this.#settle(this.row);
  }

  /** Ends the turn, whose end cannot be written, for all who wait and follow: it failed as far as anybody here knows. */
  fail(): void {
    const error = {
      code: "internal",
      message: "The turn's end could not be written; it is taken up again later.",
      retryable: true,
    } as const;
    this.row.status = "failed";
    this.row.outcome = { items: this.transcript.items, restarts: this.transcript.restarts, error };
    this.settle();
  }

  /**
   * A stream of this turn's frames from where `cursor` left off.
   * @throws OrreryError `invalid_request` for a place to which the stream has not come
   */
  follow(cursor: Cursor): ReadableStream<Uint8Array> {
    assertReached(this.row, this.transcript, cursor);
    this.show();
    return this.#readers.add(catchUp(this.row, this.transcript, cursor));
  }

  /** Sends what readers have not seen yet. */
  show(): void {
    this.#readers.send(this.#unshown());
  }

  /** The frames that readers have not seen, which from now on they have. */
  #unshown(): string {
    if (this.#showTimer !== undefined) clearTimeout(this.#showTimer);
    this.#showTimer = undefined;
    const from = this.#shown;
    const { end, epoch } = this.transcript;
    this.#shown = end;
    return from < end && this.#readers.size > 0 ? frames(epoch, this.transcript.chunks(from)) : "";
  }

  #closeText(): void {
    const last = this.transcript.last;
    if (last && (last.k === "text" || last.k === "reasoning") && last.open) this.#record(["c"]);
  }

  #beginEpoch(restart: Extract<Operation, ["x", ...unknown[]]>): void {
    this.transcript.apply(restart);
    this.#unlogged.push(restart);
    this.#shown = Math.min(this.#shown, this.transcript.end);
    // Two epochs of one number would make cursors ambiguous, so it is written before anyone hears of it.
    this.#writeLog();
  }

  #record(operation: Operation): void {
    this.transcript.apply(operation);
    const previous = this.#unlogged.at(-1);
    if (operation[0] === "t" && previous?.[0] === "t") previous[1] += operation[1];
    else this.#unlogged.push(operation);
    // A step that has said nothing yet is neither worth a frame nor a row.
    if (
      (operation[0] === "+" && operation[1].k === "step") ||
      (operation[0] === "a" && operation[1].k === "route")
    )
      return;
    this.#logTimer ??= setTimeout(() => this.#writeLogOrFail(), logDelayMs);
    if (operation[0] === "t") this.#showSoon();
  }

  /** Shows now what begins an answer, and gathers what comes quickly after it. */
  #showSoon(): void {
    if (this.#showTimer !== undefined) return;
    const wait = this.#shownAt + showDelayMs - this.#host.now();
    if (wait <= 0) this.#showText();
    else this.#showTimer = setTimeout(() => this.#showText(), wait);
  }

  /** Only frames of text count as the beginning of a burst: others must not make the first words wait. */
  #showText(): void {
    this.#shownAt = this.#host.now();
    this.show();
  }

  /** Nobody waits for this write: where what was said cannot be kept, the turn ends. */
  #writeLogOrFail(): void {
    try {
      this.#writeLog();
    } catch (error) {
      if (!(error instanceof OrreryError)) throw error;
      this.#failure = error;
      this.abort.abort();
    }
  }

  /** @throws OrreryError where what was said cannot be kept */
  #writeLog(): void {
    clearTimeout(this.#logTimer);
    this.#logTimer = undefined;
    if (this.#unlogged.length === 0 || this.row.outcome) return;
    if (this.#failure) throw this.#failure;
    try {
      this.#host.store.appendLog(this.row.id, this.#logRows, this.#unlogged);
    } catch (error) {
      throw unkept(this.row.id, error);
    }
    this.#logRows += 1;
    this.#unlogged = [];
  }
}

/**
 * All frames of a finished execution from where `cursor` left off.
 * @throws OrreryError `invalid_request` for a place to which its stream has not come
 */
export function replay(
  row: ExecutionRow,
  cursor: Cursor,
  visit: () => () => void,
): ReadableStream<Uint8Array> {
  const transcript = Transcript.of(row.outcome?.items ?? [], row.outcome?.restarts ?? []);
  if (!row.unreadable) assertReached(row, transcript, cursor);
  const seen = cursor.epoch === transcript.epoch && cursor.position === transcript.end + 1;
  return streamOf(seen ? doneFrame : catchUp(row, transcript, cursor) + ending(row, transcript), visit);
}

/** An earlier epoch may have come further than is known of it now; this one has not. */
function assertReached({ status }: ExecutionRow, { epoch, end }: Transcript, cursor: Cursor): void {
  const last = isFinal(status) ? end + 1 : end;
  if (cursor.epoch < epoch || (cursor.epoch === epoch && cursor.position <= last)) return;
  throw notOfThisStream();
}

/** What a reader is told whose `Last-Event-ID` is none of the stream's. */
export const notOfThisStream = (): OrreryError =>
  new OrreryError("invalid_request", "Last-Event-ID is not an id of this stream's events.", {
    status: 422,
    errors: [{ path: "last-event-id", message: "expected <epoch>.<position>, as in an event's id" }],
  });

function metadata(row: ExecutionRow): TurnMetadata {
  return { executionId: row.id, sessionId: row.sessionId };
}

function catchUp(row: ExecutionRow, transcript: Transcript, cursor: Cursor): string {
  const { epoch } = transcript;
  const { from, restarted } = transcript.resume(cursor);
  let text = "";
  if (restarted) text += frame(epoch, from, transcript.restartChunk(from));
  if (from === startCursor.position) {
    text += frame(epoch, 1, { type: "start", messageId: row.id, messageMetadata: metadata(row) });
  }
  return text + frames(epoch, transcript.chunks(Math.max(from, 1)));
}

function ending(row: ExecutionRow, transcript: Transcript): string {
  return frame(transcript.epoch, transcript.end + 1, lastChunk(row)) + doneFrame;
}

function lastChunk(row: ExecutionRow): TurnChunk {
  if (row.unreadable) return { type: "error", errorText: unreadableText };
  if (row.status === "cancelled") return { type: "abort", reason: "cancelled" };
  if (row.outcome?.error) return { type: "error", errorText: row.outcome.error.message };
  const end = row.outcome?.items.findLast((item) => item.k === "end")?.end;
  return {
    type: "finish",
    finishReason: end?.reason ?? "stop",
    messageMetadata: {
      ...metadata(row),
      ...(end &&
        row.outcome && { model: end.model, extractive: end.extractive, usage: usageOf(row.outcome) }),
    },
  };
}
