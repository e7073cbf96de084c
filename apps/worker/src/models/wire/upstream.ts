/** One HTTP request to a model server, from its body to the events of a step. */
import type { Clock } from "../clock.ts";
import { ModelError, type ProviderEvent } from "../contract.ts";
import { readEvents, readingFailure, type WireDecoder } from "./events.ts";
import { failureOf } from "./failure.ts";
import { Watch, type TimeLimits } from "./watch.ts";

/** What every provider that speaks HTTP is given. */
export interface Transport {
  fetch: typeof fetch;
  clock: Clock;
  limits: TimeLimits;
}

export interface UpstreamCall {
  /** The provider's name, as errors show it. */
  provider: string;
  /** The variable that holds its key, for the error that says the key was refused. */
  keyVariable: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
  decoder: WireDecoder;
  signal: AbortSignal;
  /** Keys that no error may show, whatever the upstream answers. */
  secrets: readonly string[];
}

const isEventStream = (type: string): boolean => type === "" || type === "text/event-stream";
const isJson = (type: string): boolean => type === "application/json" || type.endsWith("+json");

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
    const type = (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    if (response.body !== null && isEventStream(type)) {
      yield* readEvents(provider, response.body, decoder, watch);
    } else if (isJson(type)) {
      yield* await readWhole(call, response, watch);
    } else {
      await response.body?.cancel();
      throw new ModelError(
        "upstream_failed",
        `${provider} answered with ${type === "" ? "nothing" : type} instead of a stream of events`,
        { retryable: true },
      );
    }
  } finally {
    watch.stop();
  }
}

async function send(transport: Transport, call: UpstreamCall, watch: Watch): Promise<Response> {
  let response: Response;
  try {
    response = await watch.race(
      transport.fetch(call.url, {
        method: "POST",
        headers: { "content-type": "application/json", ...call.headers },
        body: JSON.stringify(call.body),
        signal: watch.signal,
        // A redirect would carry the key to wherever it points.
        redirect: "manual",
      }),
    );
  } catch (error) {
    if (watch.signal.aborted) throw watch.signal.reason;
    throw new ModelError("upstream_failed", `${call.provider} could not be reached`, {
      retryable: true,
      cause: error,
    });
  }
  if (response.ok) return response;
  throw failureOf({
    provider: call.provider,
    keyVariable: call.keyVariable,
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: await wordsOf(response, watch),
    secrets: call.secrets,
    now: transport.clock.now(),
  });
}

/** The body of a refusal, or nothing where it cannot be read: the status says enough without it. */
async function wordsOf(response: Response, watch: Watch): Promise<string> {
  try {
    return await watch.race(response.text());
  } catch {
    watch.throwIfAborted();
    return "";
  }
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
