/**
 * Workers AI's errors, with its codes, statuses and words.
 * Source: https://developers.cloudflare.com/workers-ai/platform/errors/
 */
const statuses = {
  /** Request is missing headers or body. */
  3003: 400,
  /** Request is too large. */
  3006: 413,
  /** Request timeout. */
  3007: 408,
  /** Out of capacity. */
  3040: 429,
  /** Internal server error. */
  3043: 500,
  /** Invalid data type for base64 input. */
  5004: 400,
  /** The model does not support LoRa inference. */
  5005: 405,
  /** What the model's schema says of its inputs. */
  5006: 400,
  /** No such model, or none for the task. */
  5007: 400,
} as const;

export type AIErrorCode = keyof typeof statuses;

/** An error for the caller. The binding throws it with the code before the description. */
export class AIError extends Error {
  readonly code: AIErrorCode;

  constructor(code: AIErrorCode, description: string, options: { cause?: unknown } = {}) {
    super(description, options);
    this.name = "AiError";
    this.code = code;
  }

  get status(): number {
    return statuses[this.code];
  }

  /** In the form that the binding reads. */
  toResponse(): Response {
    const { code: internalCode, message: description, name } = this;
    return Response.json(
      { internalCode, message: `${name}: ${description}`, name, description },
      { status: this.status },
    );
  }
}

/** In the form of Cloudflare's API, which the gateway, the models list and the conversions have. */
export const apiError = (status: number, code: number, message: string): Response =>
  Response.json({ success: false, result: null, errors: [{ code, message }], messages: [] }, { status });

/** A failure that nobody foresaw, told without its stack. */
export function toResponse(error: unknown): Response {
  if (error instanceof AIError) return error.toResponse();
  const words = error instanceof Error ? error.message : String(error);
  return new AIError(3043, `Internal server error: ${words}`).toResponse();
}
