/** The last that is written of a turn: what came of it, or that this could not be kept. */
import { OrreryError } from "@orrery/protocol";
import type { ExecutionError } from "@orrery/protocol";
import { log } from "../observability/index.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { Turn } from "./turn.ts";

/** Writes the final state of a turn that is concluded; where that cannot be kept, that the turn failed for it. */
export function saveFinal(store: Pick<ExecutionStore, "finish">, { row, transcript, logged }: Turn): void {
  try {
    store.finish(row, logged);
  } catch (error) {
    row.status = "failed";
    const { restarts, asides } = transcript;
    // Readers that saw more of it than its beginning are told to drop that.
    row.outcome = { items: [], restarts: [...restarts, 1], asides, error: unkeptError(row.id, error) };
    store.finish(row, true, true);
  }
}

/** Why what came of a turn could not be kept. The turn still ends, and says so. */
function unkeptError(executionId: string, error: unknown): ExecutionError {
  // It could not be sealed.
  if (error instanceof OrreryError) return { code: error.code, message: error.message, retryable: false };
  // SQLite refuses values over 2 MB.
  log.error("turn.too-large", { executionId, error });
  return {
    code: "payload_too_large",
    message: "The turn grew too large to be kept; ask for less at once.",
    retryable: false,
  };
}
