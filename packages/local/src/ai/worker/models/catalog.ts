/**
 * The models of Workers AI that this machine knows by name, as of 2026-11.
 * Sources: `AiModels` of @cloudflare/workers-types for names and forms; https://developers.cloudflare.com/workers-ai/models/
 * for dimensions and windows.
 */
import type { Model, Task } from "./model.ts";

const model = (name: string, task: Task, more: Partial<Model> = {}): Model => ({
  name,
  task,
  wire: "native",
  dimensions: 0,
  imageAs: "file",
  contextWindow: null,
  ...more,
});

const text = (contextWindow: number | null, ...names: string[]): Model[] =>
  names.map((name) => model(name, "Text Generation", { contextWindow }));

const chat = (contextWindow: number | null, ...names: string[]): Model[] =>
  names.map((name) => model(name, "Text Generation", { contextWindow, wire: "chat" }));

const embedding = (dimensions: number, contextWindow: number, name: string): Model =>
  model(name, "Text Embeddings", { dimensions, contextWindow });

const image = (imageAs: Model["imageAs"], ...names: string[]): Model[] =>
  names.map((name) => model(name, "Text-to-Image", { imageAs }));

const other = (task: Task, ...names: string[]): Model[] => names.map((name) => model(name, task));

export const catalog: readonly Model[] = [
  ...text(
    24_000,
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    "@cf/meta/llama-3.1-70b-instruct",
    "@cf/qwen/qwen2.5-coder-32b-instruct",
    "@cf/qwen/qwq-32b",
  ),
  ...text(
    128_000,
    "@cf/meta/llama-3.1-8b-instruct",
    "@cf/meta/llama-3.1-8b-instruct-fast",
    "@cf/meta/llama-3.2-11b-vision-instruct",
    "@cf/mistralai/mistral-small-3.1-24b-instruct",
    "@cf/google/gemma-3-12b-it",
    "@cf/ibm-granite/granite-4.0-h-micro",
  ),
  ...text(60_000, "@cf/meta/llama-3.2-1b-instruct"),
  ...text(131_000, "@cf/meta/llama-4-scout-17b-16e-instruct", "@cf/meta/llama-guard-3-8b"),
  ...text(32_000, "@cf/meta/llama-3.1-8b-instruct-fp8"),
  ...text(80_000, "@cf/meta/llama-3.2-3b-instruct", "@cf/deepseek-ai/deepseek-r1-distill-qwen-32b"),
  ...text(
    8_192,
    "@cf/meta/llama-3-8b-instruct",
    "@cf/meta/llama-3-8b-instruct-awq",
    "@cf/meta/llama-3.1-8b-instruct-awq",
    "@cf/meta-llama/llama-2-7b-chat-hf-lora",
    "@cf/google/gemma-2b-it-lora",
    "@hf/google/gemma-7b-it",
  ),
  ...text(
    null,
    "@cf/meta/llama-2-7b-chat-int8",
    "@cf/meta/llama-2-7b-chat-fp16",
    "@cf/mistral/mistral-7b-instruct-v0.1",
    "@cf/mistral/mistral-7b-instruct-v0.2-lora",
    "@hf/mistral/mistral-7b-instruct-v0.2",
    "@hf/thebloke/llama-2-13b-chat-awq",
    "@hf/thebloke/mistral-7b-instruct-v0.1-awq",
    "@hf/thebloke/zephyr-7b-beta-awq",
    "@hf/thebloke/openhermes-2.5-mistral-7b-awq",
    "@hf/thebloke/neural-chat-7b-v3-1-awq",
    "@hf/thebloke/deepseek-coder-6.7b-base-awq",
    "@hf/thebloke/deepseek-coder-6.7b-instruct-awq",
    "@hf/nousresearch/hermes-2-pro-mistral-7b",
    "@hf/nexusflow/starling-lm-7b-beta",
    "@cf/deepseek-ai/deepseek-math-7b-instruct",
    "@cf/defog/sqlcoder-7b-2",
    "@cf/openchat/openchat-3.5-0106",
    "@cf/tiiuae/falcon-7b-instruct",
    "@cf/thebloke/discolm-german-7b-v1-awq",
    "@cf/qwen/qwen1.5-0.5b-chat",
    "@cf/qwen/qwen1.5-1.8b-chat",
    "@cf/qwen/qwen1.5-7b-chat-awq",
    "@cf/qwen/qwen1.5-14b-chat-awq",
    "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
    "@cf/microsoft/phi-2",
    "@cf/google/gemma-7b-it-lora",
    "@cf/fblgit/una-cybertron-7b-v2-bf16",
  ),
  ...chat(32_768, "@cf/qwen/qwen3-30b-a3b-fp8"),
  ...chat(
    128_000,
    "@cf/openai/gpt-oss-120b",
    "@cf/openai/gpt-oss-20b",
    "@cf/aisingapore/gemma-sea-lion-v4-27b-it",
  ),
  ...chat(131_072, "@cf/zai-org/glm-4.7-flash"),
  ...chat(262_144, "@cf/moonshotai/kimi-k2.5", "@cf/moonshotai/kimi-k2.6", "@cf/moonshotai/kimi-k2.7-code"),
  ...chat(
    null,
    "@cf/nvidia/nemotron-3-120b-a12b",
    "@cf/google/gemma-4-26b-a4b-it",
    "@cf/qwen/qwen3.8-27b",
    "@cf/zai-org/glm-5.2",
    "@cf/zai-org/glm-5.3",
    "@cf/zai-org/glm-5.3-flash",
    "@cf/deepseek-ai/deepseek-v4-flash-0731",
    "@cf/deepseek-ai/deepseek-v4-pro-0813",
  ),

  embedding(384, 512, "@cf/baai/bge-small-en-v1.5"),
  embedding(768, 512, "@cf/baai/bge-base-en-v1.5"),
  embedding(1_024, 512, "@cf/baai/bge-large-en-v1.5"),
  embedding(1_024, 60_000, "@cf/baai/bge-m3"),
  embedding(768, 2_048, "@cf/google/embeddinggemma-300m"),
  embedding(1_024, 4_096, "@cf/qwen/qwen3-embedding-0.6b"),
  embedding(2_048, 4_096, "@cf/pfnet/plamo-embedding-1b"),

  ...image(
    "base64",
    "@cf/black-forest-labs/flux-1-schnell",
    "@cf/black-forest-labs/flux-2-dev",
    "@cf/black-forest-labs/flux-2-klein-4b",
    "@cf/black-forest-labs/flux-2-klein-9b",
    "@cf/leonardo/lucid-origin",
  ),
  ...image(
    "file",
    "@cf/leonardo/phoenix-1.0",
    "@cf/stabilityai/stable-diffusion-xl-base-1.0",
    "@cf/bytedance/stable-diffusion-xl-lightning",
    "@cf/runwayml/stable-diffusion-v1-5-img2img",
    "@cf/runwayml/stable-diffusion-v1-5-inpainting",
    "@cf/lykon/dreamshaper-8-lcm",
  ),

  ...other("Text Classification", "@cf/huggingface/distilbert-sst-2-int8", "@cf/baai/bge-reranker-base"),
  ...other("Summarization", "@cf/facebook/bart-large-cnn"),
  ...other("Translation", "@cf/meta/m2m100-1.2b", "@cf/ai4bharat/indictrans2-en-indic-1B"),
  ...other(
    "Automatic Speech Recognition",
    "@cf/openai/whisper",
    "@cf/openai/whisper-tiny-en",
    "@cf/openai/whisper-large-v3-turbo",
    "@cf/deepgram/nova-3",
    "@cf/deepgram/flux",
    "@cf/nvidia/nemotron-speech-streaming-en-0.6b",
  ),
  ...other(
    "Text-to-Speech",
    "@cf/myshell-ai/melotts",
    "@cf/deepgram/aura-1",
    "@cf/deepgram/aura-2-en",
    "@cf/deepgram/aura-2-es",
  ),
  ...other("Voice Activity Detection", "@cf/pipecat-ai/smart-turn-v2"),
  ...other("Image Classification", "@cf/microsoft/resnet-50"),
  ...other(
    "Image-to-Text",
    "@cf/llava-hf/llava-1.5-7b-hf",
    "@cf/unum/uform-gen2-qwen-500m",
    "@cf/moondream/moondream3.1-9B-A2B",
  ),
];

const byName = new Map(catalog.map((known) => [known.name, known]));

export const findModel = (name: string): Model | undefined => byName.get(name);

/** What a name that only the configuration knows is taken for: a text model with the newer form. */
export const configuredModel = (name: string): Model => model(name, "Text Generation", { wire: "chat" });
