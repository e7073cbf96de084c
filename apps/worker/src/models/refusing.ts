/** Failures of models, as the API has them. */
import { OrreryError } from "@orrery/protocol";
import { ModelError } from "./contract.ts";

/** Does `work`. @throws OrreryError where it throws a {@link ModelError} */
export async function refusing<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new OrreryError(error.code, error.message, {
      ...(error.code === "invalid_request" && { status: 422 }),
      ...(error.retryAfterMs !== undefined && { retryAfter: Math.ceil(error.retryAfterMs / 1_000) }),
      cause: error,
    });
  }
}
