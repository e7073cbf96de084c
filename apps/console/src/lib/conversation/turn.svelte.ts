import { knownParts, type MessagePart } from "@orrery/client";
import type { Turn as LiveTurn } from "@orrery/client/svelte";
import {
  isFinal,
  type ExecutionError,
  type ExecutionStatus,
  type Message,
  type ToolCall,
  type TurnMetadata,
} from "@orrery/protocol";
import { platform } from "#lib/platform/platform.ts";

/** A document that an input carried. */
export interface SentDocument {
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
}

/** What was said to the agent. */
export interface Said {
  text: string;
  documents: SentDocument[];
}

type AnswerMetadata = Partial<TurnMetadata> & {
  status?: ExecutionStatus;
  error?: ExecutionError;
};

/** One exchange of a conversation: an input, and the answer as far as it has come. */
export class Turn {
  /** Stays the same from before the execution has an id. */
  readonly key: string;
  readonly said: Said;
  executionId = $state<string>();
  parts = $state.raw<readonly MessagePart[]>([]);
  status = $state<ExecutionStatus>("pending");
  metadata = $state.raw<Partial<TurnMetadata>>({});
  error = $state.raw<ExecutionError>();
  /** Why the answer cannot be followed; the execution itself may well go on. */
  lost = $state.raw<unknown>();
  stopping = $state(false);
  #durations = $state.raw<ReadonlyMap<string, number>>(new Map());
  #live: LiveTurn | undefined;

  constructor(key: string, said: Said) {
    this.key = key;
    this.said = said;
  }

  /** From the two messages that a session holds for an execution. */
  static of(executionId: string, user: Message | undefined, answer: Message | undefined): Turn {
    const turn = new Turn(executionId, user ? saidIn(user) : { text: "", documents: [] });
    const metadata = (answer?.metadata ?? {}) as AnswerMetadata;
    turn.executionId = executionId;
    turn.parts = answer ? knownParts(answer) : [];
    turn.status = metadata.status ?? (answer ? "completed" : "pending");
    turn.metadata = metadata;
    turn.error = metadata.error;
    return turn;
  }

  get open(): boolean {
    return !isFinal(this.status);
  }

  /** Shows the answer as it comes. Resolves when it has ended, or cannot be followed any more. */
  async follow(live: LiveTurn): Promise<void> {
    this.#live = live;
    this.executionId = live.executionId;
    this.status = "running";
    this.lost = undefined;
    // A stream that is taken up again begins empty: what is known stays until it has caught up.
    const known = extent(this.parts);
    let caughtUp = false;
    const unsubscribe = live.message.subscribe((message) => {
      caughtUp ||= extent(message.parts) >= known;
      if (caughtUp) this.parts = message.parts;
      if (message.metadata) this.metadata = { ...this.metadata, ...message.metadata };
    });
    try {
      const execution = await live.finished;
      this.status = execution.status;
      this.error = execution.error;
      this.#time(execution.toolCalls);
      this.metadata = {
        ...this.metadata,
        ...(execution.model && { model: execution.model }),
        ...(execution.usage && { usage: execution.usage }),
      };
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.lost = error;
    } finally {
      unsubscribe();
      this.#live = undefined;
      this.stopping = false;
    }
  }

  /** Asks the platform to stop the execution. @throws ApiError, ConnectionError */
  async stop(): Promise<void> {
    if (this.executionId === undefined) return;
    this.stopping = true;
    try {
      await platform.executions.cancel(this.executionId);
    } catch (error) {
      this.stopping = false;
      throw error;
    }
  }

  /** Milliseconds that a tool call took, once that is known. */
  durationOf(toolCallId: string): number | undefined {
    return this.#durations.get(toolCallId);
  }

  /** Reads how long the tool calls of an earlier turn took. @throws ApiError, ConnectionError */
  async loadDurations(): Promise<void> {
    if (this.#durations.size > 0 || this.open) return;
    await this.#recall();
  }

  /** Reads which model was at work where the turn did not complete: only its execution tells. @throws ApiError, ConnectionError */
  async loadModel(): Promise<void> {
    if (this.metadata.model !== undefined || this.open || this.status === "completed") return;
    await this.#recall();
  }

  async #recall(): Promise<void> {
    if (this.executionId === undefined) return;
    const { toolCalls, model } = await platform.executions.get(this.executionId);
    this.#time(toolCalls);
    if (model !== undefined) this.metadata = { ...this.metadata, model };
  }

  #time(calls: readonly ToolCall[]): void {
    this.#durations = new Map(
      calls.flatMap(({ id, startedAt, endedAt }) =>
        endedAt ? [[id, Date.parse(endedAt) - Date.parse(startedAt)] as const] : [],
      ),
    );
  }

  /** Stops following; the execution goes on. */
  leave(): void {
    this.#live?.leave();
  }
}

/** How much an answer holds: its parts and the length of its texts. */
const extent = (parts: readonly MessagePart[]): number =>
  parts.reduce((sum, part) => sum + 1 + ("text" in part ? part.text.length : 0), 0);

function saidIn(message: Message): Said {
  const said: Said = { text: "", documents: [] };
  for (const part of message.parts) {
    if (part.type === "text" && typeof part["text"] === "string") {
      said.text += (said.text && "\n\n") + part["text"];
    } else if (part.type === "data-attachment") {
      said.documents.push(part["data"] as SentDocument);
    } else if (part.type === "file") {
      said.documents.push({
        name: String(part["filename"] ?? "file"),
        mediaType: String(part["mediaType"] ?? ""),
        size: 0,
      });
    }
  }
  return said;
}
