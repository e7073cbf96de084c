import type { Agent } from "@orrery/protocol";
import { createContext } from "svelte";
import { platform } from "#lib/platform/platform.ts";
import { workspace } from "#lib/platform/workspace.ts";

/** One agent on show, kept in step with the platform. */
export class AgentView {
  readonly id: string;
  agent = $state.raw<Agent>();
  error = $state.raw<unknown>();

  constructor(id: string) {
    this.id = id;
  }

  /** Reads the agent and follows its changes until the returned function is called. */
  follow(): () => void {
    const controller = new AbortController();
    void this.load(controller.signal);
    const unsubscribe = workspace.agents.subscribe((agents) => {
      const found = agents.find((agent) => agent.id === this.id);
      if (found) this.agent = found;
    });
    return () => {
      controller.abort();
      unsubscribe();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    this.error = undefined;
    try {
      this.agent = await platform.agents.get(this.id, { signal });
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }
}

/** The agent that the page is about. */
export const [agentOnShow, showAgent] = createContext<() => AgentView>();
