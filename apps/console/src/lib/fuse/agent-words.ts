/** An agent of the New Fuse in words. */
import type { ConflictPolicy, FuseAgent } from "@orrery/protocol";

export const activityWords: Record<FuseAgent["activity"], string> = {
  running: "Accepting tasks.",
  paused: "Paused: accepting no new tasks.",
  draining: "Draining: finishing its tasks, accepting no more.",
};

export const conflictNames: Record<ConflictPolicy, string> = {
  "object-wins": "Orrery wins",
  merge: "merge both",
  "redis-wins": "Redis wins",
};
