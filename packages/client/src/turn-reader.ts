import type { TurnChunk } from "@orrery/protocol";
import { ApiError, ConnectionError } from "./errors.ts";
import { backoff } from "./retry.ts";
import { readSse, type SseEvent } from "./sse.ts";
import type { Call, Transport } from "./transport.ts";

/** Milliseconds of silence after which a line is taken for dead and the stream taken up anew. */
const silenceMs = 60_000;

export interface TurnReaderOptions {
  transport: Transport;
  /** Ends the reading; nothing on the server. */
  signal: AbortSignal;
  /** Called once the last chunk has been given. */
  onEnd: () => void;
  /** The request that begins the turn, asked until it has named the execution; absent to follow one. */
  begin?: Call;
  executionId?: string;
  /** The id of the last chunk already seen. */
  after?: string | undefined;
}

/** The execution that a `Location` names. */
const executionIn = (location: string | null): string | undefined =>
  /\/executions\/([^/?]+)$/.exec(location ?? "")?.[1];

interface Connection {
  events: AsyncGenerator<SseEvent, void, undefined>;
  close: () => void;
}

/** Event ids are numbers joined by dots, and grow; an id of another form differs or does not. */
function compareIds(one: string, other: string): number {
  const [left, right] = [one.split("."), other.split(".")];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = Number(left[at] ?? 0) - Number(right[at] ?? 0);
    if (Number.isNaN(difference)) return one === other ? 0 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The chunks of one turn, each exactly once, over as many connections as it takes.
 *
 * Chunks are told apart by their event ids: a connection that breaks is taken up after the last id
 * given out, and an event that broke off midway was never given.
 */
export class TurnReader {
  readonly #options: TurnReaderOptions;
  #executionId: string | undefined;
  #after: string | undefined;
  #connection: Connection | undefined;
  #failures = 0;
  #lastType: TurnChunk["type"] | undefined;
  #resuming = false;
  #hasConnected = false;
  #ended = false;

  constructor(options: TurnReaderOptions) {
    this.#options = options;
    this.#executionId = options.executionId;
    this.#after = options.after;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The id of the last chunk given. */
  get lastEventId(): string | undefined {
    return this.#after;
  }

  /**
   * The next chunk, or undefined after the last.
   * @throws ApiError the server refuses the stream
   * @throws ConnectionError it could not be taken up again within the policy's tries
   */
  async next(): Promise<TurnChunk | undefined> {
    const { signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      if (this.#ended) return undefined;
      try {
        this.#connection ??= await this.#connect();
        if (this.#connection === undefined) continue;
        const step = await this.#connection.events.next();
        if (!step.done && step.value.data === "[DONE]") this.#end();
        else if (step.done && this.#isClosed()) this.#end();
        else if (step.done) throw new ConnectionError("interrupted", "The answer stream broke off.");
        else if (this.#isNew(step.value.id)) return this.#take(step.value);
      } catch (error) {
        this.release();
        signal.throwIfAborted();
        await this.#pauseAfter(error);
      }
    }
  }

  /** Lets the line go; the next chunk opens another. */
  release(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #take(event: SseEvent): TurnChunk {
    const chunk = JSON.parse(event.data) as TurnChunk;
    if (event.id !== "") this.#after = event.id;
    if (chunk.type === "start") this.#executionId = chunk.messageMetadata.executionId;
    this.#lastType = chunk.type;
    this.#failures = 0;
    return chunk;
  }

  /** Within a connection the server's order is trusted; a new one may begin before where the last broke. */
  #isNew(id: string): boolean {
    if (!this.#resuming || id === "" || this.#after === undefined) return true;
    if (compareIds(id, this.#after) <= 0) return false;
    this.#resuming = false;
    return true;
  }

  /** Whether an end of the body is the end of the turn, although `[DONE]` did not come. */
  #isClosed(): boolean {
    return this.#lastType === "finish" || this.#lastType === "abort" || this.#lastType === "error";
  }

  #end(): void {
    this.#ended = true;
    this.release();
    this.#options.onEnd();
  }

  /** Opens the stream; undefined where the answer only told which execution to follow. */
  async #connect(): Promise<Connection | undefined> {
    const { transport, signal, begin } = this.#options;
    const controller = new AbortController();
    const close = () => {
      signal.removeEventListener("abort", close);
      controller.abort();
    };
    signal.addEventListener("abort", close);
    const call = this.#executionId === undefined ? begin : this.#resume(this.#executionId);
    if (call === undefined) throw new TypeError("a turn to read needs an execution or a request");
    try {
      const response = await transport.send(
        { ...call, timeoutMs: call.timeoutMs, signal: controller.signal, keepOpen: true },
        (answer) => Promise.resolve(answer),
      );
      this.#executionId ??= executionIn(response.headers.get("location"));
      if (response.status === 204) {
        this.#end();
        return undefined;
      }
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
        const execution = (await response.json()) as { id: string };
        this.#executionId = execution.id;
        close();
        return undefined;
      }
      if (response.body === null) throw new ConnectionError("interrupted", "The answer stream is empty.");
      this.#resuming = true;
      this.#hasConnected = true;
      let heard = 0;
      void this.#watch(controller, () => heard);
      return { events: readSse(response.body, () => heard++), close };
    } catch (error) {
      close();
      throw error;
    }
  }

  #resume(executionId: string): Call {
    const after = this.#after;
    return {
      path: `/api/v1/executions/${encodeURIComponent(executionId)}/stream`,
      headers: { accept: "text/event-stream", ...(after !== undefined && { "last-event-id": after }) },
      attempts: 1,
    };
  }

  async #watch(connection: AbortController, heard: () => number): Promise<void> {
    while (!connection.signal.aborted) {
      const before = heard();
      await this.#options.transport.clock.sleep(silenceMs, connection.signal);
      if (heard() === before) connection.abort();
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const { transport, signal } = this.#options;
    const { retry, clock } = transport;
    if (error instanceof SyntaxError) throw error;
    if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
    // A request that was never answered has been sent as often as the policy allows.
    if (this.#executionId === undefined && !this.#hasConnected) throw error;
    const limit = this.#executionId === undefined ? retry.attempts : retry.streamAttempts;
    if (++this.#failures > limit) {
      throw error instanceof ApiError || error instanceof ConnectionError
        ? error
        : new ConnectionError(
            "interrupted",
            "The answer stream broke off and cannot be taken up again.",
            error,
          );
    }
    const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
    await clock.sleep(Math.max(asked, backoff(this.#failures, retry, clock)), signal);
    signal.throwIfAborted();
  }
}
