import type { Model } from "@orrery/protocol";

const names: Record<string, string> = {
  offline: "Offline",
  openai: "OpenAI",
  anthropic: "Anthropic",
  google: "Google",
  "workers-ai": "Workers AI",
  ollama: "Ollama",
  lmstudio: "LM Studio",
  llamacpp: "llama.cpp",
  vllm: "vLLM",
};

export const providerName = (provider: string): string => names[provider] ?? provider;

/**
 * Whether something on this machine answers in the name of a model of Workers AI: the platform marks its name, and
 * Cloudflare's own models never just quote.
 */
export const isStandIn = ({ provider, name, extractive }: Model): boolean =>
  provider === "workers-ai" && (extractive || name.endsWith("(stand-in)"));

/** The models of a provider. */
export interface ProviderGroup {
  provider: string;
  title: string;
  models: Model[];
  /** How many of them can be used now. */
  usable: number;
  /** Whether they are none of the provider's own: Workers AI is Cloudflare's, or stood in for, as a whole. */
  standIns: boolean;
}

/** What comes first: what can be used now, then what stands in for something else, then what is not set up. */
const rank = ({ usable, standIns }: ProviderGroup): number => (usable === 0 ? 2 : standIns ? 1 : 0);

/** Models by provider, the most useful first, else in the catalog's order. */
export function byProvider(models: readonly Model[]): ProviderGroup[] {
  return [...Map.groupBy(models, (model) => model.provider)]
    .map(([provider, models]) => {
      const standIns = models.some(isStandIn);
      return {
        provider,
        title: standIns ? "Workers AI on this machine: stand-ins" : providerName(provider),
        models,
        usable: models.filter((model) => model.usable).length,
        standIns,
      };
    })
    .toSorted((one, other) => rank(one) - rank(other));
}
