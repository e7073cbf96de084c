/** The keys of one agent in Redis. The first four are the existing system's own; the rest say who owns the agent. */
export interface AgentKeys {
  readonly state: string;
  readonly status: string;
  readonly heartbeat: string;
  readonly capabilities: string;
  /** JSON: who answers for the agent. See `migration/lease-scripts.ts`. */
  readonly owner: string;
  /** The last fencing token that was given out; it only grows. */
  readonly fence: string;
}

export const agentKeys = (fuseAgentId: string): AgentKeys => ({
  state: `agent:${fuseAgentId}:state`,
  status: `agent:${fuseAgentId}:status`,
  heartbeat: `agent:${fuseAgentId}:heartbeat`,
  capabilities: `agent:${fuseAgentId}:capabilities`,
  owner: `agent:${fuseAgentId}:owner`,
  fence: `agent:${fuseAgentId}:fence`,
});
