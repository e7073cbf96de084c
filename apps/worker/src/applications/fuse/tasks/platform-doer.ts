/** Steps done by the platform's agent: turns of its model, and its tools. */
import { OrreryError, valueOf } from "@orrery/protocol";
import type { Execution } from "@orrery/protocol";
import type { AgentStub } from "../../../agents/index.ts";
import { log } from "../../../observability/index.ts";
import type { Conversations } from "./conversations.ts";
import type { StepDoer, StepOutcome } from "./run-work.ts";

/** Milliseconds between attempts to reach the agent; the last one lasts until the task is stopped. */
const waits = [50, 200, 1_000, 5_000] as const;

export interface PlatformAgent {
  readonly workspaceId: string;
  /**
   * Whose keys these are: the agent's name in the existing system, since two may share one agent of ours, and which
   * time this is that it has the task: what it did of it before was stopped.
   */
  readonly keyHolder: string;
  readonly agent: Pick<AgentStub, "accept" | "callTool" | "cancel" | "execute">;
  /** Calls `work` after so many milliseconds. */
  after(milliseconds: number, work: () => void): void;
  /** Variables for the agent's prompt template. */
  variables(): Promise<Record<string, string> | undefined>;
  readonly conversations: Pick<Conversations, "session" | "keep" | "forget">;
}

/** Turns and tools of one agent for one task, of `conversation` where it is part of one. */
export function platformDoer(platform: PlatformAgent, conversation: string | null): StepDoer {
  const { workspaceId, keyHolder, agent, conversations } = platform;
  /** Steps of a plan follow one another in one session. */
  let session = conversation === null ? undefined : conversations.session(conversation);

  async function turn(order: { key: string; prompt: string; signal: AbortSignal }): Promise<StepOutcome> {
    const { key, prompt, signal } = order;
    const request = {
      input: prompt,
      sessionId: session,
      variables: await platform.variables(),
      documents: [],
      edgeLocation: "local",
      idempotency: { key: `fuse:${keyHolder}:${key}`, requestHash: "fuse" },
    };
    const cancel = async (): Promise<void> => {
      const { execution } = valueOf(await agent.accept(workspaceId, request));
      valueOf(await agent.cancel(workspaceId, execution.id));
    };
    const stopped = stoppedBy(signal, () => void cancel().catch(noteUncancelled));
    const { execution } = await Promise.race([
      patiently(signal, async () => valueOf(await agent.execute(workspaceId, request))),
      stopped.promise,
    ]).finally(() => stopped.forget());
    session = execution.sessionId;
    if (conversation !== null) conversations.keep(conversation, execution.sessionId);
    return outcomeOf(execution);
  }

  const noteUncancelled = (error: unknown): void => {
    // It has ended meanwhile, which is what was wanted.
    if (!(error instanceof OrreryError)) log.warn("fuse.turn-not-cancelled", { error });
  };

  /** Calls until there is an answer: the same key makes the second call the same as the first. */
  async function patiently<Value>(signal: AbortSignal, call: () => Promise<Value>): Promise<Value> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof OrreryError && error.code !== "rate_limited") throw error;
        log.warn("fuse.agent-not-reached", { error, attempt });
        const wait = waits[Math.min(attempt, waits.length - 1)] ?? 0;
        await new Promise<void>((resolve) => platform.after(wait, resolve));
        signal.throwIfAborted();
      }
    }
  }

  return {
    async turn(order) {
      try {
        return await turn(order);
      } catch (error) {
        if (!(error instanceof OrreryError)) throw error;
        if (error.code === "not_found" && session !== undefined) {
          // The conversation's session was deleted: it begins anew.
          session = undefined;
          if (conversation !== null) conversations.forget(conversation);
          return await this.turn(order);
        }
        return { failed: error.message, executionId: null };
      }
    },

    async tool({ key, name, input, resumed, signal }) {
      let again = resumed;
      const stopped = stoppedBy(signal, () => undefined);
      const idempotencyKey = `fuse:${keyHolder}:${key}`;
      try {
        const called = patiently(signal, async () => {
          const call = { name, input, idempotencyKey, resumed: again };
          again = true;
          return valueOf(await agent.callTool(workspaceId, call));
        });
        const outcome = await Promise.race([called, stopped.promise]).finally(() => stopped.forget());
        if ("error" in outcome) return { failed: outcome.error, executionId: null };
        return { output: outcome.output, executionId: null, costMicros: 0 };
      } catch (error) {
        if (error instanceof OrreryError) return { failed: error.message, executionId: null };
        throw error;
      }
    },
  };
}

function outcomeOf(execution: Execution): StepOutcome {
  if (execution.status === "completed") {
    return {
      output: execution.output ?? "",
      executionId: execution.id,
      costMicros: execution.usage?.costMicros ?? 0,
    };
  }
  const failed = execution.error?.message ?? "The turn was cancelled.";
  return { failed, executionId: execution.id };
}

/** Rejects when `signal` aborts, after `then` was called. */
function stoppedBy(signal: AbortSignal, then: () => void): { promise: Promise<never>; forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    then();
    reject(new DOMException("The task was stopped.", "AbortError"));
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return { promise, forget: () => signal.removeEventListener("abort", stop) };
}
