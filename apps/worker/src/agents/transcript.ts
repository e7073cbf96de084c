/**
 * What a turn has produced so far, and how a reader finds its place in it.
 *
 * A transcript is a list of items. Every chunk that can be sent from it has a weight: a text delta
 * weighs its length in UTF-16 units, anything else weighs one. The running sum is the *position*, and
 * an event's id is `<epoch>.<position>`. Positions do not depend on how text was cut into deltas, so a
 * reader can resume from the middle of an answer that is still streaming, that was finished meanwhile,
 * or that another process finished after a crash. The *epoch* counts restarts: each names the position
 * up to which what earlier readers saw still holds.
 */
import type { FilterFinding, FinishReason, ModelCall, RouteDecision, TurnChunk } from "@orrery/protocol";
import type { ModelSource, ModelUsage, ProviderMetadata } from "../models/index.ts";

/** The end of a model's part of a step: what it stopped for and what it used. */
export interface StepEnd {
  reason: FinishReason;
  usage: ModelUsage;
  model: string;
  extractive: boolean;
}

export type Item =
  | { k: "step" }
  /** `meta` is what the model's provider wants back with it, untouched. */
  | { k: "text" | "reasoning"; text: string; open?: boolean; meta?: ProviderMetadata }
  | { k: "source"; source: ModelSource }
  | { k: "call"; id: string; name: string; input: unknown; at: number; meta?: ProviderMetadata }
  /** The model is done with the step; tools may run. Sends nothing. */
  | { k: "end"; end: StepEnd }
  | { k: "result"; id: string; output?: unknown; error?: string; startedAt: number; endedAt: number }
  | { k: "step-end" };

/**
 * What is known of a turn beside what it says: how models were chosen, what calls to them came to, what was
 * filtered. It sends nothing, has no position, and survives every restart: what was spent stays spent.
 */
export type Aside =
  | { k: "route"; decision: RouteDecision }
  | { k: "model-call"; call: ModelCall }
  | { k: "filtered"; findings: FilterFinding[] };

/** A change of a transcript: the unit that is journalled and, folded, gives the transcript again. */
export type Operation =
  | ["+", Item]
  /** Appends to the open text. */
  | ["t", string]
  /** Closes the open text. */
  | ["c", ProviderMetadata?]
  /** Restart: a new epoch that keeps what lies before this position; marked where a process had ended before it. */
  | ["x", number, "interrupted"?]
  | ["a", Aside]
  /** Work begins again after an interruption. Says nothing of itself: what follows shows whether anything came of it. */
  | ["w", Workplace];

/** Whether a step works in this process, or waits for somebody else: a model's provider, an endpoint. */
export type Workplace = "here" | "elsewhere";

export interface PositionedChunk {
  /** The position after this chunk. */
  position: number;
  chunk: TurnChunk;
}

/** A reader's place: the id of the last event it has seen. */
export interface Cursor {
  epoch: number;
  position: number;
}

export const startCursor: Cursor = { epoch: 0, position: 0 };

export const formatCursor = (cursor: Cursor): string => `${cursor.epoch}.${cursor.position}`;

/** Null for anything that is not an event id of ours. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,9})\.(\d{1,12})$/.exec(text);
  return match ? { epoch: Number(match[1]), position: Number(match[2]) } : null;
}

const isText = (item: Item): item is Extract<Item, { text: string }> =>
  item.k === "text" || item.k === "reasoning";

function weight(item: Item): number {
  if (isText(item)) return 1 + item.text.length + (item.open ? 0 : 1);
  return item.k === "end" ? 0 : 1;
}

/** Position of the first item: the `start` chunk comes before it. */
const origin = 1;

export class Transcript {
  readonly items: Item[] = [];
  /** `restarts[n]` is the position that epoch `n + 1` kept. */
  readonly restarts: number[] = [];
  readonly asides: Aside[] = [];
  /** Interruptions in a row of work that left nothing behind, by where it was done. */
  readonly #fruitless: Record<Workplace, number> = { here: 0, elsewhere: 0 };
  #interruptions = 0;
  /** Where work has begun that has left nothing yet. */
  #working: Workplace | null = null;
  #starts: number[] = [];
  #end = origin;

  /** Rebuilds a transcript from stored items. */
  static of(items: readonly Item[], restarts: readonly number[]): Transcript {
    const transcript = new Transcript();
    transcript.restarts.push(...restarts);
    for (const item of items) transcript.#push(item);
    return transcript;
  }

  /** The position after the last item. */
  get end(): number {
    return this.#end;
  }

  get epoch(): number {
    return this.restarts.length;
  }

  /** How often a process has ended in the middle of the turn. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** How often in a row it did so while the turn worked there, with nothing to show for it. */
  fruitless(workplace: Workplace): number {
    return this.#fruitless[workplace];
  }

  get last(): Item | undefined {
    return this.items.at(-1);
  }

  apply(operation: Operation): void {
    if (operation[0] === "w") {
      this.#working = operation[1];
      return;
    }
    if (operation[0] === "x") {
      this.#cut(operation[1]);
      this.restarts.push(operation[1]);
      if (operation[2] === "interrupted") this.#interrupted();
      return;
    }
    this.#working = null;
    this.#fruitless.here = 0;
    this.#fruitless.elsewhere = 0;
    switch (operation[0]) {
      case "+":
        this.#push(structuredClone(operation[1]));
        return;
      case "t": {
        const last = this.last;
        if (!last || !isText(last) || !last.open) throw new Error("no open text to append to");
        last.text += operation[1];
        this.#end += operation[1].length;
        return;
      }
      case "c": {
        const last = this.last;
        if (last && isText(last) && last.open) {
          delete last.open;
          if (operation[1]) last.meta = operation[1];
          this.#end += 1;
        }
        return;
      }
      case "a":
        this.asides.push(operation[1]);
    }
  }

  #interrupted(): void {
    this.#interruptions += 1;
    // Where the work had not begun again, it is not what ended the process.
    if (this.#working !== null) this.#fruitless[this.#working] += 1;
    this.#working = null;
  }

  #push(item: Item): void {
    this.items.push(item);
    this.#starts.push(this.#end);
    this.#end += weight(item);
  }

  /** Drops all that lies at or after `position`; a text that it falls into stays open. */
  #cut(position: number): void {
    while (this.items.length > 0) {
      const start = this.#starts.at(-1) ?? origin;
      const item = this.last;
      if (!item || this.#end <= position) break;
      if (isText(item) && start < position) {
        item.text = item.text.slice(0, position - start - 1);
        item.open = true;
        delete item.meta;
        this.#end = start + weight(item);
        break;
      }
      this.items.pop();
      this.#starts.pop();
      this.#end = start;
    }
  }

  /** Index of the first item of the last step, or the number of items where no step has begun. */
  lastStep(): number {
    const index = this.items.findLastIndex((item) => item.k === "step");
    return index === -1 ? this.items.length : index;
  }

  startOf(index: number): number {
    return this.#starts[index] ?? this.#end;
  }

  /** The chunks between two positions, text merged into one delta an item. */
  *chunks(from: number, to: number = this.#end): Generator<PositionedChunk> {
    // Followers read the tail, so look for the place from the end.
    let index = this.items.length;
    while (index > 0 && this.startOf(index) > from) index -= 1;
    for (; index < this.items.length; index += 1) {
      const item = this.items[index];
      const start = this.startOf(index);
      if (!item || start >= to) return;
      if (isText(item)) yield* textChunks(item, index, start, from, to);
      else if (start >= from) {
        const chunk = itemChunk(item);
        if (chunk) yield { position: start + 1, chunk };
      }
    }
  }

  /** Where a reader with this cursor goes on, and whether it must first drop what no longer holds. */
  resume(cursor: Cursor): { from: number; restarted: boolean } {
    if (cursor.epoch > this.epoch) return { from: 0, restarted: true };
    const kept = Math.min(...this.restarts.slice(cursor.epoch));
    if (cursor.position <= kept) return { from: cursor.position, restarted: false };
    return { from: kept, restarted: true };
  }

  /** The chunk that tells a reader to drop everything after `position`. */
  restartChunk(position: number): TurnChunk {
    let keepParts = 0;
    for (const [index, item] of this.items.entries()) {
      const start = this.startOf(index);
      if (start >= position) break;
      if (item.k === "result" || item.k === "end" || item.k === "step-end") continue;
      keepParts += 1;
      if (isText(item) && position <= start + 1 + item.text.length) {
        return { type: "data-restart", transient: true, data: { keepParts, keepText: position - start - 1 } };
      }
    }
    return { type: "data-restart", transient: true, data: { keepParts } };
  }

  /** The answer's text: that of the last step that wrote any. */
  output(): string {
    let output = "";
    let current = "";
    for (const item of this.items) {
      if (item.k === "step") current = "";
      if (item.k === "text") current += item.text;
      if (current) output = current;
    }
    return output;
  }
}

function* textChunks(
  item: Extract<Item, { text: string }>,
  index: number,
  start: number,
  from: number,
  to: number,
): Generator<PositionedChunk> {
  const id = `${item.k === "text" ? "t" : "r"}${index}`;
  if (start >= from) yield { position: start + 1, chunk: { type: `${item.k}-start`, id } };
  const textStart = start + 1;
  const textEnd = textStart + item.text.length;
  const sliceEnd = Math.min(textEnd, to);
  const sliceStart = Math.max(textStart, from);
  if (sliceStart < sliceEnd) {
    const delta = item.text.slice(sliceStart - textStart, sliceEnd - textStart);
    yield { position: sliceEnd, chunk: { type: `${item.k}-delta`, id, delta } };
  }
  if (!item.open && from <= textEnd && to > textEnd)
    yield { position: textEnd + 1, chunk: { type: `${item.k}-end`, id } };
}

function itemChunk(item: Exclude<Item, { text: string }>): TurnChunk | null {
  switch (item.k) {
    case "step":
      return { type: "start-step" };
    case "source":
      return {
        type: "source-document",
        sourceId: item.source.id,
        mediaType: item.source.mediaType,
        title: item.source.title,
        filename: item.source.title,
        providerMetadata: { orrery: { start: item.source.start, end: item.source.end } },
      };
    case "call":
      return { type: "tool-input-available", toolCallId: item.id, toolName: item.name, input: item.input };
    case "result":
      return item.error === undefined
        ? { type: "tool-output-available", toolCallId: item.id, output: item.output }
        : { type: "tool-output-error", toolCallId: item.id, errorText: item.error };
    case "step-end":
      return { type: "finish-step" };
    case "end":
      return null;
  }
}
