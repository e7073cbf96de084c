import type { FuseAgent } from "@orrery/protocol";

/** An agent of the New Fuse for tests: in `legacy` mode, with nothing done yet. */
export const fuseAgent = (changes: Partial<FuseAgent> = {}): FuseAgent => ({
  id: "writer",
  bridgeId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
  agentId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a88",
  mode: "legacy",
  canaryPercent: 0,
  legacyChannels: "shared",
  migrating: false,
  state: {
    id: "writer",
    status: "active",
    capabilities: ["letters"],
    metrics: { requestsHandled: 0, lastActive: null },
  },
  activity: "running",
  conflicts: { "*": "object-wins" },
  lease: null,
  legacyAlive: null,
  stateProblem: null,
  tasks: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  shadow: { compared: 0, different: 0, legacyMs: null, orreryMs: null, costMicros: 0 },
  flags: {},
  createdAt: "2026-11-20T12:00:00.000Z",
  updatedAt: "2026-11-20T12:00:00.000Z",
  ...changes,
});
