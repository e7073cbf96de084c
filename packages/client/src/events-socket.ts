import type { Clock } from "./clock.ts";
import { ConnectionError } from "./errors.ts";
import type { EventsConnection, EventsFrame } from "./events.ts";

/** What the client needs of a WebSocket: browsers, Workers and Node from 22 on have it. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** Milliseconds of silence after which a ping is sent, and again until the socket is given up. */
const heartbeatMs = 25_000;

/**
 * The frames of one WebSocket until it closes. A socket that stays silent although pinged is closed.
 * @throws ConnectionError it broke, or never opened
 */
export async function* socketFrames(
  WebSocket: WebSocketConstructor,
  url: string,
  clock: Clock,
  signal: AbortSignal,
): EventsConnection {
  const frames: EventsFrame[] = [];
  const watch = new AbortController();
  let wake: (() => void) | undefined;
  let closed = false;
  let heard = 0;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const end = () => {
    closed = true;
    watch.abort();
    notify();
  };

  const socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => {
    heard++;
    if (typeof data !== "string") return;
    frames.push(JSON.parse(data) as EventsFrame);
    notify();
  });
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  signal.addEventListener("abort", end);

  async function keepAlive(): Promise<void> {
    for (let silent = 0; !watch.signal.aborted;) {
      const before = heard;
      await clock.sleep(heartbeatMs, watch.signal);
      if (watch.signal.aborted) return;
      silent = heard === before ? silent + 1 : 0;
      if (silent > 1) return end();
      // Sockets hibernate on the server, which answers exactly these bytes without waking.
      if (heard > 0) socket.send('{"type":"ping"}');
    }
  }
  void keepAlive();

  try {
    for (;;) {
      yield* frames.splice(0);
      if (frames.length > 0) continue;
      if (closed) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    if (!signal.aborted) throw new ConnectionError("interrupted", "The live connection broke off.");
  } finally {
    signal.removeEventListener("abort", end);
    closed = true;
    watch.abort();
    socket.close();
  }
}
