import type { GenerateChunk } from "@orrery/protocol";
import { ConnectionError } from "./errors.ts";
import { readSse } from "./sse.ts";
import type { Call, Transport } from "./transport.ts";

/** Whether nothing of an answer comes after this chunk. */
const isLast = ({ type }: GenerateChunk): boolean =>
  type === "finish" || type === "abort" || type === "error";

/**
 * Asks once for an answer that is streamed, and gives its chunks. Leaving the loop ends the answer on the
 * server too. The platform keeps no direct answer, so one that breaks off cannot be taken up again, and
 * asking again would cost it again: that is left to the caller.
 * @throws ApiError the platform refused
 * @throws ConnectionError no answer came, or it broke off
 */
export async function* readGeneration(
  transport: Transport,
  call: Call,
): AsyncGenerator<GenerateChunk, void, undefined> {
  const controller = new AbortController();
  const abort = () => controller.abort(call.signal?.reason);
  if (call.signal?.aborted) abort();
  call.signal?.addEventListener("abort", abort);
  try {
    const body = await transport.send(
      {
        ...call,
        signal: controller.signal,
        headers: { accept: "text/event-stream" },
        keepOpen: true,
        attempts: 1,
        keyless: true,
      },
      (response) => Promise.resolve(response.body),
    );
    let ended = false;
    if (body !== null) {
      for await (const { data } of readSse(body)) {
        if (data === "[DONE]") return;
        const chunk = JSON.parse(data) as GenerateChunk;
        ended = isLast(chunk);
        yield chunk;
      }
    }
    if (!ended) throw new ConnectionError("interrupted", "The answer broke off.");
  } catch (cause) {
    call.signal?.throwIfAborted();
    if (cause instanceof TypeError) throw new ConnectionError("interrupted", "The answer broke off.", cause);
    throw cause;
  } finally {
    call.signal?.removeEventListener("abort", abort);
    controller.abort();
  }
}
