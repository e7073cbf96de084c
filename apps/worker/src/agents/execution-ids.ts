/** The ids that an agent gives to its executions. */
import { executionIdAfter, newExecutionId } from "@orrery/protocol";

/** Ids that never go back, though the clock may have done so while nobody was here. */
export class ExecutionIds {
  /** The last that was given, or that was found to be there. */
  #newest = "";

  get newest(): string {
    return this.#newest;
  }

  /** There is an execution with this id. */
  seen(id: string): void {
    if (id > this.#newest) this.#newest = id;
  }

  /** An id for an execution of `agentId`, after all that are known and after `floor`. */
  next(agentId: string, floor: string, now: number): string {
    this.seen(floor);
    const id = newExecutionId(agentId, now);
    this.#newest = id > this.#newest ? id : executionIdAfter(this.#newest);
    return this.#newest;
  }
}
