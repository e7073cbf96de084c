/**
 * The models that Orrery knows by heart, reviewed by hand on 2026-11-20. Others are still usable: any name
 * under a provider with a key, any name under a model server of yours, and what `MODEL_CATALOG` describes.
 *
 * Prices are the standard rates for short prompts, without discounts for caching or batches; absent where
 * they could not be confirmed. Sources:
 * https://developers.openai.com/api/docs/pricing · https://platform.claude.com/docs/en/models/overview ·
 * https://ai.google.dev/gemini-api/docs/pricing ·
 * https://developers.cloudflare.com/workers-ai/platform/pricing/
 *
 * Quality is a judgement: 4 for each maker's best, 3 for what does most of its work nearly as well, 2 for
 * everyday models, 1 for small ones. It is compared among models of one kind only. Regions are `global`
 * throughout: none of these providers promises another by default. The order is that in which `auto` decides
 * between equals.
 */
import type { CatalogEntry } from "./entry.ts";
import { entries, type Feature, type Limits } from "./writing.ts";

const openai = entries("openai", "text");
const anthropic = entries("anthropic", "text");
const google = entries("google", "text");
const workersAI = entries("workers-ai", "text");

const all: readonly Feature[] = ["tools", "vision", "reasoning", "json"];
const talker: readonly Feature[] = ["tools", "vision", "json"];
const thinker: readonly Feature[] = ["tools", "reasoning", "json"];
/** These call tools only on OpenAI's Responses API, which is not spoken here. */
const noTools: readonly Feature[] = ["vision", "reasoning", "json"];
/** Claude goes on from a beginning up to 4.5; later ones refuse. */
const continues: readonly Feature[] = [...all, "prefill"];

const gpt6: Limits = [1050, 128];
const gpt5: Limits = [400, 128];
const claude: Limits = [1000, 128];
/** A million tokens as Gemini counts it, and what it writes at most. */
const gemini: Limits = [1048.576, 65.536];

const openaiModels: readonly CatalogEntry[] = [
  openai("gpt-6.1-sol", "GPT-6.1 Sol", { limits: gpt6, price: [2, 10], features: noTools, quality: 4 }),
  openai("gpt-6.1-terra", "GPT-6.1 Terra", { limits: gpt6, price: [1, 5], features: noTools, quality: 3 }),
  openai("gpt-6-sol", "GPT-6 Sol", { limits: gpt6, price: [2, 10], features: all, quality: 3 }),
  openai("gpt-6-luna", "GPT-6 Luna", { limits: gpt6, price: [0.1, 0.5], features: all, quality: 2 }),
  openai("gpt-5.6-terra", "GPT-5.6 Terra", { limits: gpt6, price: [2, 12], features: all, quality: 3 }),
  openai("gpt-5.6-luna", "GPT-5.6 Luna", { limits: gpt6, price: [0.2, 1.2], features: all, quality: 2 }),
  openai("gpt-5.5", "GPT-5.5", { limits: gpt6, price: [5, 30], features: all, quality: 4 }),
  openai("gpt-5.4", "GPT-5.4", { limits: gpt6, price: [2.5, 15], features: all, quality: 3 }),
  openai("gpt-5.4-mini", "GPT-5.4 mini", { limits: gpt5, price: [0.75, 4.5], features: all, quality: 2 }),
  openai("gpt-5.1", "GPT-5.1", { limits: gpt5, price: [1.25, 10], features: all, quality: 2 }),
  openai("gpt-5", "GPT-5", { limits: gpt5, price: [1.25, 10], features: all, quality: 2 }),
  openai("gpt-5-mini", "GPT-5 mini", { limits: gpt5, price: [0.25, 2], features: all, quality: 2 }),
  openai("gpt-5-nano", "GPT-5 nano", { limits: gpt5, price: [0.05, 0.4], features: all, quality: 1 }),
  openai("gpt-4.1", "GPT-4.1", {
    limits: [1047.576, 32.768],
    price: [2, 8],
    features: talker,
    quality: 2,
  }),
  openai("gpt-4.1-mini", "GPT-4.1 mini", {
    limits: [1047.576, 32.768],
    price: [0.4, 1.6],
    features: talker,
    quality: 1,
  }),
  openai("gpt-4o", "GPT-4o", { limits: [128, 16.384], price: [2.5, 10], features: talker, quality: 2 }),
  openai("gpt-4o-mini", "GPT-4o mini", {
    limits: [128, 16.384],
    price: [0.15, 0.6],
    features: talker,
    quality: 1,
  }),
  entries("openai", "embedding")("text-embedding-3-small", "Text Embedding 3 small", {
    limits: [8.191],
    price: [0.02, 0],
    dimensions: 1536,
    quality: 2,
  }),
  entries("openai", "embedding")("text-embedding-3-large", "Text Embedding 3 large", {
    limits: [8.191],
    price: [0.13, 0],
    dimensions: 3072,
    quality: 3,
  }),
  // Prices of images are those of a square one of medium quality.
  entries("openai", "image")("gpt-image-2", "GPT Image 2", { quality: 4 }),
  entries("openai", "image")("gpt-image-1.5", "GPT Image 1.5", { price: [5, 0], image: [0.034], quality: 3 }),
  entries("openai", "image")("gpt-image-1-mini", "GPT Image 1 mini", {
    price: [2, 0],
    image: [0.011],
    quality: 2,
  }),
];

const anthropicModels: readonly CatalogEntry[] = [
  anthropic("claude-opus-5-5", "Claude Opus 5.5", {
    limits: claude,
    price: [4, 20],
    features: all,
    quality: 4,
  }),
  anthropic("claude-sonnet-5-5", "Claude Sonnet 5.5", {
    limits: claude,
    price: [2, 10],
    features: all,
    quality: 3,
  }),
  // The rate for prompts up to 100,000 tokens; longer ones cost five times as much.
  anthropic("claude-haiku-5-5", "Claude Haiku 5.5", {
    limits: claude,
    price: [0.1, 0.5],
    features: all,
    quality: 2,
  }),
  anthropic("claude-fable-5-2", "Claude Fable 5.2", {
    limits: claude,
    price: [8, 40],
    features: all,
    quality: 4,
  }),
  anthropic("claude-opus-5", "Claude Opus 5", { limits: claude, price: [5, 25], features: all, quality: 4 }),
  anthropic("claude-sonnet-5", "Claude Sonnet 5", {
    limits: claude,
    price: [2, 10],
    features: all,
    quality: 3,
  }),
  anthropic("claude-haiku-4-5", "Claude Haiku 4.5", {
    limits: [200, 64],
    price: [1, 5],
    features: continues,
    aliases: ["claude-haiku-4-5-20251001"],
    quality: 2,
  }),
];

const googleModels: readonly CatalogEntry[] = [
  // The rate from December 2026 on; until then it is half. What it writes at most is not settled.
  google("gemini-4-argon", "Gemini 4 Argon", {
    limits: [1048.576],
    price: [4, 20],
    features: all,
    quality: 4,
  }),
  // An introductory rate, until the end of 2026.
  google("gemini-3.8-flash", "Gemini 3.8 Flash", {
    limits: gemini,
    price: [0.75, 3.75],
    features: all,
    quality: 3,
  }),
  google("gemini-3.5-flash", "Gemini 3.5 Flash", {
    limits: gemini,
    price: [1.5, 9],
    features: all,
    quality: 3,
  }),
  google("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", {
    limits: gemini,
    price: [0.25, 1.5],
    features: all,
    quality: 2,
  }),
  // To be withdrawn on 2026-12-01: known by name, no longer chosen.
  google("gemini-2.5-pro", "Gemini 2.5 Pro", {
    limits: gemini,
    price: [1.25, 10],
    features: all,
    quality: 3,
    tasks: [],
  }),
  google("gemini-2.5-flash", "Gemini 2.5 Flash", {
    limits: gemini,
    price: [0.3, 2.5],
    features: all,
    quality: 2,
    tasks: [],
  }),
  google("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", {
    limits: gemini,
    price: [0.1, 0.4],
    features: all,
    quality: 1,
  }),
  entries("google", "embedding")("gemini-embedding-001", "Gemini Embedding", {
    limits: [2.048],
    price: [0.15, 0],
    dimensions: 3072,
    quality: 3,
  }),
  entries("google", "embedding")("gemini-embedding-2", "Gemini Embedding 2", {
    limits: [8.192],
    price: [0.2, 0],
    dimensions: 3072,
    quality: 4,
  }),
  entries("google", "image")("gemini-3-pro-image", "Gemini 3 Pro Image", {
    price: [2, 0],
    image: [0.134],
    quality: 4,
  }),
  entries("google", "image")("gemini-3.1-flash-image", "Gemini 3.1 Flash Image", {
    price: [0.5, 0],
    image: [0.067],
    quality: 3,
  }),
];

// The six names of existing assistants clients (Llama2_7b and so on) stand for models that Workers AI has
// withdrawn; each resolves to the nearest that it serves now, by the same maker where there is one.
const workersAIText: readonly CatalogEntry[] = [
  workersAI("@cf/moonshotai/kimi-k2.6", "Kimi K2.6", {
    limits: [262.144],
    price: [0.95, 4],
    neurons: [86_364, 363_636],
    features: all,
    quality: 3,
  }),
  workersAI("@cf/openai/gpt-oss-120b", "GPT-OSS 120B", {
    limits: [128],
    price: [0.35, 0.75],
    neurons: [31_818, 68_182],
    features: thinker,
    quality: 2,
  }),
  workersAI("@cf/openai/gpt-oss-20b", "GPT-OSS 20B", {
    limits: [128],
    price: [0.2, 0.3],
    neurons: [18_182, 27_273],
    features: thinker,
    quality: 1,
  }),
  workersAI("@cf/zai-org/glm-4.7-flash", "GLM-4.7 Flash", {
    limits: [131.072],
    price: [0.0605, 0.4],
    neurons: [5500, 36_400],
    features: thinker,
    quality: 2,
  }),
  workersAI("@cf/google/gemma-4-26b-a4b-it", "Gemma 4 26B", {
    limits: [256],
    price: [0.1, 0.3],
    neurons: [9091, 27_273],
    features: all,
    quality: 2,
  }),
  workersAI("@cf/qwen/qwen3-30b-a3b-fp8", "Qwen3 30B A3B", {
    limits: [32.768],
    price: [0.0509, 0.335],
    neurons: [4625, 30_475],
    features: thinker,
    aliases: ["CodeLlama_7b", "SqlCoder_7b"],
    quality: 2,
  }),
  workersAI("@cf/meta/llama-4-scout-17b-16e-instruct", "Llama 4 Scout", {
    limits: [131],
    price: [0.27, 0.85],
    neurons: [24_545, 77_273],
    features: talker,
    aliases: ["Llama2_7b"],
    quality: 2,
  }),
  workersAI("@cf/meta/llama-3.3-70b-instruct-fp8-fast", "Llama 3.3 70B", {
    limits: [24],
    price: [0.293, 2.253],
    neurons: [26_668, 204_805],
    features: ["tools", "json"],
    aliases: ["Llama2_13b"],
    quality: 2,
  }),
  workersAI("@cf/mistralai/mistral-small-3.1-24b-instruct", "Mistral Small 3.1", {
    limits: [128],
    price: [0.351, 0.555],
    neurons: [31_876, 50_488],
    features: talker,
    aliases: ["Mistral_7b"],
    quality: 2,
  }),
  workersAI("@cf/meta/llama-3.1-8b-instruct-fp8", "Llama 3.1 8B", {
    limits: [32],
    price: [0.152, 0.287],
    neurons: [13_778, 26_128],
    features: ["json"],
    quality: 1,
  }),
  workersAI("@cf/meta/llama-3.2-11b-vision-instruct", "Llama 3.2 11B Vision", {
    limits: [128],
    price: [0.049, 0.676],
    neurons: [4410, 61_493],
    features: ["vision"],
    quality: 1,
  }),
  workersAI("@cf/meta/llama-3.2-3b-instruct", "Llama 3.2 3B", {
    limits: [80],
    price: [0.051, 0.335],
    neurons: [4625, 30_475],
    quality: 1,
  }),
  workersAI("@cf/meta/llama-3.2-1b-instruct", "Llama 3.2 1B", {
    limits: [60],
    price: [0.027, 0.201],
    neurons: [2457, 18_252],
    quality: 1,
  }),
];

const bge = entries("workers-ai", "embedding");
const paints = entries("workers-ai", "image");

const workersAIOthers: readonly CatalogEntry[] = [
  // 768 dimensions, as vectors stored by existing clients have.
  bge("@cf/baai/bge-base-en-v1.5", "BGE base (English)", {
    limits: [0.512],
    price: [0.067, 0],
    neurons: [6058, 0],
    aliases: ["TextEmbedding"],
    dimensions: 768,
    quality: 2,
  }),
  bge("@cf/baai/bge-small-en-v1.5", "BGE small (English)", {
    limits: [0.512],
    price: [0.02, 0],
    neurons: [1841, 0],
    dimensions: 384,
    quality: 1,
  }),
  bge("@cf/baai/bge-large-en-v1.5", "BGE large (English)", {
    limits: [0.512],
    price: [0.204, 0],
    neurons: [18_582, 0],
    dimensions: 1024,
    quality: 2,
  }),
  bge("@cf/baai/bge-m3", "BGE M3", {
    limits: [60],
    price: [0.0118, 0],
    neurons: [1075, 0],
    dimensions: 1024,
    quality: 2,
  }),
  // A square of 1024 by 1024 in four steps: four tiles, and the steps.
  paints("@cf/black-forest-labs/flux-1-schnell", "FLUX.1 schnell", { image: [0.0006336, 57.6], quality: 2 }),
  paints("@cf/stabilityai/stable-diffusion-xl-base-1.0", "Stable Diffusion XL", { quality: 1 }),
  paints("@cf/bytedance/stable-diffusion-xl-lightning", "Stable Diffusion XL Lightning", { quality: 1 }),
  paints("@cf/lykon/dreamshaper-8-lcm", "DreamShaper 8 LCM", { quality: 1 }),
  // Billed by the minute of sound, which no price here can say.
  entries("workers-ai", "transcription")("@cf/openai/whisper-large-v3-turbo", "Whisper large v3 turbo", {
    quality: 3,
  }),
  entries("workers-ai", "transcription")("@cf/openai/whisper", "Whisper", { quality: 2 }),
  entries("workers-ai", "rerank")("@cf/baai/bge-reranker-base", "BGE reranker base", {
    price: [0.003113, 0],
    neurons: [283, 0],
    quality: 2,
  }),
];

const offline: readonly CatalogEntry[] = [
  // It quotes what it is given, so it takes as much as memory holds; it costs nothing.
  entries("offline", "text", "local")("extract", "Offline extracts", { price: [0, 0], features: ["tools"] }),
  entries("offline", "embedding", "local")("hash-768", "Offline feature hashing", {
    price: [0, 0],
    dimensions: 768,
  }),
  entries("offline", "image", "local")("draw", "Offline drawings", { price: [0, 0], image: [0] }),
];

export const shipped: readonly CatalogEntry[] = [
  ...openaiModels,
  ...anthropicModels,
  ...googleModels,
  ...workersAIText,
  ...workersAIOthers,
  ...offline,
];
