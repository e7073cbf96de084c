/**
 * Those who follow a turn as it happens. A frame is encoded once for all of them. A reader that does
 * not keep up is let go at a limit; it comes back with `Last-Event-ID` and reads on from disk.
 */
import { encode, heartbeat } from "./event-frames.ts";

/** Bytes that may wait for a slow reader. */
const backlogLimit = 4 * 1024 * 1024;
const heartbeatMs = 15_000;

export class Readers {
  readonly #controllers = new Set<ReadableByteStreamController>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  get size(): number {
    return this.#controllers.size;
  }

  /** A stream that begins with `first` and carries all that is sent from now on. */
  add(first: string): ReadableStream<Uint8Array> {
    let own: ReadableByteStreamController | undefined;
    return new ReadableStream({
      type: "bytes",
      start: (controller) => {
        own = controller;
        if (first) controller.enqueue(encode(first));
        this.#controllers.add(controller);
        this.#heartbeat ??= setInterval(() => this.#enqueue(heartbeat), heartbeatMs);
      },
      cancel: () => {
        if (own) this.#drop(own);
      },
    });
  }

  send(text: string): void {
    if (text && this.#controllers.size > 0) this.#enqueue(encode(text));
  }

  /** Sends the last frames and ends every stream. */
  close(text: string): void {
    this.send(text);
    for (const controller of this.#controllers) {
      this.#drop(controller);
      controller.close();
    }
  }

  #enqueue(bytes: Uint8Array): void {
    for (const controller of this.#controllers) {
      if (backlogLimit + (controller.desiredSize ?? 0) < 0) {
        this.#drop(controller);
        controller.error(new Error("the reader fell too far behind; resume with Last-Event-ID"));
        continue;
      }
      // A byte stream takes over the buffer it is given, so each reader gets its own copy.
      controller.enqueue(this.#controllers.size === 1 ? bytes : bytes.slice());
    }
  }

  #drop(controller: ReadableByteStreamController): void {
    this.#controllers.delete(controller);
    if (this.#controllers.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    }
  }
}

/** A stream of text that is known whole. */
export function streamOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      controller.enqueue(encode(text));
      controller.close();
    },
  });
}
