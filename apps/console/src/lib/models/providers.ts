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

/** Models by provider: providers that can be used now first, else in the catalog's order. */
export function byProvider(models: readonly Model[]): { provider: string; models: Model[] }[] {
  const groups = Map.groupBy(models, (model) => model.provider);
  const usable = (group: Model[]) => group.some((model) => model.usable);
  return [...groups]
    .map(([provider, models]) => ({ provider, models }))
    .toSorted((one, other) => Number(usable(other.models)) - Number(usable(one.models)));
}
