import { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/** Many in one: each write is a step of its own on the way to the network. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const chunk of chunks) {
    whole.set(chunk, length);
    length += chunk.length;
  }
  return whole;
}

/** Tells how something ended. */
async function finished(work: Promise<void>, done: Done): Promise<void> {
  let failure: Error | null = null;
  try {
    await work;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  done(failure);
}

/**
 * A socket over a network of the runtime's, in the form of Node.js that `ioredis` knows: as much of `net.Socket` as it
 * uses. https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/
 */
export class NetworkSocket extends Duplex {
  connecting = true;
  readonly #secure: boolean;
  readonly #socket: Socket;
  readonly #writer: { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> };
  #idleMs = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #goOn: (() => void) | undefined;

  /** @param secure whether TLS is spoken, and the certificate held against `host` */
  constructor(network: Fetcher, { host, port }: { host: string; port: number }, secure: boolean) {
    super({ allowHalfOpen: false });
    this.#secure = secure;
    this.#socket = network.connect(
      { hostname: host, port },
      { secureTransport: secure ? "on" : "off", allowHalfOpen: false },
    );
    this.#writer = this.#socket.writable.getWriter();
    void this.#run();
  }

  async #run(): Promise<void> {
    // It ends with the reading, which says why.
    this.#socket.closed.catch(() => {});
    try {
      await this.#socket.opened;
      this.connecting = false;
      this.emit("connect");
      // What a socket of Node's says that speaks TLS.
      if (this.#secure) this.emit("secureConnect");
      await this.#read();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#socket.readable as ReadableStream<Uint8Array>) {
      this.#touch();
      if (this.push(chunk)) continue;
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.push(null);
  }

  override _read(): void {
    this.#goOn?.();
    this.#goOn = undefined;
  }

  // Texts are bytes by the time they are here: that is what a stream does unless it is told otherwise.
  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    void finished(this.#writer.write(chunk), done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    void finished(this.#writer.write(joined(chunks.map(({ chunk }) => chunk))), done);
  }

  override _final(done: Done): void {
    void finished(this.#writer.close(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this._read();
    void this.#hangUp();
    done(error);
  }

  /** Whoever is on the other side may never hear of it; nobody here waits for that. */
  async #hangUp(): Promise<void> {
    await this.#socket.close().catch(() => {});
  }

  /** Says `timeout` when nothing came for so long; 0: never. */
  setTimeout(milliseconds: number, told?: () => void): this {
    this.#idleMs = milliseconds;
    if (told !== undefined) this.once("timeout", told);
    this.#touch();
    return this;
  }

  /** The runtime sends at once what it is given. */
  setNoDelay(): this {
    return this;
  }

  /** Silence is noticed by who asks for signs of life. */
  setKeepAlive(): this {
    return this;
  }

  #touch(): void {
    clearTimeout(this.#idle);
    if (this.#idleMs > 0) this.#idle = setTimeout(() => this.emit("timeout"), this.#idleMs);
  }
}
