/**
 * A conversation on the chat-completions wire.
 * Source: https://platform.openai.com/docs/api-reference/chat/create
 */
import type { ModelMessage } from "ai";
import type { ProviderRequest } from "../../contract.ts";
import { chatCallId } from "../../wire/call-id.ts";
import {
  commonImages,
  mediaOf,
  quoteFile,
  textOf,
  toolAnswer,
  unreadableFile,
  type Media,
} from "../../wire/parts.ts";

export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  content: string | ChatPart[] | null;
  tool_calls?: {
    id: string;
    type: "function";
    function: { name: string; arguments: string };
  }[];
  tool_call_id?: string;
  name?: string;
}

type ChatPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string } }
  | { type: "file"; file: { filename: string; file_data: string } };

/** Arguments as the wire has them: JSON text, or the model's own where that never was JSON. */
const argumentsText = (input: unknown): string =>
  typeof input === "string" ? input : (JSON.stringify(input) ?? "{}");

function mediaPart(model: string, media: Media): ChatPart {
  if (media.kind === "text") return { type: "text", text: quoteFile(media) };
  if (commonImages.has(media.mediaType)) {
    const url = media.kind === "url" ? media.url : `data:${media.mediaType};base64,${media.data}`;
    return { type: "image_url", image_url: { url } };
  }
  if (media.mediaType === "application/pdf" && media.kind === "base64") {
    const file_data = `data:application/pdf;base64,${media.data}`;
    return { type: "file", file: { filename: media.name ?? "document.pdf", file_data } };
  }
  throw unreadableFile(model, media.mediaType);
}

function userMessage(
  model: string,
  content: Extract<ModelMessage, { role: "user" }>["content"],
): ChatMessage {
  if (typeof content === "string") return { role: "user", content };
  const parts = content.map((part): ChatPart =>
    part.type === "text" ? { type: "text", text: part.text } : mediaPart(model, mediaOf(part)),
  );
  // Small servers take only strings; parts are sent where there is more than text.
  const text = parts.map((part) => (part.type === "text" ? part.text : null));
  return { role: "user", content: text.includes(null) ? parts : text.join("\n") };
}

function assistantMessage(content: Extract<ModelMessage, { role: "assistant" }>["content"]): ChatMessage {
  const text = textOf(content);
  const calls = typeof content === "string" ? [] : content.filter((part) => part.type === "tool-call");
  if (calls.length === 0) return { role: "assistant", content: text };
  return {
    role: "assistant",
    content: text === "" ? null : text,
    tool_calls: calls.map((call) => ({
      id: chatCallId(call.toolCallId),
      type: "function",
      function: { name: call.toolName, arguments: argumentsText(call.input) },
    })),
  };
}

/** @throws ModelError invalid_request for a file that this wire cannot carry */
export function chatMessages(request: ProviderRequest): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (request.system !== undefined && request.system !== "") {
    messages.push({ role: "system", content: request.system });
  }
  for (const message of request.messages) {
    switch (message.role) {
      case "system":
        messages.push({ role: "system", content: message.content });
        break;
      case "user":
        messages.push(userMessage(request.model, message.content));
        break;
      case "assistant":
        messages.push(assistantMessage(message.content));
        break;
      case "tool":
        for (const part of message.content) {
          if (part.type !== "tool-result") continue;
          messages.push({
            role: "tool",
            tool_call_id: chatCallId(part.toolCallId),
            name: part.toolName,
            content: toolAnswer(part).text,
          });
        }
    }
  }
  if (request.prefill !== undefined) messages.push({ role: "assistant", content: request.prefill });
  return messages;
}

/** The same messages with one more wish in the system prompt, which comes first if there is one. */
export function withInstruction(messages: readonly ChatMessage[], instruction: string): ChatMessage[] {
  const [first, ...rest] = messages;
  return first?.role === "system" && typeof first.content === "string"
    ? [{ role: "system", content: `${first.content}\n\n${instruction}` }, ...rest]
    : [{ role: "system", content: instruction }, ...messages];
}

/** Tools as the wire has them; undefined without any, since an empty list is refused. */
export const chatTools = (request: ProviderRequest): object[] | undefined =>
  request.tools.length === 0
    ? undefined
    : request.tools.map((tool) => ({
        type: "function",
        function: { name: tool.name, description: tool.description, parameters: tool.inputSchema },
      }));
