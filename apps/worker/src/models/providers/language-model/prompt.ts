/** A conversation as the AI SDK's providers take it. */
import type { JSONObject, LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { ModelMessage } from "ai";
import type { ProviderRequest } from "../../contract.ts";
import { mediaOf, quoteFile, toolAnswer } from "../../wire/parts.ts";

type Turn = LanguageModelV4Prompt[number];
type UserPart = Extract<Turn, { role: "user" }>["content"][number];
type AssistantPart = Extract<Turn, { role: "assistant" }>["content"][number];
type ToolPart = Extract<Turn, { role: "tool" }>["content"][number];

/** What the part's own provider asked to have back. */
const held = (part: {
  providerOptions?: NonNullable<AssistantPart["providerOptions"]>;
}): Pick<AssistantPart, "providerOptions"> =>
  part.providerOptions === undefined ? {} : { providerOptions: part.providerOptions };

function userParts(content: Extract<ModelMessage, { role: "user" }>["content"]): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((part): UserPart => {
    if (part.type === "text") return { type: "text", text: part.text };
    const media = mediaOf(part);
    if (media.kind === "text") return { type: "text", text: quoteFile(media) };
    const filename = media.name === undefined ? {} : { filename: media.name };
    const data =
      media.kind === "url"
        ? { type: "url" as const, url: new URL(media.url) }
        : { type: "data" as const, data: media.data };
    return { type: "file", mediaType: media.mediaType, data, ...filename };
  });
}

function assistantParts(content: Extract<ModelMessage, { role: "assistant" }>["content"]): AssistantPart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return content.flatMap((part): AssistantPart[] => {
    switch (part.type) {
      case "text":
      case "reasoning":
        return [{ type: part.type, text: part.text, ...held(part) }];
      case "tool-call":
        return [
          {
            type: "tool-call",
            toolCallId: part.toolCallId,
            toolName: part.toolName,
            input: part.input,
            ...held(part),
          },
        ];
      default:
        return [];
    }
  });
}

function toolParts(content: Extract<ModelMessage, { role: "tool" }>["content"]): ToolPart[] {
  return content.flatMap((part): ToolPart[] => {
    if (part.type !== "tool-result") return [];
    const { text, isError } = toolAnswer(part);
    return [
      {
        type: "tool-result",
        toolCallId: part.toolCallId,
        toolName: part.toolName,
        output: { type: isError ? "error-text" : "text", value: text },
      },
    ];
  });
}

function turnOf(message: ModelMessage): Turn {
  if (message.role === "system") return { role: "system", content: message.content };
  if (message.role === "user") return { role: "user", content: userParts(message.content) };
  if (message.role === "tool") return { role: "tool", content: toolParts(message.content) };
  return { role: "assistant", content: assistantParts(message.content) };
}

/** @param provider whose options the request carries */
export function callOptions(
  provider: string,
  request: ProviderRequest,
  signal: AbortSignal,
): LanguageModelV4CallOptions {
  const system: Turn[] =
    request.system === undefined || request.system === ""
      ? []
      : [{ role: "system", content: request.system }];
  const beginning: Turn[] =
    request.prefill === undefined
      ? []
      : [{ role: "assistant", content: [{ type: "text", text: request.prefill }] }];
  return {
    prompt: [...system, ...request.messages.map(turnOf), ...beginning],
    temperature: request.temperature,
    maxOutputTokens: request.maxTokens,
    abortSignal: signal,
    ...(request.responseFormat !== undefined && {
      responseFormat: {
        type: "json",
        name: request.responseFormat.name,
        schema: request.responseFormat.schema,
      },
    }),
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: "function" as const,
            name,
            description,
            inputSchema,
          })),
        }),
    ...(request.providerOptions === undefined
      ? {}
      : {
          // They came as JSON; the SDK's type says the same at length.
          providerOptions: { [provider]: request.providerOptions as JSONObject },
        }),
  };
}
