/** The closed list of error codes, their HTTP statuses, and the one error class that carries them. */
import { z } from "zod";

/** Every error code a client can meet, with the HTTP status it travels under. */
export const errorStatus = {
  invalid_request: 400,
  unauthenticated: 401,
  budget_exceeded: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  upstream_failed: 502,
  upstream_timeout: 504,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export const ErrorCode = z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]);

const titles: Record<ErrorCode, string> = {
  invalid_request: "The request is not valid",
  unauthenticated: "Authentication is required",
  budget_exceeded: "The budget does not allow this",
  forbidden: "This token may not do that",
  not_found: "Not found",
  method_not_allowed: "Method not allowed",
  conflict: "The request conflicts with the present state",
  payload_too_large: "The request is too large",
  unsupported_media_type: "Unsupported media type",
  idempotency_mismatch: "The idempotency key was used with another request",
  rate_limited: "Too many requests",
  internal: "Something went wrong on our side",
  upstream_failed: "A model provider failed",
  upstream_timeout: "A model provider did not answer in time",
};

/** One thing wrong with a request: where (a JSON path such as `temperature` or `tools.0`) and what. */
export const FieldError = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** RFC 9457 problem details, as every failed request is answered. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: ErrorCode,
    detail: z.string(),
    instance: z.string(),
    errors: z.array(FieldError).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details." });
export type Problem = z.infer<typeof Problem>;

export interface OrreryErrorOptions {
  /**
   * 422 instead of 400, for a request that is well formed and means something impossible; 412 instead of 409, for one
   * whose `If-Match` names another state.
   */
  status?: 400 | 412 | 422;
  errors?: FieldError[];
  /** Seconds until the same request may succeed. */
  retryAfter?: number;
  cause?: unknown;
}

/**
 * The error of this platform: a closed code, and a `message` that may be shown to the caller.
 * Anything else that is thrown is a defect of ours and reaches the caller as `internal`, without words.
 */
export class OrreryError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: OrreryErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "OrreryError";
    this.code = code;
    this.status = options.status ?? errorStatus[code];
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
  }

  /** The wire form. `instance` is the path of the request that failed. */
  toProblem(instance: string): Problem {
    return {
      type: `urn:orrery:error:${this.code}`,
      title: titles[this.code],
      status: this.status,
      code: this.code,
      detail: this.message,
      instance,
      ...(this.errors && { errors: this.errors }),
    };
  }
}
