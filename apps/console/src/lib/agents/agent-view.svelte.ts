import { ApiError, type Agents } from "@orrery/client";
import type { Agent } from "@orrery/protocol";
import { createContext } from "svelte";
import { listen, type EventSource } from "#lib/platform/live-events.ts";
import { throttle } from "#lib/platform/throttle.ts";

/** Milliseconds between two readings while events come one after another. */
const heardMs = 1_000;

/** One agent on show, kept in step with the platform. */
export class AgentView {
  readonly id: string;
  agent = $state.raw<Agent>();
  error = $state.raw<unknown>();
  readonly #agents: Pick<Agents, "get">;

  /** @param known the agent as a list already has it */
  constructor(id: string, agents: Pick<Agents, "get">, known?: Agent) {
    this.id = id;
    this.#agents = agents;
    this.agent = known;
  }

  /** Reads the agent and follows its changes until the returned function is called. */
  follow(events: EventSource): () => void {
    const controller = new AbortController();
    const { signal } = controller;
    void this.load(signal);
    const heard = throttle(() => void this.load(signal), heardMs);
    const stopListening = listen(events, {
      types: [
        "agent.updated",
        "agent.deleted",
        "execution.completed",
        "execution.failed",
        "execution.cancelled",
      ],
      onevent: ({ agentId }) => {
        if (agentId === this.id) heard.ask();
      },
      onmissed: heard.ask,
    });
    return () => {
      controller.abort();
      stopListening();
      heard.stop();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    try {
      this.agent = await this.#agents.get(this.id, { signal });
      this.error = undefined;
    } catch (error) {
      if (signal?.aborted) return;
      this.error = error;
      if (error instanceof ApiError && error.status === 404) this.agent = undefined;
    }
  }
}

/** The agent that the page is about. */
export const [agentOnShow, showAgent] = createContext<() => AgentView>();
