import type { EventId } from "@orrery/protocol";

/** Milliseconds between heartbeats: proxies close what is silent for 30 s or more. */
const heartbeatMs = 15_000;
/** Bytes that may wait for a reader of a stream before it counts as too slow. */
const backlogLimit = 1024 * 1024;
/** What a browser waits before it connects again, in milliseconds. */
const retryMs = 2_000;

const encoder = new TextEncoder();

/** The fields of a frame that the event stream's own syntax needs. */
interface Frame {
  id?: EventId;
  type: string;
  lastEventId?: EventId | null;
}

/**
 * A frame of the fleet's socket as a server-sent event. Events of the workspace carry no `event:` field, so
 * `EventSource.onmessage` hears them all; `ready` and `gap` do, with the id from which a reader resumes.
 * Null for a frame that means nothing here.
 */
export function serverSentEvent(data: string): string | null {
  const frame = JSON.parse(data) as Frame;
  if (frame.id !== undefined) return `id: ${frame.id}\ndata: ${data}\n\n`;
  if (frame.type !== "ready" && frame.type !== "gap") return null;
  const id = frame.lastEventId ? `id: ${frame.lastEventId}\n` : "";
  return `event: ${frame.type}\n${id}data: ${data}\n\n`;
}

/**
 * Turns the fleet's socket into an event stream. It runs in the stateless worker, so the fleet object
 * hibernates while readers wait. The stream ends when the socket does, when the reader leaves, and when the
 * reader is too slow; a browser then resumes by itself.
 */
export function eventStream(socket: WebSocket): ReadableStream<Uint8Array> {
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const leave = (): void => {
    clearInterval(heartbeat);
    if (socket.readyState === WebSocket.READY_STATE_OPEN) socket.close(1000, "the reader left");
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true;
        const end = (): void => {
          if (!open) return;
          open = false;
          leave();
          controller.close();
        };
        const write = (text: string): void => {
          if (!open) return;
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) < 0) end();
        };
        write(`retry: ${retryMs}\n\n`);
        socket.addEventListener("message", ({ data }) => {
          const event = typeof data === "string" ? serverSentEvent(data) : null;
          if (event !== null) write(event);
        });
        socket.addEventListener("close", end);
        socket.addEventListener("error", end);
        heartbeat = setInterval(() => {
          write(": heartbeat\n\n");
          if (open) socket.send('{"type":"ping"}');
        }, heartbeatMs);
        socket.accept();
      },
      cancel: leave,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: backlogLimit }),
  );
}
