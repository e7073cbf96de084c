/** A request as Workers AI's text models take it. */
import { ModelError, type ProviderRequest, type ResponseFormat } from "../../contract.ts";
import { cannotContinue } from "../../wire/continuation.ts";
import { withOptions } from "../../wire/provider-options.ts";
import { inWords } from "../../wire/response-format.ts";
import { chatMessages, chatTools, withInstruction, type ChatMessage } from "../openai-compatible/messages.ts";

/**
 * Models whose JSON mode is the older one: it takes the schema itself, and does not stream. The newer take
 * OpenAI's form.
 * Source: https://developers.cloudflare.com/workers-ai/features/json-mode/ and the types of each model's inputs
 */
const olderJson =
  /^@(?:hf\/|cf\/(?:meta|aisingapore|deepseek-ai\/deepseek-r1|qwen\/(?:qwen1|qwen2|qwen3-30b|qwq)|google\/gemma-[23]))/;

/** These refuse to be given a form: they are told of it in words. */
const withoutJson = /^@cf\/mistralai\//;

/** @throws ModelError invalid_request for what no model of Workers AI takes */
export function textInputs(request: ProviderRequest): Record<string, unknown> {
  if (request.prefill !== undefined) throw cannotContinue("workers-ai");
  const { model, responseFormat } = request;
  const tools = chatTools(request);
  const messages = chatMessages(request).map((message) => taken(model, message));
  const inWordsOnly = responseFormat !== undefined && withoutJson.test(model);
  const inputs = {
    messages: inWordsOnly ? withInstruction(messages, inWords(responseFormat)) : messages,
    ...(tools === undefined ? {} : { tools }),
    temperature: request.temperature,
    max_tokens: request.maxTokens,
    stream: responseFormat === undefined || !olderJson.test(model),
    ...(responseFormat !== undefined &&
      !inWordsOnly && { response_format: formatFor(model, responseFormat) }),
  };
  return withOptions("workers-ai", inputs, request.providerOptions);
}

function formatFor(model: string, { name, schema }: ResponseFormat): Record<string, unknown> {
  return { type: "json_schema", json_schema: olderJson.test(model) ? schema : { name, schema } };
}

/** Images come as data alone, and an assistant's message is never null. */
function taken(model: string, message: ChatMessage): ChatMessage {
  if (message.content === null) return { ...message, content: "" };
  if (typeof message.content === "string") return message;
  for (const part of message.content) {
    if (part.type === "text") continue;
    if (part.type === "image_url" && part.image_url.url.startsWith("data:")) continue;
    const problem =
      part.type === "file" ? "files of this type" : "images by their address: attach the image itself";
    throw new ModelError("invalid_request", `${model} does not take ${problem}`, { retryable: false });
  }
  return message;
}
