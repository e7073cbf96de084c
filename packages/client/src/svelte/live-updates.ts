import type { LiveEvent } from "@orrery/protocol";
import type { OrreryClient } from "../client.ts";
import type { ConnectionStatus } from "../events.ts";

/** Milliseconds for which changes are gathered before they are read: events come in bursts. */
const gatherMs = 120;

/** What changed since the last time, by id. `everything` after a time in which events were missed. */
export interface Changes {
  agents: Set<string>;
  deletedAgents: Set<string>;
  executions: Set<string>;
  everything: boolean;
}

const none = (): Changes => ({
  agents: new Set(),
  deletedAgents: new Set(),
  executions: new Set(),
  everything: false,
});

const types = [
  "agent.created",
  "agent.updated",
  "agent.deleted",
  "execution.started",
  "execution.completed",
  "execution.failed",
  "execution.cancelled",
] as const;

/**
 * Follows the workspace's events and hands their changes on in batches, until `signal` aborts.
 * Every new connection counts as `everything`: the first one has no past to resume from, and a platform
 * that was killed may have lost the news of its last moments.
 * @throws ApiError the server refuses the subscription
 */
export async function followChanges(
  client: OrreryClient,
  options: {
    signal: AbortSignal;
    onStatus: (status: ConnectionStatus) => void;
    apply: (changes: Changes) => Promise<void>;
  },
): Promise<void> {
  let changes = none();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    const gathered = changes;
    changes = none();
    void options.apply(gathered);
  };
  const schedule = () => {
    timer ??= setTimeout(flush, gatherMs);
  };

  const events = client.events.subscribe({
    types,
    signal: options.signal,
    onStatus: (status) => {
      options.onStatus(status);
      if (status !== "open") return;
      changes.everything = true;
      schedule();
    },
  });
  try {
    for await (const event of events) {
      note(changes, event);
      schedule();
    }
  } finally {
    clearTimeout(timer);
  }
}

function note(changes: Changes, event: LiveEvent | { type: "gap" }): void {
  if (event.type === "gap") {
    changes.everything = true;
    return;
  }
  if (event.type === "agent.deleted") {
    if (event.agentId !== undefined) changes.deletedAgents.add(event.agentId);
    return;
  }
  if (event.executionId !== undefined) changes.executions.add(event.executionId);
  // A finished execution changes its agent's metrics too.
  if (event.agentId !== undefined && event.type !== "execution.started") changes.agents.add(event.agentId);
}
