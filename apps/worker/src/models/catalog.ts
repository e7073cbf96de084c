/**
 * The models that Orrery knows by heart, reviewed by hand on 2026-11-20. Others are still usable: any name
 * under a provider with a key, and any name under a model server of yours.
 *
 * Prices are the standard rates for short prompts, without discounts for caching or batches; null where
 * they could not be confirmed. Sources:
 * https://developers.openai.com/api/docs/pricing · https://platform.claude.com/docs/en/models/overview ·
 * https://ai.google.dev/gemini-api/docs/pricing ·
 * https://developers.cloudflare.com/workers-ai/platform/pricing/
 */
import type { ModelKind } from "@orrery/protocol";
import type { Price } from "./cost.ts";

export interface CatalogEntry {
  provider: string;
  /** The provider's own name for it. With `provider/` before it, this is its id here. */
  model: string;
  name: string;
  kind: ModelKind;
  aliases: readonly string[];
  contextTokens: number | null;
  maxOutputTokens: number | null;
  price: Price | null;
  tools: boolean;
  vision: boolean;
  reasoning: boolean;
}

type Feature = "tools" | "vision" | "reasoning";

/** Thousands of tokens. */
interface Limits {
  context: number;
  output?: number;
}

/** Dollars for a million tokens, as the price lists have them. */
const dollars = (input: number, output: number): Price => ({
  inputMicros: Math.round(input * 1_000_000),
  outputMicros: Math.round(output * 1_000_000),
});

function entry(
  provider: string,
  model: string,
  name: string,
  limits: Limits | null,
  price: Price | null,
  features: readonly Feature[],
  aliases: readonly string[] = [],
): CatalogEntry {
  return {
    provider,
    model,
    name,
    kind: "text",
    aliases,
    contextTokens: limits === null ? null : limits.context * 1000,
    maxOutputTokens: limits?.output === undefined ? null : limits.output * 1000,
    price,
    tools: features.includes("tools"),
    vision: features.includes("vision"),
    reasoning: features.includes("reasoning"),
  };
}

/** An embedding model reads and writes no text: its output costs nothing. */
const embedding = (
  provider: string,
  model: string,
  name: string,
  context: number,
  input: number,
  aliases: readonly string[] = [],
): CatalogEntry => ({
  ...entry(provider, model, name, { context }, dollars(input, 0), [], aliases),
  kind: "embedding",
});

const all: readonly Feature[] = ["tools", "vision", "reasoning"];
const talker: readonly Feature[] = ["tools", "vision"];
const thinker: readonly Feature[] = ["tools", "reasoning"];

/** Calling tools, these two need OpenAI's Responses API, which is not spoken here. */
const withoutTools: readonly Feature[] = ["vision", "reasoning"];

export const catalog: readonly CatalogEntry[] = [
  entry("openai", "gpt-6.1-sol", "GPT-6.1 Sol", { context: 1050, output: 128 }, dollars(2, 10), withoutTools),
  entry(
    "openai",
    "gpt-6.1-terra",
    "GPT-6.1 Terra",
    { context: 1050, output: 128 },
    dollars(1, 5),
    withoutTools,
  ),
  entry("openai", "gpt-6-sol", "GPT-6 Sol", { context: 1050, output: 128 }, dollars(2, 10), all),
  entry("openai", "gpt-6-luna", "GPT-6 Luna", { context: 1050, output: 128 }, dollars(0.1, 0.5), all),
  entry("openai", "gpt-5.6-terra", "GPT-5.6 Terra", { context: 1050, output: 128 }, dollars(2, 12), all),
  entry("openai", "gpt-5.6-luna", "GPT-5.6 Luna", { context: 1050, output: 128 }, dollars(0.2, 1.2), all),
  entry("openai", "gpt-5.5", "GPT-5.5", { context: 1050, output: 128 }, dollars(5, 30), all),
  entry("openai", "gpt-5.4", "GPT-5.4", { context: 1050, output: 128 }, dollars(2.5, 15), all),
  entry("openai", "gpt-5.4-mini", "GPT-5.4 mini", { context: 400, output: 128 }, dollars(0.75, 4.5), all),
  entry("openai", "gpt-5.1", "GPT-5.1", { context: 400, output: 128 }, dollars(1.25, 10), all),
  entry("openai", "gpt-5", "GPT-5", { context: 400, output: 128 }, dollars(1.25, 10), all),
  entry("openai", "gpt-5-mini", "GPT-5 mini", { context: 400, output: 128 }, dollars(0.25, 2), all),
  entry("openai", "gpt-5-nano", "GPT-5 nano", { context: 400, output: 128 }, dollars(0.05, 0.4), all),
  entry("openai", "gpt-4.1", "GPT-4.1", { context: 1047.576, output: 32.768 }, dollars(2, 8), talker),
  entry(
    "openai",
    "gpt-4.1-mini",
    "GPT-4.1 mini",
    { context: 1047.576, output: 32.768 },
    dollars(0.4, 1.6),
    talker,
  ),
  entry("openai", "gpt-4o", "GPT-4o", { context: 128, output: 16.384 }, dollars(2.5, 10), talker),
  entry("openai", "gpt-4o-mini", "GPT-4o mini", { context: 128, output: 16.384 }, dollars(0.15, 0.6), talker),
  embedding("openai", "text-embedding-3-small", "Text Embedding 3 small", 8.191, 0.02),
  embedding("openai", "text-embedding-3-large", "Text Embedding 3 large", 8.191, 0.13),

  entry(
    "anthropic",
    "claude-opus-5-5",
    "Claude Opus 5.5",
    { context: 1000, output: 128 },
    dollars(4, 20),
    all,
  ),
  entry(
    "anthropic",
    "claude-sonnet-5-5",
    "Claude Sonnet 5.5",
    { context: 1000, output: 128 },
    dollars(2, 10),
    all,
  ),
  // The rate for prompts up to 100,000 tokens; longer ones cost five times as much.
  entry(
    "anthropic",
    "claude-haiku-5-5",
    "Claude Haiku 5.5",
    { context: 1000, output: 128 },
    dollars(0.1, 0.5),
    all,
  ),
  entry(
    "anthropic",
    "claude-fable-5-2",
    "Claude Fable 5.2",
    { context: 1000, output: 128 },
    dollars(8, 40),
    all,
  ),
  entry("anthropic", "claude-opus-5", "Claude Opus 5", { context: 1000, output: 128 }, dollars(5, 25), all),
  entry(
    "anthropic",
    "claude-sonnet-5",
    "Claude Sonnet 5",
    { context: 1000, output: 128 },
    dollars(2, 10),
    all,
  ),
  entry(
    "anthropic",
    "claude-haiku-4-5",
    "Claude Haiku 4.5",
    { context: 200, output: 64 },
    dollars(1, 5),
    all,
    ["anthropic/claude-haiku-4-5-20251001"],
  ),

  entry("google", "gemini-4-argon", "Gemini 4 Argon", { context: 1048.576, output: 32.768 }, null, all),
  entry(
    "google",
    "gemini-3.8-flash",
    "Gemini 3.8 Flash",
    { context: 1048.576, output: 65.536 },
    dollars(0.75, 3.75),
    all,
  ),
  entry(
    "google",
    "gemini-3.5-flash",
    "Gemini 3.5 Flash",
    { context: 1048.576, output: 65.536 },
    dollars(1.5, 9),
    all,
  ),
  entry(
    "google",
    "gemini-3.1-flash-lite",
    "Gemini 3.1 Flash-Lite",
    { context: 1048.576, output: 65.536 },
    dollars(0.25, 1.5),
    all,
  ),
  entry(
    "google",
    "gemini-2.5-pro",
    "Gemini 2.5 Pro",
    { context: 1048.576, output: 65.536 },
    dollars(1.25, 10),
    all,
  ),
  entry(
    "google",
    "gemini-2.5-flash",
    "Gemini 2.5 Flash",
    { context: 1048.576, output: 65.536 },
    dollars(0.3, 2.5),
    all,
  ),
  entry(
    "google",
    "gemini-2.5-flash-lite",
    "Gemini 2.5 Flash-Lite",
    { context: 1048.576, output: 65.536 },
    dollars(0.1, 0.4),
    all,
  ),

  // The six names of existing assistants clients stand for models that Workers AI has retired; each
  // resolves to the nearest one it serves now.
  entry(
    "workers-ai",
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    "Llama 3.3 70B",
    { context: 24 },
    dollars(0.293, 2.253),
    ["tools"],
    ["Llama2_13b"],
  ),
  entry(
    "workers-ai",
    "@cf/meta/llama-4-scout-17b-16e-instruct",
    "Llama 4 Scout 17B",
    { context: 131 },
    dollars(0.27, 0.85),
    talker,
    ["Llama2_7b"],
  ),
  entry(
    "workers-ai",
    "@cf/mistralai/mistral-small-3.1-24b-instruct",
    "Mistral Small 3.1 24B",
    { context: 128 },
    dollars(0.351, 0.555),
    talker,
    ["Mistral_7b"],
  ),
  entry(
    "workers-ai",
    "@cf/qwen/qwen3-30b-a3b-fp8",
    "Qwen3 30B A3B",
    { context: 32.768 },
    dollars(0.0509, 0.335),
    thinker,
    ["CodeLlama_7b", "SqlCoder_7b"],
  ),
  entry(
    "workers-ai",
    "@cf/openai/gpt-oss-120b",
    "GPT-OSS 120B",
    { context: 128 },
    dollars(0.35, 0.75),
    thinker,
  ),
  entry("workers-ai", "@cf/openai/gpt-oss-20b", "GPT-OSS 20B", { context: 128 }, dollars(0.2, 0.3), thinker),
  entry(
    "workers-ai",
    "@cf/zai-org/glm-4.7-flash",
    "GLM-4.7 Flash",
    { context: 131.072 },
    dollars(0.0605, 0.4),
    thinker,
  ),
  entry(
    "workers-ai",
    "@cf/google/gemma-4-26b-a4b-it",
    "Gemma 4 26B A4B",
    { context: 256 },
    dollars(0.1, 0.3),
    all,
  ),
  entry("workers-ai", "@cf/moonshotai/kimi-k2.6", "Kimi K2.6", { context: 262.144 }, dollars(0.95, 4), all),
  embedding("workers-ai", "@cf/baai/bge-base-en-v1.5", "BGE base (English)", 0.512, 0.067, ["TextEmbedding"]),
  embedding("workers-ai", "@cf/baai/bge-m3", "BGE M3", 60, 0.012),

  // It quotes what it is given, so it takes as much as fits in memory; it costs nothing.
  entry("offline", "extract", "Offline extracts", null, dollars(0, 0), ["tools"]),
];

/** How `auto` and its kin choose: the first usable one. `offline/extract` ends each list, so one always is. */
export const preferences: Readonly<Record<string, readonly string[]>> = {
  auto: [
    "anthropic/claude-sonnet-5-5",
    "openai/gpt-6-sol",
    "google/gemini-3.8-flash",
    "servers",
    "workers-ai/@cf/openai/gpt-oss-120b",
    "offline/extract",
  ],
  "auto:fast": [
    "google/gemini-3.1-flash-lite",
    "openai/gpt-6-luna",
    "anthropic/claude-haiku-5-5",
    "servers",
    "workers-ai/@cf/zai-org/glm-4.7-flash",
    "offline/extract",
  ],
  "auto:cheap": [
    "servers",
    "google/gemini-2.5-flash-lite",
    "openai/gpt-6-luna",
    "anthropic/claude-haiku-5-5",
    "workers-ai/@cf/zai-org/glm-4.7-flash",
    "offline/extract",
  ],
  "auto:best": [
    "anthropic/claude-opus-5-5",
    "openai/gpt-5.5",
    "google/gemini-2.5-pro",
    "servers",
    "workers-ai/@cf/moonshotai/kimi-k2.6",
    "offline/extract",
  ],
};
