import type { Execution, TurnChunk } from "@orrery/protocol";
import { isFinalStatus } from "./execution-status.ts";
import { backoff } from "./retry.ts";
import type { RequestOptions, Transport } from "./transport.ts";
import type { TurnReader } from "./turn-reader.ts";

/** The requests that concern one execution. */
interface ExecutionRequests {
  get(executionId: string, options: RequestOptions): Promise<Execution>;
  cancel(executionId: string): Promise<unknown>;
}

/**
 * An execution being followed. Iterating gives its chunks, each exactly once, through any number of
 * dropped connections; leaving the loop lets the line go, and iterating again goes on from there.
 * One loop at a time.
 */
export class ExecutionStream implements AsyncIterable<TurnChunk> {
  readonly executionId: string;
  readonly sessionId: string;
  readonly #reader: TurnReader;
  readonly #controller: AbortController;
  readonly #executions: ExecutionRequests;
  readonly #transport: Transport;
  #pending: TurnChunk | undefined;
  #reading = false;
  #waiting: (() => void)[] = [];

  /** Made by `executions.stream` and `executions.follow`. */
  constructor(parts: {
    executionId: string;
    sessionId: string;
    reader: TurnReader;
    controller: AbortController;
    executions: ExecutionRequests;
    transport: Transport;
    /** A chunk that has been read already, to be given first. */
    first?: TurnChunk;
  }) {
    this.executionId = parts.executionId;
    this.sessionId = parts.sessionId;
    this.#reader = parts.reader;
    this.#controller = parts.controller;
    this.#executions = parts.executions;
    this.#transport = parts.transport;
    this.#pending = parts.first;
  }

  /** The id of the last chunk read, by which `executions.follow` goes on from here. */
  get lastEventId(): string | undefined {
    return this.#reader.lastEventId;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TurnChunk, void, undefined> {
    if (this.#reading) throw new TypeError("this execution's chunks are being read already");
    this.#reading = true;
    try {
      for (;;) {
        const chunk = this.#pending ?? (await this.#reader.next());
        this.#pending = undefined;
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      this.#reading = false;
      this.#reader.release();
      for (const resume of this.#waiting.splice(0)) resume();
    }
  }

  /**
   * The finished execution, whatever its outcome. Where nobody reads the chunks, this reads them.
   * @throws ApiError, ConnectionError when the stream cannot be followed to its end
   */
  async final(): Promise<Execution> {
    while (!this.#reader.ended) {
      if (this.#reading) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else for await (const _ of this);
    }
    const { clock, retry } = this.#transport;
    const { signal } = this.#controller;
    // The stream may end a moment before the execution's record does.
    for (let tries = 1; ; tries++) {
      const execution = await this.#executions.get(this.executionId, { signal });
      if (isFinalStatus(execution.status)) return execution;
      await clock.sleep(backoff(tries, retry, clock), signal);
      signal.throwIfAborted();
    }
  }

  /** Stops following. The execution goes on; whoever reads or awaits it here gets an `AbortError`. */
  abort(): void {
    this.#controller.abort(new DOMException("The execution is no longer followed.", "AbortError"));
    this.#reader.release();
  }

  /** Cancels the execution on the server; its stream then ends by itself. */
  async cancel(): Promise<void> {
    await this.#executions.cancel(this.executionId);
  }
}
