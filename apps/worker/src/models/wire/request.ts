/** One HTTP request to a model server, up to its answer. */
import type { Clock } from "../clock.ts";
import { ModelError, type GatewayLog } from "../contract.ts";
import { failureOf } from "./failure.ts";
import type { TimeLimits, Watch } from "./watch.ts";

/** What every provider that speaks HTTP is given. */
export interface Transport {
  fetch: typeof fetch;
  clock: Clock;
  limits: TimeLimits;
}

export interface UpstreamRequest {
  /** The provider's name, as errors show it. */
  provider: string;
  /** The variable that holds its key, for the error that says the key was refused. */
  keyVariable: string;
  /** Or how to find it out, where that takes a question. */
  url: string | (() => Promise<string>);
  headers: Record<string, string>;
  /** Made when it is sent, so that what is wrong with a request fails where the answer would have come. */
  body: () => unknown;
  signal: AbortSignal;
  /** Called when the headers of the answer have come, or will not come any more. */
  answered: (() => void) | undefined;
  /** Keys that no error may show, whatever the upstream answers. */
  secrets: readonly string[];
}

/** Bytes of a refusal's body that are read: what it has to say takes a few hundred. */
const longestRefusal = 65_536;

/**
 * Sends the request.
 * @throws ModelError for any answer but 2xx, what `body` throws, or the signal's reason once it aborts
 */
export async function send(transport: Transport, request: UpstreamRequest, watch: Watch): Promise<Response> {
  const body = JSON.stringify(request.body());
  let response: Response;
  try {
    const url = typeof request.url === "string" ? request.url : await watch.race(request.url());
    response = await watch.race(
      transport.fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...request.headers },
        body,
        signal: watch.signal,
        // A redirect would carry the key to wherever it points.
        redirect: "manual",
      }),
    );
  } catch (error) {
    if (watch.signal.aborted) throw watch.signal.reason;
    if (error instanceof ModelError) throw error;
    throw new ModelError("upstream_failed", `${request.provider} could not be reached`, {
      retryable: true,
      cause: error,
    });
  } finally {
    request.answered?.();
  }
  if (response.ok) return response;
  throw await refusalOf(request, response, watch);
}

/** What an answer other than 2xx means. Reads its body, as far as it can be read: the status says enough. */
export async function refusalOf(
  request: Pick<UpstreamRequest, "provider" | "keyVariable" | "secrets">,
  response: Response,
  watch: Watch,
): Promise<ModelError> {
  const body = await beginningOf(response.body, watch);
  return failureOf({
    provider: request.provider,
    keyVariable: request.keyVariable,
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body,
    secrets: request.secrets,
    now: watch.clock.now(),
  });
}

/** As much of a body as comes of its first 64 KiB. @throws the watch's reason */
async function beginningOf(body: ReadableStream<unknown> | null, watch: Watch): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let left = longestRefusal; left > 0;) {
      const { done, value } = await watch.race(reader.read());
      if (done || !(value instanceof Uint8Array)) break;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
    }
  } catch {
    watch.throwIfAborted();
  } finally {
    // Once it was read to its end, or broke, there is nothing left to cancel.
    void reader.cancel().catch(() => undefined);
  }
  return text;
}

/** The media type of an answer, without its parameters; empty where it names none. */
export const mediaTypeOf = (response: Response): string =>
  (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

export const isJson = (mediaType: string): boolean =>
  mediaType === "application/json" || mediaType.endsWith("+json");

/**
 * What Cloudflare's AI Gateway says in its headers; null where the answer did not come through one.
 * Source: https://developers.cloudflare.com/ai-gateway/observability/logging/ ·
 * https://developers.cloudflare.com/ai-gateway/features/caching/
 */
export function gatewayLogOf(headers: Headers): GatewayLog | null {
  const gatewayLogId = headers.get("cf-aig-log-id");
  const cache = headers.get("cf-aig-cache-status");
  if (gatewayLogId === null && cache === null) return null;
  return {
    ...(gatewayLogId !== null && { gatewayLogId }),
    ...(cache !== null && { gatewayCached: cache.toUpperCase() === "HIT" }),
  };
}
