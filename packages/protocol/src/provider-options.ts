/**
 * What a provider alone understands, and may be given. This is a list of what is allowed and not of what is
 * forbidden: among the options of some server there is always one that names another model, a place, a tier with
 * another price, a tool, or more answers at once, and so goes round policies and budgets.
 */

/** What writes the next token, and how long one thinks about it. */
const sampling = [
  "temperature",
  "top_p",
  "seed",
  "stop",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "response_format",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning_effort",
];

/**
 * Source: https://platform.openai.com/docs/api-reference/chat/create. Not among them: `service_tier` and `n`, which
 * change what an answer costs; `tools` and `web_search_options`; `store`, and what else keeps a text elsewhere.
 */
const openai = [
  ...sampling,
  "logprobs",
  "top_logprobs",
  "verbosity",
  "user",
  "metadata",
  "safety_identifier",
  "prompt_cache_key",
];

/**
 * Servers that speak OpenAI's wire: what vLLM, llama.cpp, LM Studio, Ollama and routers of models add to it.
 * Source: https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html ·
 * https://github.com/ggml-org/llama.cpp/tree/master/tools/server · https://openrouter.ai/docs/api-reference/parameters
 */
const servers = [
  ...openai,
  "top_k",
  "top_a",
  "min_p",
  "typical_p",
  "repetition_penalty",
  "repeat_penalty",
  "repeat_last_n",
  "mirostat",
  "mirostat_tau",
  "mirostat_eta",
  "stop_token_ids",
  "bad_words",
  "skip_special_tokens",
  "guided_json",
  "guided_regex",
  "guided_choice",
  "guided_grammar",
  "structured_outputs",
  "grammar",
  "chat_template_kwargs",
  "enable_thinking",
  "thinking",
  "think",
  "reasoning.effort",
  "reasoning.enabled",
  "reasoning.exclude",
  "cache_prompt",
  "keep_alive",
];

/** Source: https://platform.claude.com/docs/en/api/messages/create */
const anthropic = [
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "thinking",
  "output_config.effort",
  "tool_choice",
  "metadata",
];

/** Source: https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
const google = [
  "generationConfig.temperature",
  "generationConfig.topP",
  "generationConfig.topK",
  "generationConfig.seed",
  "generationConfig.stopSequences",
  "generationConfig.presencePenalty",
  "generationConfig.frequencyPenalty",
  "generationConfig.responseLogprobs",
  "generationConfig.logprobs",
  "generationConfig.responseMimeType",
  "generationConfig.responseSchema",
  "generationConfig.responseJsonSchema",
  "generationConfig.thinkingConfig",
  "generationConfig.mediaResolution",
  "safetySettings",
  "toolConfig.functionCallingConfig",
];

/** Source: https://developers.cloudflare.com/workers-ai/models/, the parameters of each text model. */
const workersAI = [
  ...sampling,
  "top_k",
  "repetition_penalty",
  "reasoning.effort",
  "reasoning.summary",
  "chat_template_kwargs",
];

/** Options by provider, those within an object as `name.inner`. */
const allowed: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["openai", new Set(openai)],
  ["anthropic", new Set(anthropic)],
  ["google", new Set(google)],
  ["workers-ai", new Set(workersAI)],
]);
const allowedOfServers: ReadonlySet<string> = new Set(servers);

/** The options that a provider may not be given, as `name` or `name.inner`; a server of one's own is one too. */
export function refusedOptions(provider: string, options: Readonly<Record<string, unknown>>): string[] {
  return [...refused(allowed.get(provider) ?? allowedOfServers, options, "")];
}

function* refused(names: ReadonlySet<string>, options: object, within: string): Generator<string> {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const place = `${within}${name}`;
    if (names.has(place)) continue;
    const holds = typeof value === "object" && value !== null && !Array.isArray(value);
    if (holds && [...names].some((known) => known.startsWith(`${place}.`))) {
      yield* refused(names, value, `${place}.`);
    } else yield place;
  }
}
