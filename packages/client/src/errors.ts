import type { ErrorCode, FieldError, Problem } from "@orrery/protocol";

/** What the server answered when it refused a request: RFC 9457 problem details, as an error. */
export class ApiError extends Error {
  /** The platform's closed list; `unknown` where something between client and platform answered. */
  readonly code: ErrorCode | "unknown";
  readonly status: number;
  /** A sentence that may be shown to whoever made the request. */
  readonly detail: string;
  /** What is wrong with which field of the request. */
  readonly errors: readonly FieldError[];
  /** Seconds until the same request may succeed. */
  readonly retryAfter: number | undefined;
  /** By which the server's log knows this request. */
  readonly requestId: string | undefined;

  constructor(
    problem: Pick<Problem, "status" | "detail"> & {
      code: ErrorCode | "unknown";
      errors?: readonly FieldError[] | undefined;
    },
    headers: { retryAfter?: number | undefined; requestId?: string | undefined } = {},
  ) {
    super(problem.detail);
    this.name = "ApiError";
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.retryAfter = headers.retryAfter;
    this.requestId = headers.requestId;
  }
}

/** No answer came: the server cannot be reached, the line broke, or the time was up. */
export class ConnectionError extends Error {
  readonly reason: "unreachable" | "timeout" | "interrupted";

  constructor(reason: ConnectionError["reason"], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ConnectionError";
    this.reason = reason;
  }
}

/** The statuses whose code is certain even where the body says nothing. */
const codeOfStatus: Partial<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "unauthenticated",
  402: "budget_exceeded",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "payload_too_large",
  415: "unsupported_media_type",
  422: "invalid_request",
  429: "rate_limited",
  500: "internal",
  504: "upstream_timeout",
};

/** `Retry-After` in seconds; the header holds seconds or an HTTP date (RFC 9110 §10.2.3). */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Reads a refused response, whatever its body is. Never throws for a body that cannot be read. */
export async function apiErrorOf(response: Response, now: number): Promise<ApiError> {
  const headers = {
    retryAfter: retryAfterOf(response.headers, now),
    requestId: response.headers.get("x-request-id") ?? response.headers.get("cf-ray") ?? undefined,
  };
  const problem = await readProblem(response);
  return new ApiError(
    {
      status: response.status,
      code: problem?.code ?? codeOfStatus[response.status] ?? "unknown",
      detail: problem?.detail ?? `The server answered ${response.status} without an explanation.`,
      errors: problem?.errors,
    },
    headers,
  );
}

async function readProblem(response: Response): Promise<Partial<Problem> | undefined> {
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    return undefined;
  }
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    // A truncated or malformed body explains nothing; the status still does.
    return undefined;
  }
}
