import type { ExecutionStatus } from "@orrery/protocol";

/** What a list of executions can be narrowed to. */
export const statusOptions: readonly { value: ExecutionStatus | "all"; label: string }[] = [
  { value: "all", label: "Any status" },
  { value: "running", label: "Running" },
  { value: "waiting", label: "Waiting" },
  { value: "pending", label: "Pending" },
  { value: "completed", label: "Completed" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Stopped" },
];
