/** The parts of a `ModelMessage` in the few shapes that the wires need. */
import type { ModelMessage } from "ai";
import { ModelError } from "../contract.ts";
import { at, textAt } from "./json.ts";

type UserPart = Exclude<Extract<ModelMessage, { role: "user" }>["content"], string>[number];
export type FilePart = Extract<UserPart, { type: "file" }>;
type ImagePart = Extract<UserPart, { type: "image" }>;
type ToolPart = Extract<ModelMessage, { role: "tool" }>["content"][number];
export type ToolResultPart = Extract<ToolPart, { type: "tool-result" }>;

/** A file as wires take it: its bytes in base64, an address the upstream can fetch, or plain text. */
export type Media =
  | { kind: "base64"; mediaType: string; data: string; name: string | undefined }
  | { kind: "url"; mediaType: string; url: string; name: string | undefined }
  | { kind: "text"; text: string; name: string | undefined };

export const base64Of = (bytes: Uint8Array): string => {
  let binary = "";
  // `fromCharCode` takes its characters as arguments, of which there may not be too many.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
};

/** @throws ModelError invalid_request for what is no base64 */
function textOfBase64(data: string): string {
  let letters: string;
  try {
    letters = atob(data);
  } catch (cause) {
    throw new ModelError("invalid_request", "a file of this conversation is not valid base64", {
      retryable: false,
      cause,
    });
  }
  return new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
}

/** The media type that an address's own ending shows; `image/*` where it shows none. */
function typeOfAddress(address: string): string {
  const ending = /\.([a-z]+)$/i.exec(new URL(address).pathname)?.[1]?.toLowerCase() ?? "";
  return typeOfEnding[ending] ?? "image/*";
}

const typeOfEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heif",
  svg: "image/svg+xml",
  pdf: "application/pdf",
};

/** The media type an image's own first bytes (in base64) show; PNG where they show none. */
export function imageType(base64: string): string {
  if (base64.startsWith("/9j/")) return "image/jpeg";
  if (base64.startsWith("R0lG")) return "image/gif";
  if (base64.startsWith("UklGR")) return "image/webp";
  return "image/png";
}

const isTextual = (mediaType: string): boolean =>
  mediaType.startsWith("text/") || /^application\/(?:json|xml|yaml)$/.test(mediaType);

function base64OfText(encoded: string): string {
  try {
    return base64Of(new TextEncoder().encode(decodeURIComponent(encoded)));
  } catch (cause) {
    throw new ModelError(
      "invalid_request",
      "a file of this conversation has a data URL that cannot be read",
      {
        retryable: false,
        cause,
      },
    );
  }
}

/**
 * Reads a user's image or file part.
 * @throws ModelError invalid_request for a file that only another provider holds
 */
export function mediaOf(part: ImagePart | FilePart): Media {
  const name = part.type === "file" ? part.filename : undefined;
  let source: unknown = part.type === "image" ? part.image : part.data;
  const tagged = at(source, "type");
  if (tagged === "text") return { kind: "text", text: String(at(source, "text")), name };
  if (tagged === "data") source = at(source, "data");
  else if (tagged === "url") source = at(source, "url");

  // A name that is used and that no registry has.
  const declared = part.mediaType === "image/jpg" ? "image/jpeg" : part.mediaType;
  const full = declared !== undefined && declared.includes("/") && !declared.endsWith("/*");
  if (source instanceof URL) source = source.href;
  if (source instanceof ArrayBuffer) source = new Uint8Array(source);
  if (source instanceof Uint8Array) source = base64Of(source);
  if (typeof source !== "string") {
    throw new ModelError(
      "invalid_request",
      "a file of this conversation is stored with another provider: attach it again",
      { retryable: false },
    );
  }
  if (/^https?:/i.test(source)) {
    if (!URL.canParse(source)) {
      throw new ModelError("invalid_request", "a file of this conversation has an address that is none", {
        retryable: false,
      });
    }
    return { kind: "url", mediaType: full ? declared : typeOfAddress(source), url: source, name };
  }
  const inline = /^data:([^;,]*)((?:;[^,;]*)*),(.*)$/s.exec(source);
  const body = inline?.[3] ?? source;
  // A data URL without `;base64` holds its bytes as text, percent-encoded (RFC 2397).
  const data = inline === null || inline[2]?.endsWith(";base64") === true ? body : base64OfText(body);
  const fromUrl = inline?.[1] === "" ? undefined : inline?.[1];
  const mediaType = full ? declared : (fromUrl ?? imageType(data));
  if (isTextual(mediaType)) return { kind: "text", text: textOfBase64(data), name };
  return { kind: "base64", mediaType, data, name };
}

/** A text file in the words of a prompt, under its name. */
export const quoteFile = (media: Extract<Media, { kind: "text" }>): string =>
  media.name === undefined ? media.text : `[${media.name}]\n${media.text}`;

/** The image types that every hosted model which sees takes. */
export const commonImages: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  // An address whose ending says nothing: whoever fetches it will see.
  "image/*",
]);

export const unreadableFile = (model: string, mediaType: string): ModelError =>
  new ModelError("invalid_request", `${model} cannot read a file of type ${mediaType}`, {
    retryable: false,
  });

/** What a tool answered, as text, and whether that is an error. Files in it are named, not shown. */
export function toolAnswer(part: ToolResultPart): { text: string; isError: boolean } {
  const { output } = part;
  const isError = output.type.startsWith("error") || output.type === "execution-denied";
  if (output.type === "execution-denied") {
    return { text: output.reason ?? "The call was not allowed.", isError };
  }
  if (output.type === "content") return { text: output.value.map(shown).join("\n"), isError };
  const { value } = output;
  const text = output.type === "text" || output.type === "error-text";
  return { text: text && typeof value === "string" ? value : JSON.stringify(value), isError };
}

const shown = (item: unknown): string =>
  textAt(item, "text") ?? `[a ${textAt(item, "mediaType") ?? "file"} that is not shown]`;

/** The text of an assistant's message; its other parts are the caller's to look at. */
export const textOf = (content: string | readonly { type: string }[]): string =>
  typeof content === "string"
    ? content
    : content
        .map((part) => {
          const text = part.type === "text" ? at(part, "text") : undefined;
          return typeof text === "string" ? text : "";
        })
        .join("");

/** The string a provider asked to have back with a part, if this part holds one. */
export function heldFor(part: object, provider: string, key: string): string | undefined {
  const value = at(at(at(part, "providerOptions"), provider), key);
  return typeof value === "string" ? value : undefined;
}
