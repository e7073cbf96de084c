import { isFinal, type Execution } from "@orrery/protocol";
import { platform } from "#lib/platform/platform.ts";
import { workspace } from "#lib/platform/workspace.ts";

/** One execution on show: read once, and then anew with every step until it is final. */
export class ExecutionView {
  readonly id: string;
  execution = $state.raw<Execution>();
  error = $state.raw<unknown>();
  /** The answer as it comes, ahead of what the execution's record says. */
  streamed = $state("");

  constructor(id: string) {
    this.id = id;
  }

  /** Reads and follows until the returned function is called. */
  follow(): () => void {
    const controller = new AbortController();
    void this.#run(controller.signal);
    return () => controller.abort();
  }

  /** Asks the platform to stop it. @throws ApiError, ConnectionError */
  async cancel(): Promise<void> {
    this.execution = await platform.executions.cancel(this.id);
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.error = undefined;
    try {
      this.execution = await platform.executions.get(this.id, { signal });
      if (isFinal(this.execution.status)) return;
      const turn = await workspace.followExecution(this.id);
      if (signal.aborted) return turn.leave();
      signal.addEventListener("abort", () => turn.leave());
      let tools = 0;
      const unsubscribe = turn.message.subscribe(({ parts }) => {
        this.streamed = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
        // A tool call that began or ended changes the record.
        const now = parts.filter((part) => part.type.startsWith("tool-")).length;
        if (now !== tools) void this.#read(signal);
        tools = now;
      });
      try {
        this.execution = await turn.finished;
      } finally {
        unsubscribe();
      }
    } catch (error) {
      if (!signal.aborted) this.error = error;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      const execution = await platform.executions.get(this.id, { signal });
      if (!this.execution || !isFinal(this.execution.status)) this.execution = execution;
    } catch {
      // The stream goes on, and its end brings the whole record.
    }
  }
}
