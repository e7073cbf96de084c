/**
 * Those who follow a turn as it happens. A frame is encoded once for all of them. A reader that does
 * not keep up is let go at a limit; it comes back with `Last-Event-ID` and reads on from disk.
 *
 * A stream is ended when its reader asks for more than the last frame, so the end says that all of it was
 * taken; until then the object that it comes from must stay.
 */
import { encode, heartbeat } from "./event-frames.ts";

/** Bytes that may wait for a slow reader. */
const backlogLimit = 4 * 1024 * 1024;
const heartbeatMs = 15_000;

interface Reader {
  controller: ReadableByteStreamController;
  /** Whether it has taken all there was and asks for more. */
  asks: boolean;
  /** Whether there will be no more. */
  ended: boolean;
  depart: () => void;
}

export class Readers {
  readonly #visit: () => () => void;
  readonly #readers = new Set<Reader>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  /** `visit` is called for each reader, and what it returns when the reader has gone. */
  constructor(visit: () => () => void) {
    this.#visit = visit;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** A stream that begins with `first` and carries all that is sent from now on. */
  add(first: string): ReadableStream<Uint8Array> {
    let own: Reader | undefined;
    return new ReadableStream({
      type: "bytes",
      start: (controller) => {
        own = { controller, asks: false, ended: false, depart: this.#visit() };
        if (first) controller.enqueue(encode(first));
        this.#readers.add(own);
        this.#heartbeat ??= setInterval(() => this.send(heartbeat), heartbeatMs);
      },
      pull: () => {
        if (!own) return;
        own.asks = true;
        if (own.ended) end(own);
      },
      cancel: () => {
        if (!own) return;
        this.#drop(own);
        own.depart();
      },
    });
  }

  send(text: string): void {
    if (text && this.#readers.size > 0) this.#enqueue(encode(text));
  }

  /** Sends the last frames and ends every stream. */
  close(text: string): void {
    this.send(text);
    for (const reader of this.#readers) {
      this.#drop(reader);
      reader.ended = true;
      if (reader.asks) end(reader);
    }
  }

  #enqueue(bytes: Uint8Array): void {
    for (const reader of this.#readers) {
      const { controller } = reader;
      if (backlogLimit + (controller.desiredSize ?? 0) < 0) {
        this.#drop(reader);
        controller.error(new Error("the reader fell too far behind; resume with Last-Event-ID"));
        reader.depart();
        continue;
      }
      reader.asks = false;
      // A byte stream takes over the buffer it is given, so each reader gets its own copy.
      controller.enqueue(this.#readers.size === 1 ? bytes : bytes.slice());
    }
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    }
  }
}

function end({ controller, depart }: Reader): void {
  controller.close();
  // A read into the reader's own buffer waits until it is told that there is nothing.
  controller.byobRequest?.respond(0);
  depart();
}

/** A stream of text that is known whole. `visit` is as in {@link Readers}. */
export function streamOf(text: string, visit: () => () => void): ReadableStream<Uint8Array> {
  const readers = new Readers(visit);
  const stream = readers.add(text);
  readers.close("");
  return stream;
}
