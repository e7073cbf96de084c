import { ConnectionError } from "./errors.ts";
import type { EventsConnection, EventsFrame } from "./events.ts";
import { readSse } from "./sse.ts";
import type { QueryValue, Transport } from "./transport.ts";

/** Milliseconds of silence after which the stream is taken for dead: the server sends a comment every 15 s. */
const silenceMs = 45_000;

/**
 * The frames of one event stream over HTTP until it ends.
 * @throws ApiError it was refused
 * @throws ConnectionError it broke, or could not be opened
 */
export async function* streamFrames(
  transport: Transport,
  path: string,
  query: Readonly<Record<string, QueryValue>>,
  signal: AbortSignal,
): EventsConnection {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener("abort", abort);
  try {
    const response = await transport.send(
      {
        path,
        query,
        headers: { accept: "text/event-stream" },
        attempts: 1,
        signal: controller.signal,
        keepOpen: true,
      },
      (answer) => Promise.resolve(answer),
    );
    if (response.body === null) throw new ConnectionError("interrupted", "The live connection is empty.");
    let heard = 0;
    void closeWhenSilent(transport, controller, () => heard);
    for await (const event of readSse(response.body, () => heard++)) {
      yield JSON.parse(event.data) as EventsFrame;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    controller.abort();
  }
}

async function closeWhenSilent(
  transport: Transport,
  connection: AbortController,
  heard: () => number,
): Promise<void> {
  while (!connection.signal.aborted) {
    const before = heard();
    await transport.clock.sleep(silenceMs, connection.signal);
    if (heard() === before) connection.abort();
  }
}
