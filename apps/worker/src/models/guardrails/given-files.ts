/** Whether a file of a message is what it says it is, and something that a model can read. */
import { bareMediaType, signedMediaType } from "../../memory/index.ts";
import { at } from "../wire/json.ts";

export interface GivenFile {
  /** As the AI SDK's file and image parts have it: bytes, base64, a data or http address, or tagged. */
  source: unknown;
  /** A media type, or the first half of one. */
  declared: string;
  /** How sentences call it. */
  name: string;
}

/** Types that models read and whose bytes always say what they are. */
const signed = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"]);

const isMedia = (mediaType: string): boolean => /^(?:audio|video)\//.test(mediaType);

const aliases: Readonly<Record<string, string>> = { "image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg" };

const isTextual = (mediaType: string): boolean =>
  mediaType.startsWith("text/") ||
  /^application\/(?:(?:[\w.-]+\+)?(?:json|xml)|yaml|x-yaml|toml|javascript|x-ndjson|jsonl)$/.test(mediaType);

/** The first bytes are looked at: a PDF may begin within a kilobyte (`media-kinds.ts`). */
const headBytes = 1_032;

type Checked = { bytes: number } | { problem: string };

/** Decoded bytes of a file (0 where it is named by an address), or what is wrong with it and what to do. */
export function problemOf(file: GivenFile, limit: number): Checked {
  let source = file.source;
  const tag = at(source, "type");
  if (tag === "text") return { bytes: 0 };
  if (tag === "data") source = at(source, "data");
  else if (tag === "url") source = at(source, "url");
  if (source instanceof URL) source = source.href;
  if (source instanceof ArrayBuffer) source = new Uint8Array(source);
  if (source instanceof Uint8Array) return ofBytes(file, source.length, source.subarray(0, headBytes), limit);
  if (typeof source !== "string" || /^https?:/i.test(source)) return { bytes: 0 };
  return source.startsWith("data:") ? ofDataUrl(file, source, limit) : ofBase64(file, source, limit);
}

function ofDataUrl(file: GivenFile, url: string, limit: number): Checked {
  const comma = url.indexOf(",");
  const head = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*(;base64)?$/.exec(url.slice(0, comma));
  if (comma === -1 || head === null) {
    return {
      problem: `${file.name} has a data: URL that cannot be read: write data:<media type>;base64,<data>.`,
    };
  }
  const [, inUrl, base64] = head;
  const declared = isFull(file.declared) ? file.declared : (inUrl ?? file.declared);
  if (inUrl !== undefined && normal(inUrl) !== normal(declared)) {
    return {
      problem: `${file.name} is declared as ${normal(declared)}, and its data: URL says ${normal(inUrl)}: give both the same type.`,
    };
  }
  const body = url.slice(comma + 1);
  if (base64 !== undefined) return ofBase64({ ...file, declared }, body, limit);
  try {
    const bytes = new TextEncoder().encode(decodeURIComponent(body));
    return ofBytes({ ...file, declared }, bytes.length, bytes.subarray(0, headBytes), limit);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return {
      problem: `${file.name} has a data: URL that is not percent-encoded: encode it, or send base64.`,
    };
  }
}

function ofBase64(file: GivenFile, text: string, limit: number): Checked {
  // RFC 4648, 4: with its padding, or without.
  const data = text.replace(/={1,2}$/, "");
  const padded = data.length !== text.length;
  if (/[^A-Za-z0-9+/]/.test(data) || data.length % 4 === 1 || (padded && text.length % 4 !== 0)) {
    return {
      problem: `${file.name} is not base64: encode its bytes with the standard alphabet (RFC 4648, 4).`,
    };
  }
  const head = Uint8Array.from(atob(data.slice(0, (headBytes / 3) * 4)), (byte) => byte.charCodeAt(0));
  return ofBytes(file, Math.floor((data.length * 3) / 4), head, limit);
}

function ofBytes(file: GivenFile, bytes: number, head: Uint8Array, limit: number): Checked {
  if (bytes === 0) return { problem: `${file.name} is empty: attach it again.` };
  if (bytes > limit) {
    return {
      problem: `${file.name} has ${bytes} bytes, and a file may have at most ${limit}: make it smaller.`,
    };
  }
  const problem = mismatch(file, normal(file.declared), signedMediaType(head), head);
  return problem === null ? { bytes } : { problem };
}

function mismatch(
  { name }: GivenFile,
  declared: string,
  real: string | null,
  head: Uint8Array,
): string | null {
  if (real !== null && !signed.has(real) && !isMedia(real)) {
    return `${name} is ${real}, which no model reads: send PNG, JPEG, GIF, WebP or PDF, or its text.`;
  }
  if (!isFull(declared)) {
    if (real === null || real.startsWith(`${declared.split("/", 1)[0]}/`)) return null;
    return `${name} is declared as ${declared}, and its bytes are ${real}: declare it as ${real}.`;
  }
  if (signed.has(declared)) {
    if (real === declared) return null;
    return real === null
      ? `${name} is declared as ${declared}, and its bytes are something else: declare what it is, or attach it again.`
      : `${name} is declared as ${declared}, and its bytes are ${real}: declare it as ${real}.`;
  }
  if (isTextual(declared)) {
    if (real !== null)
      return `${name} is declared as ${declared}, and its bytes are ${real}: declare it as ${real}.`;
    return head.includes(0)
      ? `${name} is declared as ${declared}, and is no text: declare what it is.`
      : null;
  }
  if (isMedia(declared)) {
    if (real === null || isMedia(real)) return null;
    return `${name} is declared as ${declared}, and its bytes are ${real}: declare it as ${real}.`;
  }
  return `${name} is of type ${declared}, which no model reads: send PNG, JPEG, GIF, WebP or PDF, or its text.`;
}

const normal = (mediaType: string): string => {
  const bare = bareMediaType(mediaType);
  return aliases[bare] ?? bare;
};

const isFull = (mediaType: string): boolean => mediaType.includes("/") && !mediaType.endsWith("/*");
