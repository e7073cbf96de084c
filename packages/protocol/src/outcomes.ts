/** Answers of an object: errors cross RPC as values, since classes do not survive it. */
import { OrreryError } from "./errors.ts";
import type { ErrorCode, FieldError } from "./errors.ts";

/** An {@link OrreryError} as a value. */
interface Refusal {
  code: ErrorCode;
  message: string;
  status: number;
  errors?: FieldError[];
  retryAfter?: number;
}

export type Outcome<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal };

/** Runs `work`; an {@link OrreryError} becomes a value, anything else is thrown on. */
export async function outcomeOf<Value>(work: () => Value | Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof OrreryError)) throw error;
    const { code, message, status, errors, retryAfter } = error;
    return {
      ok: false,
      refusal: {
        code,
        message,
        status,
        ...(errors && { errors }),
        ...(retryAfter !== undefined && { retryAfter }),
      },
    };
  }
}

/** The value, or the error it stands for. @throws OrreryError */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  const { code, message, status, errors, retryAfter } = outcome.refusal;
  throw new OrreryError(code, message, {
    ...((status === 412 || status === 422) && { status }),
    ...(errors && { errors }),
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
