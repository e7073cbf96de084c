/** Asking a model server: for the events of a step, streamed or whole, or for one JSON value. */
import { ModelError, type GatewayLog, type ProviderEvent } from "../contract.ts";
import { readEvents, readingFailure, type WireDecoder } from "./events.ts";
import { gatewayLogOf, isJson, mediaTypeOf, send, type Transport, type UpstreamRequest } from "./request.ts";
import { Watch } from "./watch.ts";

export type { Transport };

export interface UpstreamCall extends UpstreamRequest {
  decoder: WireDecoder;
}

const isEventStream = (type: string): boolean => type === "" || type === "text/event-stream";

/**
 * Sends the request and yields what the answer means, streamed or whole.
 * @throws ModelError, or the signal's reason once it aborts
 */
export async function* callUpstream(
  transport: Transport,
  call: UpstreamCall,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const { provider, decoder } = call;
  const watch = new Watch(provider, call.signal, transport.clock, transport.limits);
  try {
    const response = await send(transport, call, watch);
    const log = gatewayLogOf(response.headers);
    if (log !== null) yield { type: "log", ...log };
    const type = mediaTypeOf(response);
    if (response.body !== null && isEventStream(type)) {
      yield* readEvents(provider, response.body, decoder, watch);
    } else if (isJson(type)) {
      yield* await readWhole(call, response, watch);
    } else {
      throw await notThis(provider, response, "a stream of events");
    }
  } finally {
    watch.stop();
  }
}

/**
 * Sends the request and reads its answer with `read`.
 * @throws ModelError, also where the answer is no JSON or `read` throws a SyntaxError; or the signal's
 * reason once it aborts
 */
export async function askUpstream<Value>(
  transport: Transport,
  request: UpstreamRequest,
  read: (body: unknown) => Value,
): Promise<Value & GatewayLog> {
  const { provider } = request;
  const watch = new Watch(provider, request.signal, transport.clock, transport.limits);
  try {
    const response = await send(transport, request, watch);
    if (!isJson(mediaTypeOf(response))) throw await notThis(provider, response, "JSON");
    try {
      const body: unknown = JSON.parse(await watch.race(response.text()));
      return { ...read(body), ...gatewayLogOf(response.headers) };
    } catch (error) {
      throw readingFailure(provider, watch.signal, error);
    }
  } finally {
    watch.stop();
  }
}

/** The same transport for what takes long before its first byte, as the making of an image does. */
export const unhurried = (transport: Transport): Transport => ({
  ...transport,
  limits: { ...transport.limits, firstByteMs: transport.limits.firstByteMs * 2 },
});

async function notThis(provider: string, response: Response, wanted: string): Promise<ModelError> {
  const type = mediaTypeOf(response);
  // A body that fails while it is thrown away has nothing to add.
  await response.body?.cancel().catch(() => undefined);
  return new ModelError(
    "upstream_failed",
    `${provider} answered with ${type === "" ? "nothing" : type} instead of ${wanted}`,
    { retryable: true },
  );
}

async function readWhole(call: UpstreamCall, response: Response, watch: Watch): Promise<ProviderEvent[]> {
  const out: ProviderEvent[] = [];
  try {
    const body: unknown = JSON.parse(await watch.race(response.text()));
    call.decoder.whole(body, out);
    call.decoder.end(out);
  } catch (error) {
    throw readingFailure(call.provider, watch.signal, error);
  }
  return out;
}
