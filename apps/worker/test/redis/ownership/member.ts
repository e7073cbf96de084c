/** An agent of a bridge, as tests begin with one. */
import type { Member } from "../../../src/applications/fuse/contract.ts";

export const memberOf = (id: string): Member => ({
  id,
  agentId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
  mode: "legacy",
  canaryPercent: 0,
  legacyChannels: "shared",
  conflicts: { "*": "object-wins" },
  confidential: false,
  agentMade: true,
  capabilities: [],
  status: "active",
  activity: "running",
  createdAt: "2026-11-20T12:00:00.000Z",
  updatedAt: "2026-11-20T12:00:00.000Z",
});
