/** Tasks in words. */
import type { FusePriority, FuseTask, FuseTaskStatus } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";

export const taskLooks: Record<FuseTaskStatus, { label: string; variant: BadgeVariant; live?: true }> = {
  queued: { label: "Queued", variant: "neutral", live: true },
  running: { label: "Running", variant: "brand", live: true },
  completed: { label: "Completed", variant: "success" },
  failed: { label: "Failed", variant: "destructive" },
  cancelled: { label: "Cancelled", variant: "neutral" },
  "handed-back": { label: "Handed back", variant: "info" },
};

/** What a list of tasks can be narrowed to. */
export const taskStatusOptions: readonly { value: FuseTaskStatus | "all"; label: string }[] = [
  { value: "all", label: "Any status" },
  ...(Object.keys(taskLooks) as FuseTaskStatus[]).map((value) => ({ value, label: taskLooks[value].label })),
];

export const priorityNames: Record<FusePriority, string> = { LOW: "Low", MEDIUM: "Medium", HIGH: "High" };

/** Whether a task can still be stopped. */
export const isOpen = ({ status }: Pick<FuseTask, "status">): boolean =>
  status === "queued" || status === "running";

/** Milliseconds from its acceptance to its end; undefined while it goes on. */
export const tookMs = ({
  acceptedAt,
  endedAt,
}: Pick<FuseTask, "acceptedAt" | "endedAt">): number | undefined =>
  endedAt === null ? undefined : Math.max(0, Date.parse(endedAt) - Date.parse(acceptedAt));
