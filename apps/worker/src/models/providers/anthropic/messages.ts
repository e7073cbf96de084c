/**
 * A conversation on Anthropic's messages wire: user and assistant in turn, tool results inside user messages.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
import type { ModelMessage } from "ai";
import type { ProviderRequest } from "../../contract.ts";
import { anthropicCallId } from "../../wire/call-id.ts";
import { isObject } from "../../wire/json.ts";
import {
  commonImages,
  heldFor,
  mediaOf,
  quoteFile,
  toolAnswer,
  unreadableFile,
  type Media,
} from "../../wire/parts.ts";

export type Block =
  | { type: "text"; text: string }
  | { type: "image" | "document"; source: Record<string, string>; title?: string }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> }
  | { type: "tool_result"; tool_use_id: string; content: string; is_error?: true };

export interface Turn {
  role: "user" | "assistant";
  content: Block[];
}

function mediaBlock(model: string, media: Media): Block {
  if (media.kind === "text") return { type: "text", text: quoteFile(media) };
  const type = commonImages.has(media.mediaType) ? "image" : "document";
  if (type === "document" && media.mediaType !== "application/pdf") {
    throw unreadableFile(model, media.mediaType);
  }
  const source =
    media.kind === "url"
      ? { type: "url", url: media.url }
      : { type: "base64", media_type: media.mediaType, data: media.data };
  return media.name === undefined || type === "image"
    ? { type, source }
    : { type, source, title: media.name };
}

/** Empty text blocks are refused. */
const textBlocks = (text: string): Block[] => (text === "" ? [] : [{ type: "text", text }]);

function assistantBlocks(content: Extract<ModelMessage, { role: "assistant" }>["content"]): Block[] {
  if (typeof content === "string") return textBlocks(content);
  return content.flatMap((part): Block[] => {
    switch (part.type) {
      case "text":
        return textBlocks(part.text);
      case "reasoning": {
        // Only thinking that Anthropic signed may be sent back, exactly as it came.
        const signature = heldFor(part, "anthropic", "signature");
        if (signature !== undefined) return [{ type: "thinking", thinking: part.text, signature }];
        const data = heldFor(part, "anthropic", "redactedData");
        return data === undefined ? [] : [{ type: "redacted_thinking", data }];
      }
      case "tool-call":
        return [
          {
            type: "tool_use",
            id: anthropicCallId(part.toolCallId),
            name: part.toolName,
            // The wire takes objects alone, also for arguments that never were JSON.
            input: isObject(part.input) ? part.input : { input: part.input },
          },
        ];
      default:
        return [];
    }
  });
}

function userBlocks(model: string, content: Extract<ModelMessage, { role: "user" }>["content"]): Block[] {
  if (typeof content === "string") return textBlocks(content);
  return content.flatMap((part) =>
    part.type === "text" ? textBlocks(part.text) : [mediaBlock(model, mediaOf(part))],
  );
}

function toolBlocks(content: Extract<ModelMessage, { role: "tool" }>["content"]): Block[] {
  return content.flatMap((part): Block[] => {
    if (part.type !== "tool-result") return [];
    const { text, isError } = toolAnswer(part);
    const result = {
      type: "tool_result" as const,
      tool_use_id: anthropicCallId(part.toolCallId),
      content: text,
    };
    return [isError ? { ...result, is_error: true } : result];
  });
}

/** The system prompt (system messages joined to it) and the turns; messages of one side are merged. */
export function anthropicMessages(request: ProviderRequest): { system: string; turns: Turn[] } {
  const system = request.system === undefined ? [] : [request.system];
  const turns: Turn[] = [];
  for (const message of request.messages) {
    if (message.role === "system") {
      system.push(message.content);
      continue;
    }
    const role = message.role === "assistant" ? "assistant" : "user";
    const blocks =
      message.role === "assistant"
        ? assistantBlocks(message.content)
        : message.role === "user"
          ? userBlocks(request.model, message.content)
          : toolBlocks(message.content);
    if (blocks.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  // White space at the end of a beginning is refused.
  const beginning = textBlocks(request.prefill?.trimEnd() ?? "");
  if (beginning.length > 0) turns.push({ role: "assistant", content: beginning });
  return { system: system.filter((text) => text !== "").join("\n\n"), turns };
}
