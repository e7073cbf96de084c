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

/** Thousands of tokens: of the context, and of the longest answer. */
type Limits = readonly [context: number, output?: number];

/** Dollars for a million tokens, as the price lists have them: read, and written. */
type Dollars = readonly [input: number, output: number];

const micros = (dollars: number): number => Math.round(dollars * 1_000_000);
const thousands = (count: number | undefined): number | null =>
  count === undefined ? null : Math.round(count * 1000);

const text =
  (provider: string) =>
  (
    model: string,
    name: string,
    limits: Limits | null,
    price: Dollars | null,
    features: readonly Feature[],
    aliases: readonly string[] = [],
  ): CatalogEntry => ({
    provider,
    model,
    name,
    kind: "text",
    aliases,
    contextTokens: thousands(limits?.[0]),
    maxOutputTokens: thousands(limits?.[1]),
    price: price === null ? null : { inputMicros: micros(price[0]), outputMicros: micros(price[1]) },
    tools: features.includes("tools"),
    vision: features.includes("vision"),
    reasoning: features.includes("reasoning"),
  });

/** An embedding model writes no text: its output costs nothing. */
const embedding = (
  provider: string,
  model: string,
  name: string,
  context: number,
  price: number | null,
  aliases: readonly string[] = [],
): CatalogEntry => ({
  ...text(provider)(model, name, [context], price === null ? null : [price, 0], [], aliases),
  kind: "embedding",
});

const openai = text("openai");
const anthropic = text("anthropic");
const google = text("google");
const workersAI = text("workers-ai");

const all: readonly Feature[] = ["tools", "vision", "reasoning"];
const talker: readonly Feature[] = ["tools", "vision"];
const thinker: readonly Feature[] = ["tools", "reasoning"];
/** These call tools only on OpenAI's Responses API, which is not spoken here. */
const noTools: readonly Feature[] = ["vision", "reasoning"];

/** A million tokens as Gemini counts it, and what it writes at most. */
const gemini: Limits = [1048.576, 65.536];

export const catalog: readonly CatalogEntry[] = [
  openai("gpt-6.1-sol", "GPT-6.1 Sol", [1050, 128], [2, 10], noTools),
  openai("gpt-6.1-terra", "GPT-6.1 Terra", [1050, 128], [1, 5], noTools),
  openai("gpt-6-sol", "GPT-6 Sol", [1050, 128], [2, 10], all),
  openai("gpt-6-luna", "GPT-6 Luna", [1050, 128], [0.1, 0.5], all),
  openai("gpt-5.6-terra", "GPT-5.6 Terra", [1050, 128], [2, 12], all),
  openai("gpt-5.6-luna", "GPT-5.6 Luna", [1050, 128], [0.2, 1.2], all),
  openai("gpt-5.5", "GPT-5.5", [1050, 128], [5, 30], all),
  openai("gpt-5.4", "GPT-5.4", [1050, 128], [2.5, 15], all),
  openai("gpt-5.4-mini", "GPT-5.4 mini", [400, 128], [0.75, 4.5], all),
  openai("gpt-5.1", "GPT-5.1", [400, 128], [1.25, 10], all),
  openai("gpt-5", "GPT-5", [400, 128], [1.25, 10], all),
  openai("gpt-5-mini", "GPT-5 mini", [400, 128], [0.25, 2], all),
  openai("gpt-5-nano", "GPT-5 nano", [400, 128], [0.05, 0.4], all),
  openai("gpt-4.1", "GPT-4.1", [1047.576, 32.768], [2, 8], talker),
  openai("gpt-4.1-mini", "GPT-4.1 mini", [1047.576, 32.768], [0.4, 1.6], talker),
  openai("gpt-4o", "GPT-4o", [128, 16.384], [2.5, 10], talker),
  openai("gpt-4o-mini", "GPT-4o mini", [128, 16.384], [0.15, 0.6], talker),
  embedding("openai", "text-embedding-3-small", "Text Embedding 3 small", 8.191, 0.02),
  embedding("openai", "text-embedding-3-large", "Text Embedding 3 large", 8.191, 0.13),

  anthropic("claude-opus-5-5", "Claude Opus 5.5", [1000, 128], [4, 20], all),
  anthropic("claude-sonnet-5-5", "Claude Sonnet 5.5", [1000, 128], [2, 10], all),
  // The rate for prompts up to 100,000 tokens; longer ones cost five times as much.
  anthropic("claude-haiku-5-5", "Claude Haiku 5.5", [1000, 128], [0.1, 0.5], all),
  anthropic("claude-fable-5-2", "Claude Fable 5.2", [1000, 128], [8, 40], all),
  anthropic("claude-opus-5", "Claude Opus 5", [1000, 128], [5, 25], all),
  anthropic("claude-sonnet-5", "Claude Sonnet 5", [1000, 128], [2, 10], all),
  anthropic("claude-haiku-4-5", "Claude Haiku 4.5", [200, 64], [1, 5], all, ["claude-haiku-4-5-20251001"]),

  // The rate from December 2026 on; until then it is half. What it writes at most is not settled.
  google("gemini-4-argon", "Gemini 4 Argon", [1048.576], [4, 20], all),
  // An introductory rate, until the end of 2026.
  google("gemini-3.8-flash", "Gemini 3.8 Flash", gemini, [0.75, 3.75], all),
  google("gemini-3.5-flash", "Gemini 3.5 Flash", gemini, [1.5, 9], all),
  google("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", gemini, [0.25, 1.5], all),
  google("gemini-2.5-pro", "Gemini 2.5 Pro", gemini, [1.25, 10], all),
  google("gemini-2.5-flash", "Gemini 2.5 Flash", gemini, [0.3, 2.5], all),
  google("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", gemini, [0.1, 0.4], all),

  // The six names of existing assistants clients stand for models that Workers AI has retired or is
  // retiring; each resolves to the nearest that it serves now, by the same maker where there is one.
  workersAI("@cf/meta/llama-4-scout-17b-16e-instruct", "Llama 4 Scout", [131], [0.27, 0.85], talker, [
    "Llama2_7b",
  ]),
  workersAI(
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    "Llama 3.3 70B",
    [24],
    [0.293, 2.253],
    ["tools"],
    ["Llama2_13b"],
  ),
  workersAI(
    "@cf/mistralai/mistral-small-3.1-24b-instruct",
    "Mistral Small 3.1",
    [128],
    [0.351, 0.555],
    talker,
    ["Mistral_7b"],
  ),
  workersAI("@cf/qwen/qwen3-30b-a3b-fp8", "Qwen3 30B A3B", [32.768], [0.0509, 0.335], thinker, [
    "CodeLlama_7b",
    "SqlCoder_7b",
  ]),
  workersAI("@cf/openai/gpt-oss-120b", "GPT-OSS 120B", [128], [0.35, 0.75], thinker),
  workersAI("@cf/openai/gpt-oss-20b", "GPT-OSS 20B", [128], [0.2, 0.3], thinker),
  workersAI("@cf/zai-org/glm-4.7-flash", "GLM-4.7 Flash", [131.072], [0.0605, 0.4], thinker),
  workersAI("@cf/google/gemma-4-26b-a4b-it", "Gemma 4 26B", [256], [0.1, 0.3], all),
  workersAI("@cf/moonshotai/kimi-k2.6", "Kimi K2.6", [262.144], [0.95, 4], all),
  embedding("workers-ai", "@cf/baai/bge-base-en-v1.5", "BGE base (English)", 0.512, 0.067, ["TextEmbedding"]),
  embedding("workers-ai", "@cf/baai/bge-m3", "BGE M3", 60, null),

  // It quotes what it is given, so it takes as much as memory holds; it costs nothing.
  text("offline")("extract", "Offline extracts", null, [0, 0], ["tools"]),
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
    "google/gemini-4-argon",
    "servers",
    "workers-ai/@cf/moonshotai/kimi-k2.6",
    "offline/extract",
  ],
};
