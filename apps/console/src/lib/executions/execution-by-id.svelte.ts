import type { Executions } from "@orrery/client";
import { Id, type Execution } from "@orrery/protocol";
import { inputText } from "./input-text.ts";

/** The execution whose id one has at hand, to go to it. */
export class ExecutionById {
  found = $state.raw<{ id: string; words: string }>();
  looking = $state(false);
  readonly #executions: Pick<Executions, "get">;

  constructor(executions: Pick<Executions, "get">) {
    this.#executions = executions;
  }

  /** Looks for it, where this is an id at all, until the returned function is called. */
  look(text: string): () => void {
    const id = Id.safeParse(text.trim());
    const controller = new AbortController();
    this.found = undefined;
    this.looking = id.success;
    if (id.success) void this.#read(id.data, controller.signal);
    return () => controller.abort();
  }

  async #read(id: string, signal: AbortSignal): Promise<void> {
    let execution: Execution | undefined;
    try {
      execution = await this.#executions.get(id, { signal });
    } catch {
      // It is an agent's id then, or nothing's.
    }
    if (signal.aborted) return;
    this.found = execution && { id, words: inputText(execution) || "Execution" };
    this.looking = false;
  }
}
