/** An agent of the New Fuse in words. */
import type { ConflictPolicy, FuseAgent } from "@orrery/protocol";

const activityWords: Record<FuseAgent["activity"], string> = {
  running: "Accepting tasks.",
  paused: "Paused: accepting no new tasks.",
  draining: "Draining: finishing its tasks, accepting no more.",
};

/** What it does with new tasks. */
export const activityOf = ({ mode, activity }: FuseAgent): string =>
  mode === "legacy" && activity === "running"
    ? "Leaving its tasks to the existing agent."
    : activityWords[activity];

export const conflictNames: Record<ConflictPolicy, string> = {
  "object-wins": "Orrery wins",
  merge: "merge both",
  "redis-wins": "Redis wins",
};
