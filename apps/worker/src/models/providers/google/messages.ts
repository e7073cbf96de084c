/**
 * A conversation on Gemini's `generateContent` wire.
 * Source: https://ai.google.dev/api/generate-content
 */
import type { ModelMessage } from "ai";
import type { ProviderRequest } from "../../contract.ts";
import { isObject } from "../../wire/json.ts";
import { heldFor, mediaOf, quoteFile, toolAnswer, unreadableFile, type Media } from "../../wire/parts.ts";

export type GeminiPart = (
  | { text: string; thought?: true }
  | { inlineData: { mimeType: string; data: string } }
  | { fileData: { mimeType?: string; fileUri: string } }
  | { functionCall: { name: string; args: Record<string, unknown> } }
  | { functionResponse: { name: string; response: Record<string, unknown> } }
) & { thoughtSignature?: string };

export interface GeminiContent {
  role: "user" | "model";
  parts: GeminiPart[];
}

/**
 * What stands in for the signature of a call that has none, because another model made it: Gemini 3 and
 * later refuse a call of the current turn without one.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const noSignature = "skip_thought_signature_validator";

/** Source: https://ai.google.dev/gemini-api/docs/image-understanding#supported-formats and its neighbours */
const readable = /^(?:image\/(?:png|jpeg|webp|heic|heif|\*)|application\/pdf|audio\/.+|video\/.+)$/;

function mediaPart(model: string, media: Media): GeminiPart {
  if (media.kind === "text") return { text: quoteFile(media) };
  const { mediaType } = media;
  if (!readable.test(mediaType)) throw unreadableFile(model, mediaType);
  if (media.kind === "base64") return { inlineData: { mimeType: mediaType, data: media.data } };
  return { fileData: { fileUri: media.url, ...(!mediaType.endsWith("/*") && { mimeType: mediaType }) } };
}

const textParts = (text: string): GeminiPart[] => (text === "" ? [] : [{ text }]);

function modelParts(content: Extract<ModelMessage, { role: "assistant" }>["content"]): GeminiPart[] {
  if (typeof content === "string") return textParts(content);
  let calls = 0;
  return content.flatMap((part): GeminiPart[] => {
    switch (part.type) {
      case "text":
        return textParts(part.text);
      case "tool-call": {
        const args = isObject(part.input) ? part.input : { input: part.input };
        const functionCall = { name: part.toolName, args };
        // Of parallel calls only the first is signed.
        const first = calls++ === 0;
        const thoughtSignature =
          heldFor(part, "google", "thoughtSignature") ?? (first ? noSignature : undefined);
        return [thoughtSignature === undefined ? { functionCall } : { functionCall, thoughtSignature }];
      }
      default:
        return [];
    }
  });
}

function toolParts(content: Extract<ModelMessage, { role: "tool" }>["content"]): GeminiPart[] {
  return content.flatMap((part): GeminiPart[] => {
    if (part.type !== "tool-result") return [];
    const { text, isError } = toolAnswer(part);
    const response = isError ? { error: text } : { output: text };
    return [{ functionResponse: { name: part.toolName, response } }];
  });
}

/** The system prompt (system messages joined to it) and the contents; those of one side are merged. */
export function geminiContents(request: ProviderRequest): {
  system: string;
  contents: GeminiContent[];
} {
  const system = request.system === undefined ? [] : [request.system];
  const contents: GeminiContent[] = [];
  for (const message of request.messages) {
    if (message.role === "system") {
      system.push(message.content);
      continue;
    }
    const role = message.role === "assistant" ? "model" : "user";
    const parts =
      message.role === "assistant"
        ? modelParts(message.content)
        : message.role === "tool"
          ? toolParts(message.content)
          : typeof message.content === "string"
            ? textParts(message.content)
            : message.content.flatMap((part) =>
                part.type === "text" ? textParts(part.text) : [mediaPart(request.model, mediaOf(part))],
              );
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  const beginning = textParts(request.prefill ?? "");
  if (beginning.length > 0) contents.push({ role: "model", parts: beginning });
  return { system: system.filter((text) => text !== "").join("\n\n"), contents };
}
