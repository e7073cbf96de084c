/** The last that is written of a turn: what came of it, or that this could not be kept. */
import { OrreryError } from "@orrery/protocol";
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
    const { code, message } = unkept(row.id, error);
    // Readers that saw more of it than its beginning are told to drop that.
    row.outcome = {
      items: [],
      restarts: [...restarts, 1],
      asides,
      error: { code, message, retryable: false },
    };
    store.finish(row, true, true);
  }
}

/** Why what came of a turn could not be kept. The turn still ends, and says so. */
export function unkept(executionId: string, error: unknown): OrreryError {
  // It could not be sealed.
  if (error instanceof OrreryError) return error;
  // SQLite refuses values over 2 MB.
  log.error("turn.too-large", { executionId, error });
  return new OrreryError("payload_too_large", "The turn grew too large to be kept; ask for less at once.");
}
