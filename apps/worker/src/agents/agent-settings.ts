/** What an agent's object knows of itself. */
import { timestamp } from "@orrery/protocol";
import type { Agent } from "@orrery/protocol";

/** An agent without what its work changes. */
export type AgentSettings = Omit<Agent, "metrics">;

/** The agent's record in its object's key-value storage. */
export interface AgentRecord {
  workspaceId: string;
  settings: AgentSettings;
  /** Made for one turn: in no list, no event and no index, and removed by itself when the turn is over. */
  ephemeral?: true;
  /** Grows with every change, so that an older copy never replaces a newer one in the index. */
  version: number;
  /** The system prompt of a confidential agent, which is not among its settings on disk. */
  sealedPrompt?: Uint8Array;
}

/** An agent, and which state of its settings that is. */
export interface VersionedAgent {
  agent: Agent;
  version: number;
}

/** What changes with every turn, kept apart so that a turn writes little. */
export interface WorkRecord {
  /** No execution before this id is anything but final: after a crash, those from here on are looked at. */
  openSince: string;
  /** Ids of executions whose newest state the index may not have; on disk, those not final may be missing. */
  unindexed: string[];
  /** Set where there were too many to be named: the index may not have any execution from this id on. */
  unindexedSince?: string | undefined;
  /** Ids of executions that are no more, and that the index may still have. */
  removed?: string[] | undefined;
  /** Whether the index may not have the newest settings. */
  settingsUnindexed: boolean;
  requestsHandled: number;
  lastActiveAt: number | null;
}

/** Executions named in the record, which is written with each turn; beyond, all from one on are meant. */
const namedLimit = 1_000;

/** What changes in `work` as an execution gets ahead of the index. */
export function unindexedToo(work: WorkRecord, id: string): Partial<WorkRecord> {
  const { unindexed, unindexedSince } = work;
  if ((unindexedSince !== undefined && unindexedSince <= id) || unindexed.includes(id)) return {};
  if (unindexed.length < namedLimit) return { unindexed: [...unindexed, id] };
  const oldest = unindexed.reduce((first, other) => (other < first ? other : first), id);
  return {
    unindexed: [],
    unindexedSince: unindexedSince === undefined || oldest < unindexedSince ? oldest : unindexedSince,
  };
}

export const noWork: WorkRecord = {
  openSince: "",
  unindexed: [],
  settingsUnindexed: false,
  requestsHandled: 0,
  lastActiveAt: null,
};

export function agentOf({ settings }: AgentRecord, work: WorkRecord): Agent {
  return {
    ...settings,
    metrics: {
      requestsHandled: work.requestsHandled,
      lastActive: work.lastActiveAt === null ? null : timestamp(work.lastActiveAt),
    },
  };
}
