/**
 * What a document really is: its first bytes are believed before its declared type, and that before
 * its name, since clients often declare `application/octet-stream` or guess wrong.
 */
import { OrreryError } from "@orrery/protocol";

/** The kinds of document whose text can be read. */
export type TextKind = "html" | "csv" | "json" | "markdown" | "plain";

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0): boolean =>
  signature.every((byte, index) => bytes[at + index] === byte);

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

const zip = [0x50, 0x4b, 0x03, 0x04];

interface Format {
  signature: number[];
  at?: number;
  mediaType: string;
  what: string;
  advice: string;
}

/** Signatures of formats that hold no text of their own, with what their owner can do about it. */
const unreadable: readonly Format[] = [
  {
    signature: [0x89, 0x50, 0x4e, 0x47],
    mediaType: "image/png",
    what: "a PNG image",
    advice: "attach the text itself",
  },
  {
    signature: [0xff, 0xd8, 0xff],
    mediaType: "image/jpeg",
    what: "a JPEG image",
    advice: "attach the text itself",
  },
  {
    signature: ascii("GIF8"),
    mediaType: "image/gif",
    what: "a GIF image",
    advice: "attach the text itself",
  },
  {
    signature: ascii("WEBP"),
    at: 8,
    mediaType: "image/webp",
    what: "a WebP image",
    advice: "attach the text itself",
  },
  {
    signature: ascii("{\\rtf"),
    mediaType: "application/rtf",
    what: "a rich text file",
    advice: "save it as PDF or plain text",
  },
  {
    signature: [0xd0, 0xcf, 0x11, 0xe0],
    mediaType: "application/x-ole-storage",
    what: "an old Office file",
    advice: "save it as PDF, or a sheet as CSV",
  },
  {
    signature: [0x1f, 0x8b],
    mediaType: "application/gzip",
    what: "a gzip archive",
    advice: "unpack it and attach what it holds",
  },
  {
    signature: ascii("7z\u00bc\u00af"),
    mediaType: "application/x-7z-compressed",
    what: "a 7-Zip archive",
    advice: "unpack it and attach what it holds",
  },
  {
    signature: ascii("ID3"),
    mediaType: "audio/mpeg",
    what: "an MP3 recording",
    advice: "attach a transcript",
  },
  {
    signature: ascii("ftyp"),
    at: 4,
    mediaType: "video/mp4",
    what: "a video or sound file",
    advice: "attach a transcript",
  },
  {
    signature: ascii("SQLite format 3"),
    mediaType: "application/vnd.sqlite3",
    what: "a SQLite database",
    advice: "export it as CSV",
  },
];

/** What a file's first bytes say it is, whatever is declared; null where they say nothing. */
export function signedMediaType(bytes: Uint8Array): string | null {
  if (isPdf(bytes)) return "application/pdf";
  if (startsWith(bytes, zip)) return "application/zip";
  return unreadable.find(({ signature, at }) => startsWith(bytes, signature, at))?.mediaType ?? null;
}

/** A PDF may carry up to a kilobyte of anything before its header (ISO 32000-1, annex H.3). */
export function isPdf(bytes: Uint8Array): boolean {
  const head = Math.min(bytes.length - 4, 1024);
  const signature = ascii("%PDF-");
  for (let at = 0; at < head; at += 1) if (startsWith(bytes, signature, at)) return true;
  return false;
}

/** @throws OrreryError invalid_request when the bytes are of a known format without readable text. */
export function refuseUnreadable(bytes: Uint8Array, name: string): void {
  if (startsWith(bytes, zip)) {
    const office = /\.(docx|xlsx|pptx|odt|ods|odp|epub)$/i.test(name);
    throw new OrreryError(
      "invalid_request",
      office
        ? `"${name}" is an office file, which cannot be read yet: save it as PDF, or a sheet as CSV.`
        : `"${name}" is a ZIP archive: unpack it and attach what it holds.`,
    );
  }
  const found = unreadable.find(({ signature, at }) => startsWith(bytes, signature, at));
  if (found) {
    throw new OrreryError(
      "invalid_request",
      `"${name}" is ${found.what}, which has no text that can be read: ${found.advice}.`,
    );
  }
}

const byExtension: Record<string, TextKind> = {
  html: "html",
  htm: "html",
  xhtml: "html",
  csv: "csv",
  tsv: "csv",
  json: "json",
  jsonl: "json",
  ndjson: "json",
  md: "markdown",
  markdown: "markdown",
  mdx: "markdown",
};

function byMediaType(mediaType: string): TextKind | "unsure" {
  if (/^(text\/html|application\/xhtml\+xml)$/.test(mediaType)) return "html";
  if (/^text\/(csv|tab-separated-values)$/.test(mediaType)) return "csv";
  if (/^(application\/(.+\+)?json|application\/(x-)?(ndjson|jsonl|jsonlines))$/.test(mediaType)) {
    return "json";
  }
  if (/^text\/(x-)?markdown$/.test(mediaType)) return "markdown";
  return "unsure";
}

/** A media type without parameters, in lower case. */
export const bareMediaType = (mediaType: string): string =>
  (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();

/** Whether a declared type says nothing, so that another source of the type is better. */
export const isGenericMediaType = (mediaType: string): boolean =>
  ["", "application/octet-stream", "binary/octet-stream", "application/unknown", "*/*"].includes(
    bareMediaType(mediaType),
  );

/** Chooses how decoded text is read. */
export function textKind(text: string, mediaType: string, name: string): TextKind {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  const declared = byMediaType(bareMediaType(mediaType));
  const kind = declared === "unsure" ? (byExtension[extension] ?? "unsure") : declared;
  const looksLikeHtml = /^\s*(<!doctype html|<html[\s>])/i.test(text.slice(0, 1024));
  if (kind === "unsure") return looksLikeHtml ? "html" : "plain";
  // A page saved under another name, or an error page served as one: read what it is.
  if ((kind === "csv" || kind === "json") && looksLikeHtml) return "html";
  return kind;
}
