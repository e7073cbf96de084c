/**
 * Models that their makers have withdrawn, and what each names in its place, or the nearest that is here.
 * Reviewed on 2026-11-20. Sources:
 * https://developers.openai.com/api/docs/deprecations ·
 * https://platform.claude.com/docs/en/about-claude/model-deprecations ·
 * https://ai.google.dev/gemini-api/docs/deprecations ·
 * https://developers.cloudflare.com/workers-ai/platform/model-deprecations/
 */

const under = (
  provider: string,
  successors: Readonly<Record<string, readonly string[]>>,
): [string, string][] =>
  Object.entries(successors).flatMap(([successor, models]) =>
    models.map((model): [string, string] => [`${provider}/${model}`, `${provider}/${successor}`]),
  );

/** Id of a model that is no more, to the id of its successor. */
export const retired: ReadonlyMap<string, string> = new Map([
  ...under("openai", {
    "gpt-4.1-mini": ["gpt-3.5-turbo", "gpt-3.5-turbo-0125"],
    "gpt-4.1": ["gpt-4", "gpt-4-0613", "gpt-4.5-preview"],
    "gpt-5.4": ["gpt-5-codex", "gpt-5.1-codex-max", "gpt-5.2-codex"],
    "gpt-5.4-mini": ["gpt-5.1-codex-mini", "codex-mini-latest"],
    "gpt-5": ["gpt-5.1-codex"],
    "gpt-5.5": [
      "chatgpt-4o-latest",
      "gpt-5-chat-latest",
      "gpt-5.1-chat-latest",
      "gpt-5.2-chat-latest",
      "gpt-5.3-chat-latest",
    ],
    "gpt-image-1.5": ["dall-e-3", "dall-e-2"],
  }),
  ...under("anthropic", {
    "claude-opus-5-5": ["claude-3-opus-20240229", "claude-opus-4-20250514", "claude-2.1", "claude-2.0"],
    "claude-sonnet-5-5": [
      "claude-3-sonnet-20240229",
      "claude-3-5-sonnet-20240620",
      "claude-3-5-sonnet-20241022",
      "claude-3-7-sonnet-20250219",
      "claude-sonnet-4-20250514",
    ],
    "claude-haiku-4-5": ["claude-3-5-haiku-20241022"],
  }),
  ...under("google", {
    "gemini-3.5-flash": ["gemini-2.0-flash", "gemini-2.0-flash-001", "gemini-1.5-flash", "gemini-1.5-pro"],
    "gemini-3.1-flash-lite": ["gemini-2.0-flash-lite", "gemini-2.0-flash-lite-001"],
    "gemini-3.1-flash-image": [
      "gemini-2.5-flash-image",
      "gemini-3.1-flash-image-preview",
      "imagen-4.0-generate-001",
      "imagen-4.0-ultra-generate-001",
      "imagen-4.0-fast-generate-001",
    ],
    "gemini-3-pro-image": ["gemini-3-pro-image-preview"],
    "gemini-embedding-001": ["text-embedding-004", "embedding-001"],
  }),
  ...under("workers-ai", {
    "@cf/meta/llama-4-scout-17b-16e-instruct": [
      "@cf/meta/llama-2-7b-chat-int8",
      "@cf/meta/llama-2-7b-chat-fp16",
    ],
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast": [
      "@hf/thebloke/llama-2-13b-chat-awq",
      "@cf/meta/llama-3.1-70b-instruct",
    ],
    "@cf/mistralai/mistral-small-3.1-24b-instruct": [
      "@cf/mistral/mistral-7b-instruct-v0.1",
      "@hf/thebloke/mistral-7b-instruct-v0.1-awq",
    ],
    "@cf/qwen/qwen3-30b-a3b-fp8": [
      "@hf/thebloke/codellama-7b-instruct-awq",
      "@cf/defog/sqlcoder-7b-2",
      "@hf/thebloke/deepseek-coder-6.7b-instruct-awq",
    ],
  }),
]);
