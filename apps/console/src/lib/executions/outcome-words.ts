/** What became of a call to a provider, in words. */
import type { ModelCall } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";

export const outcomeWords: Record<ModelCall["outcome"], { label: string; variant: BadgeVariant }> = {
  completed: { label: "Completed", variant: "success" },
  failed: { label: "Failed", variant: "destructive" },
  cancelled: { label: "Stopped", variant: "neutral" },
  cached: { label: "From cache", variant: "info" },
};
