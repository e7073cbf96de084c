/**
 * How many tokens something will be, before anyone has counted them: for limits, holds and routing. What a
 * call really took is what the provider reports.
 *
 * Every model cuts text in its own way, so this is no count but a bound that holds for nearly all text:
 * each character weighs what it costs the less thrifty of the common byte-pair tokenizers. English prose
 * comes out some 20 % above what they make of it, and program text, digits and scripts of Asia near their
 * worst. Only text without any pattern, such as encoded bytes, and lines of a few signs may be more.
 */
import type { ModelMessage } from "ai";
import type { ModelTool } from "./contract.ts";

/** Hundredths of a token for one ASCII character. */
const weights = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) return 28;
  if (/[A-Z]/.test(character)) return 40;
  // Some tokenizers take each digit by itself.
  if (/\d/.test(character)) return 100;
  // A space mostly belongs to the word after it.
  if (character === " ") return 12;
  if (/\s/.test(character)) return 40;
  return code < 32 ? 100 : 80;
});

/** Letters of Europe and the Near East: two bytes each, often a piece of a longer token. */
const twoBytes = 60;
/** Scripts of Asia and symbols: about a token each, sometimes more. */
const threeBytes = 120;
/** Half of a character outside the basic plane, such as an emoji: up to three tokens in all. */
const surrogate = 150;

function weightOf(text: string): number {
  let weight = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128) weight += weights[code] ?? 0;
    else if (code < 0x800) weight += twoBytes;
    else if (code >= 0xd800 && code <= 0xdfff) weight += surrogate;
    else weight += threeBytes;
  }
  return weight;
}

const textTokens = (text: string): number => Math.ceil(weightOf(text) / 100);

/** A message's frame: its role, and where it begins and ends. */
const perMessage = 6;
/** A tool's frame, in the words that providers put around it. */
const perTool = 16;
/**
 * A picture at the resolution to which providers scale it.
 * Sources: https://platform.claude.com/docs/en/build-with-claude/vision (up to 1,600) ·
 * https://developers.openai.com/api/docs/guides/images-vision (up to 1,536 patches)
 */
const perImage = 1600;
/** A page of a document, read both as text and as a picture; and how many bytes are taken for a page. */
const perPage = 3000;
const bytesOfPage = 50_000;

type Part = Exclude<ModelMessage["content"], string>[number];

function fileTokens(part: Extract<Part, { type: "file" | "image" }>): number {
  const mediaType = part.type === "image" ? "image/*" : part.mediaType;
  if (mediaType.startsWith("image/")) return perImage;
  const bytes = sizeOf(part.type === "image" ? part.image : part.data);
  if (mediaType.startsWith("text/") || mediaType === "application/json") return Math.ceil(bytes / 2);
  return perPage * Math.max(1, Math.ceil(bytes / bytesOfPage));
}

/** Bytes of a file; 0 of one that is only named by an address. */
function sizeOf(data: unknown): number {
  if (typeof data === "string") return Math.ceil((data.length * 3) / 4);
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0;
}

const jsonTokens = (value: unknown): number => textTokens(JSON.stringify(value) ?? "");

function partTokens(part: Part): number {
  switch (part.type) {
    case "text":
    case "reasoning":
      return textTokens(part.text);
    case "image":
    case "file":
      return fileTokens(part);
    case "tool-call":
      return perMessage + textTokens(part.toolName) + jsonTokens(part.input);
    case "tool-result":
      return perMessage + jsonTokens(part.output);
    default:
      return jsonTokens(part);
  }
}

function messageTokens({ content }: ModelMessage): number {
  if (typeof content === "string") return perMessage + textTokens(content);
  let tokens = perMessage;
  for (const part of content) tokens += partTokens(part);
  return tokens;
}

/** A tool is described once and sent with every step. */
const known = new WeakMap<ModelTool, number>();

function toolTokens(tool: ModelTool): number {
  const counted = known.get(tool);
  if (counted !== undefined) return counted;
  const tokens =
    perTool + textTokens(tool.name) + textTokens(tool.description) + jsonTokens(tool.inputSchema);
  known.set(tool, tokens);
  return tokens;
}

/** What a model reads of a step. */
export interface Readable {
  system?: string;
  messages: readonly ModelMessage[];
  tools?: readonly ModelTool[];
  responseFormat?: { schema: Record<string, unknown> };
}

/** Tokens of a text, or of all that a model reads of a request; seldom fewer than it will count. */
export function estimateTokens(content: string | Readable): number {
  if (typeof content === "string") return textTokens(content);
  let tokens = content.system === undefined ? 0 : perMessage + textTokens(content.system);
  for (const message of content.messages) tokens += messageTokens(message);
  for (const tool of content.tools ?? []) tokens += toolTokens(tool);
  if (content.responseFormat) tokens += jsonTokens(content.responseFormat.schema);
  return tokens;
}
