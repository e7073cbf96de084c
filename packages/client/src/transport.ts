import type { Clock } from "./clock.ts";
import { ApiError, ConnectionError, apiErrorOf } from "./errors.ts";
import type { RetryPolicy } from "./retry.ts";
import { Tries } from "./tries.ts";

/** What every call of the client takes besides its own arguments. */
export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds one try may take until its answer begins; 0 for no limit. */
  timeoutMs?: number | undefined;
}

/** What every write takes besides: two calls with the same key do their work once. */
export interface WriteOptions extends RequestOptions {
  /** Made anew for each call unless given. At most 255 characters. */
  idempotencyKey?: string | undefined;
}

export type QueryValue = string | number | undefined;

export interface Call extends WriteOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the server's root, such as `/api/v1/agents`. */
  path: string;
  query?: Readonly<Record<string, QueryValue>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Statuses besides 2xx whose body is an answer and not an error. */
  accept?: readonly number[];
  /** Whether the response stays open after this call: its signal then goes on to hold the body. */
  keepOpen?: boolean;
  /** Tries in all, where not the policy's. */
  attempts?: number;
  /** Whether a write goes without an idempotency key: it is sent once, and its answer not to be kept. */
  keyless?: boolean;
}

/** The one way by which the client speaks to the server. */
export interface Transport {
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  /**
   * Sends a call, again where that may help, and reads the answer by `read`.
   * @throws ApiError the server refused
   * @throws ConnectionError no answer came
   * @throws the signal's reason, when it aborted
   */
  send<Answer>(call: Call, read: (response: Response) => Promise<Answer>): Promise<Answer>;
  /** {@link send} for an answer in JSON. The server is trusted to keep its contract. */
  json<Answer>(call: Call): Promise<Answer>;
  /** {@link send} for an answer without a body. */
  none(call: Call): Promise<void>;
  /** The absolute address of a path. */
  url(path: string, query?: Readonly<Record<string, QueryValue>>): URL;
}

export interface TransportOptions {
  baseUrl: string;
  /** The bearer token for the next request; undefined for none. */
  token: () => string | undefined | Promise<string | undefined>;
  fetch: typeof fetch;
  timeoutMs: number;
  retry: RetryPolicy;
  clock: Clock;
}

/** @throws TypeError `baseUrl` is no address */
export function createTransport(options: TransportOptions): Transport {
  const { clock, retry } = options;
  const base = options.baseUrl.replace(/\/+$/, "");
  if (!/^https?:$/.test(URL.canParse(base) ? new URL(base).protocol : "")) {
    throw new TypeError(`baseUrl is not an address that begins with http:// or https://: ${options.baseUrl}`);
  }

  const url: Transport["url"] = (path, query = {}) => {
    const address = new URL(base + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    return address;
  };

  async function attempt<Answer>(
    call: Call,
    headers: Headers,
    read: (response: Response) => Promise<Answer>,
  ): Promise<Answer> {
    // A signal that aborted while a token was fetched tells nobody who listens from now on.
    call.signal?.throwIfAborted();
    const limit = call.timeoutMs ?? options.timeoutMs;
    const controller = new AbortController();
    const abort = () => controller.abort(call.signal?.reason);
    call.signal?.addEventListener("abort", abort);
    const timer = new AbortController();
    let late = false;
    if (limit > 0) {
      void clock.sleep(limit, timer.signal).then(() => {
        if (timer.signal.aborted) return;
        late = true;
        controller.abort();
      });
    }
    let settled = false;
    try {
      const response = await options.fetch(url(call.path, call.query), {
        method: call.method ?? "GET",
        headers,
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        signal: controller.signal,
      });
      // The limit is for the answer to begin; how long it is, is another matter.
      timer.abort();
      if (!response.ok && !call.accept?.includes(response.status)) {
        throw await apiErrorOf(response, clock.now());
      }
      const answer = await read(response);
      settled = true;
      return answer;
    } catch (cause) {
      call.signal?.throwIfAborted();
      if (cause instanceof ApiError) throw cause;
      if (late) {
        throw new ConnectionError("timeout", `No answer within ${limit / 1000} s.`, cause);
      }
      // A body that is cut off fails otherwise: this one is somebody else's.
      const isForeign = cause instanceof SyntaxError;
      const why = isForeign ? `What answers at ${base} is not Orrery.` : `Cannot reach ${base}.`;
      throw new ConnectionError("unreachable", why, cause);
    } finally {
      timer.abort();
      if (!settled || call.keepOpen !== true) call.signal?.removeEventListener("abort", abort);
    }
  }

  const send: Transport["send"] = async (call, read) => {
    call.signal?.throwIfAborted();
    const headers = new Headers(call.headers);
    if (!headers.has("accept")) headers.set("accept", "application/json");
    if (call.body !== undefined) headers.set("content-type", "application/json");
    if (call.method !== undefined && call.method !== "GET" && call.keyless !== true) {
      headers.set("idempotency-key", call.idempotencyKey ?? crypto.randomUUID());
    }
    let token = await options.token();
    let renewed = false;
    const tries = new Tries(call.attempts ?? retry.attempts, retry, clock);
    for (;;) {
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      try {
        return await attempt(call, headers, read);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401 && !renewed) {
          renewed = true;
          const next = await options.token();
          if (next === token) throw error;
          token = next;
          continue;
        }
        const pause = tries.pauseAfter(error);
        if (pause === undefined) throw error;
        await clock.sleep(pause, call.signal);
        call.signal?.throwIfAborted();
      }
    }
  };

  return {
    clock,
    retry,
    url,
    send,
    json: (call) => send(call, (response) => response.json()),
    none: (call) =>
      send(call, async (response) => {
        await response.body?.cancel();
      }),
  };
}
