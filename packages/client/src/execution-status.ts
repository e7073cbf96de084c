import type { ExecutionStatus } from "@orrery/protocol";

/** Whether an execution with this status will not change any more. */
export const isFinalStatus = (status: ExecutionStatus): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";
