/** An agent of the New Fuse in words. */
import type { ConflictPolicy, FuseAgent } from "@orrery/protocol";

export const activityWords: Record<FuseAgent["activity"], string> = {
  running: "Takes tasks.",
  paused: "Paused: takes no new tasks.",
  draining: "Draining: ends the tasks it has, and takes no more.",
};

export const conflictNames: Record<ConflictPolicy, string> = {
  "object-wins": "Orrery's holds",
  merge: "both are merged",
  "redis-wins": "Redis' holds",
};
