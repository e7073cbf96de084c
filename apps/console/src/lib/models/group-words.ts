/** How the models of a provider stand, in words. */
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";
import { count, countOf } from "#lib/formatting/quantities.ts";
import { sentence } from "#lib/formatting/sentence.ts";
import type { ProviderGroup } from "./providers.ts";

/** What of them works now. Nobody is told that a stand-in is ready to be what it is named for. */
export function groupState({ models, usable, standIns }: ProviderGroup): {
  label: string;
  variant: BadgeVariant;
} {
  if (usable === 0) return { label: "Not set up", variant: "neutral" };
  const whole = usable === models.length;
  if (standIns) {
    const by = models.some((model) => model.extractive) ? "offline" : "by a model server";
    return {
      label: whole ? `Answered ${by}` : `${count(usable)} of ${count(models.length)} answered ${by}`,
      variant: "neutral",
    };
  }
  return {
    label: whole ? "Ready" : `${count(usable)} of ${countOf(models.length, "model")} ready`,
    variant: "success",
  };
}

/** Why none of them can be used, where all have the same reason. */
export function sharedReason({ models, usable }: ProviderGroup): string | null {
  const [reason, ...others] = new Set(models.map((model) => model.reason));
  return usable === 0 && reason && others.length === 0 ? sentence(reason) : null;
}

/** What stands in for Workers AI, and what it is good for; null for models that are what they are named for. */
export function whatStandsIn({ models, usable, standIns }: ProviderGroup): string | null {
  if (!standIns || usable === 0) return null;
  return models.some((model) => model.extractive)
    ? "None of these is the model it is named after. The offline models answer instead, mostly by quoting, so that agents made for Cloudflare can be tried here."
    : "None of these is the model it is named after. A model server on this machine answers with its closest model, and the offline models where it has none, so that agents made for Cloudflare can be tried here.";
}
