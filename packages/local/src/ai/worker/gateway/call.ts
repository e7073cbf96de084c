/** One request through a gateway: cache, attempts, fallbacks in their order, and the log. */
import type { AISettings } from "../../options.ts";
import { servedByHeader } from "../answer.ts";
import { apiError } from "../errors.ts";
import type { GatewayObject, LogEntry } from "./gateway-object.ts";
import { delayBefore } from "./gateway-options.ts";
import { askProvider } from "./ask-provider.ts";
import { fieldsOf, textOf } from "./step.ts";
import type { Step } from "./step.ts";
import { headOf, watchBody } from "./watched-body.ts";
import type { Seen } from "./watched-body.ts";

export interface GatewayContext {
  settings: AISettings;
  /** The object of this gateway. */
  object: DurableObjectStub<GatewayObject>;
  signal: AbortSignal;
  /** Keeps what is written to the log alive after the answer. */
  waitUntil: (work: Promise<unknown>) => void;
}

/** Of an answer that is kept. */
const keptHeaders = ["content-type", servedByHeader];

const isRetried = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Who is asked is part of the answer, and with whose credential. */
async function cacheKeyOf(step: Step): Promise<string> {
  const key = step.options.cacheKey;
  const parts =
    key === null
      ? [
          step.provider,
          step.endpoint,
          step.method,
          step.headers.get("authorization") ?? step.headers.get("x-api-key") ?? "",
          textOf(step.body),
        ]
      : [key];
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  return new Uint8Array(hash).toHex();
}

/** The first step that succeeds answers; else the last one's failure does. */
export async function callGateway(steps: readonly Step[], context: GatewayContext): Promise<Response> {
  let answer = apiError(400, 2001, "Please provide at least one request");
  for (const [number, step] of steps.entries()) {
    if (number > 0) await answer.body?.cancel();
    answer = await callStep(step, number, context);
    if (answer.ok) return answer;
  }
  return answer;
}

async function callStep(step: Step, number: number, context: GatewayContext): Promise<Response> {
  const began = Date.now();
  const { options } = step;
  const caching = options.cacheTtl > 0 && !options.skipCache;
  const key = caching ? await cacheKeyOf(step) : null;
  const hit = key === null ? null : await context.object.cached(key);
  const answer =
    hit === null
      ? await attempt(step, context)
      : new Response(hit.body, { status: hit.status, headers: hit.headers });

  const id = newLogId();
  const headers = new Headers(answer.headers);
  // What was unpacked on its way here is not packed any more.
  headers.delete("content-encoding");
  headers.delete("content-length");
  headers.set("cf-aig-step", String(number));
  headers.set("cf-aig-event-id", options.eventId ?? crypto.randomUUID());
  if (options.collectLog) headers.set("cf-aig-log-id", id);
  if (caching) headers.set("cf-aig-cache-status", hit === null ? "MISS" : "HIT");

  const log = entryOf(id, step, number, answer, hit !== null, began);
  const finish = async (seen: Seen | null): Promise<void> => {
    if (options.collectLog)
      await context.object.record({ ...log, ...endOf(seen), duration: Date.now() - began });
    if (key !== null && hit === null && answer.ok && seen?.whole) {
      const kept = keptHeaders.flatMap((name): [string, string][] => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value]];
      });
      const { status } = answer;
      await context.object.keep(key, { status, headers: kept, body: seen.whole.buffer }, options.cacheTtl);
    }
  };
  if (answer.body === null) {
    await finish(null);
    return new Response(null, { status: answer.status, headers });
  }
  // There from the first: whoever has the id may ask for the entry before the answer has ended.
  if (options.collectLog) await context.object.record(log);
  const watched = watchBody(
    answer.body as ReadableStream<Uint8Array>,
    key !== null && hit === null,
    (seen) => {
      const written = finish(seen);
      context.waitUntil(written);
      return written;
    },
  );
  return new Response(watched, { status: answer.status, headers });
}

async function attempt(step: Step, context: GatewayContext): Promise<Response> {
  const { options } = step;
  for (let number = 1; ; number += 1) {
    const answer = await once(step, context);
    if (!isRetried(answer.status) || number >= options.maxAttempts || context.signal.aborted) return answer;
    await answer.body?.cancel();
    await scheduler.wait(delayBefore(number + 1, options));
  }
}

async function once(step: Step, context: GatewayContext): Promise<Response> {
  const late = new AbortController();
  const { requestTimeoutMs } = step.options;
  const timer =
    requestTimeoutMs > 0
      ? setTimeout(
          () => late.abort(new DOMException("The provider did not answer in time", "TimeoutError")),
          requestTimeoutMs,
        )
      : undefined;
  const signal = AbortSignal.any([context.signal, late.signal]);
  try {
    return await askProvider(step, context.settings, signal);
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (late.signal.aborted) return apiError(408, 2014, "Request timed out");
    const words = error instanceof Error ? error.message : String(error);
    return apiError(502, 2002, `Provider ${step.provider} does not answer: ${words}`);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

function entryOf(
  id: string,
  step: Step,
  number: number,
  answer: Response,
  cached: boolean,
  began: number,
): LogEntry {
  const request = textOf(step.body);
  const { head, complete } = headOf(request);
  const { model } = fieldsOf(step.body);
  return {
    id,
    provider: step.provider,
    model: typeof model === "string" ? model : step.endpoint.replace(/^run\//, ""),
    model_type: "",
    path: step.endpoint,
    duration: 0,
    request_type: "",
    request_content_type: step.headers.get("content-type") ?? "",
    status_code: answer.status,
    response_content_type: answer.headers.get("content-type") ?? "",
    success: answer.ok,
    cached,
    tokens_in: 0,
    tokens_out: 0,
    metadata: step.options.metadata,
    step: number,
    cost: 0,
    custom_cost: false,
    request_size: request.length,
    request_head: head,
    request_head_complete: complete,
    response_size: 0,
    response_head: "",
    response_head_complete: false,
    created_at: new Date(began).toISOString(),
    score: null,
    feedback: null,
  };
}

const endOf = (seen: Seen | null): Partial<LogEntry> =>
  seen === null
    ? { response_head_complete: true }
    : {
        tokens_in: seen.tokensIn,
        tokens_out: seen.tokensOut,
        response_size: seen.size,
        response_head: seen.head,
        response_head_complete: seen.headComplete,
      };

/** In the form of Cloudflare's: sorted by time. Source: https://github.com/ulid/spec */
function newLogId(): string {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let time = Date.now();
  let id = "";
  for (let at = 0; at < 10; at += 1) {
    id = (letters[time % 32] ?? "0") + id;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += letters[byte % 32] ?? "0";
  return id;
}
