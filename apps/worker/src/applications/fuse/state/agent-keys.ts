/** The keys of one agent in Redis. The first four are the existing system's own; the rest are ours. */
export interface AgentKeys {
  readonly state: string;
  readonly status: string;
  readonly heartbeat: string;
  readonly capabilities: string;
  /** JSON: who answers for the agent. See `migration/lease-scripts.ts`. */
  readonly owner: string;
  /** The last fencing token that was given out; it only grows. */
  readonly fence: string;
  /** The same text as the heartbeat where that is ours. */
  readonly heartbeatBy: string;
}

/**
 * Ours stand under a hash tag that is the key they belong to, and so in its slot of a cluster: one script may use both.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export const agentKeys = (fuseAgentId: string): AgentKeys => ({
  state: `agent:${fuseAgentId}:state`,
  status: `agent:${fuseAgentId}:status`,
  heartbeat: `agent:${fuseAgentId}:heartbeat`,
  capabilities: `agent:${fuseAgentId}:capabilities`,
  owner: `agent:${fuseAgentId}:owner`,
  fence: `{agent:${fuseAgentId}:owner}:fence`,
  heartbeatBy: `{agent:${fuseAgentId}:heartbeat}:by`,
});
