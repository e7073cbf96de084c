/** How much may be asked at once, and with which files. */
import type { ModelMessage } from "ai";
import type { ModelRequest } from "../contract.ts";
import { estimateTokens } from "../cost.ts";
import { at } from "../wire/json.ts";
import { type GivenFile, problemOf } from "./given-files.ts";

export interface InputLimits {
  /** Of all messages and the system prompt, in UTF-16 units. */
  characters: number;
  /** Estimated. Every model has a limit of its own, which the choice of models observes. */
  tokens: number;
  /** Messages and parts of messages. */
  parts: number;
  /** Of one file, decoded. */
  fileBytes: number;
  /** Of all files together, decoded. */
  allFilesBytes: number;
}

/** More than the largest of models reads, and than a Worker can well hold. */
export const defaultInputLimits: InputLimits = {
  characters: 8_000_000,
  tokens: 2_000_000,
  parts: 4_096,
  fileBytes: 10 * 1024 * 1024,
  allFilesBytes: 24 * 1024 * 1024,
};

/** No tokenizer makes more of a UTF-16 unit than this: below, nothing has to be estimated. */
const tokensPerUnit = 1.5;

/** Why a request is too large or holds a file that no model can read, and what to do; null where it may go. */
export function overLimit(
  request: ModelRequest,
  limits: InputLimits = defaultInputLimits,
): { refused: string } | null {
  let characters = request.system?.length ?? 0;
  let parts = 0;
  let fileBytes = 0;
  for (const message of request.messages) {
    parts += typeof message.content === "string" ? 1 : message.content.length;
    if (parts > limits.parts) {
      return refused(
        `The conversation has more than ${limits.parts} messages and parts: start a new session, or send less of it.`,
      );
    }
    if (typeof message.content === "string") {
      characters += message.content.length;
      continue;
    }
    for (const part of message.content) {
      const file = fileOf(part);
      if (file === null) {
        characters += textLength(part);
        continue;
      }
      const checked = problemOf(file, limits.fileBytes);
      if ("problem" in checked) return refused(checked.problem);
      fileBytes += checked.bytes;
    }
  }
  if (characters > limits.characters) {
    return refused(
      `The input has ${characters} characters, and at most ${limits.characters} can be sent: shorten it, or attach it as a document.`,
    );
  }
  if (fileBytes > limits.allFilesBytes) {
    return refused(
      `The files have ${fileBytes} bytes together, and at most ${limits.allFilesBytes} can be sent at once: send fewer or smaller ones.`,
    );
  }
  return tooManyTokens(request, characters, limits.tokens);
}

const refused = (sentence: string): { refused: string } => ({ refused: sentence });

function tooManyTokens(request: ModelRequest, characters: number, limit: number): { refused: string } | null {
  if (characters * tokensPerUnit <= limit) return null;
  const { system, messages } = request;
  const tokens = estimateTokens({ ...(system !== undefined && { system }), messages });
  if (tokens <= limit) return null;
  return refused(
    `The input has about ${tokens} tokens, and at most ${limit} can be sent: shorten it, or attach it as a document.`,
  );
}

type Part = Exclude<ModelMessage["content"], string>[number];

function fileOf(part: Part): GivenFile | null {
  if (part.type === "image")
    return { source: part.image, declared: part.mediaType ?? "image", name: "The image" };
  if (part.type !== "file") return null;
  const name = part.filename === undefined ? "The file" : `"${part.filename}"`;
  return { source: part.data, declared: part.mediaType, name };
}

/** Arguments and results of tools are values: counted as the JSON that a model is sent. */
function textLength(part: Part): number {
  const text = at(part, "text");
  if (typeof text === "string") return text.length;
  if (part.type === "tool-call") return JSON.stringify(part.input)?.length ?? 0;
  if (part.type === "tool-result") return JSON.stringify(part.output)?.length ?? 0;
  return 0;
}
