/** Bytes to text, whatever encoding their author used. */
import { OrreryError } from "@orrery/protocol";

const decode = (label: string, bytes: Uint8Array): string =>
  new TextDecoder(label, { fatal: false, ignoreBOM: false }).decode(bytes);

/** Share of zero bytes at even or odd places of the first 4 KiB: UTF-16 text shows nearly one or the other. */
function zeroShare(bytes: Uint8Array, parity: 0 | 1): number {
  const length = Math.min(bytes.length, 4096) & ~1;
  let zeros = 0;
  for (let at = parity; at < length; at += 2) if (bytes[at] === 0) zeros += 1;
  return length === 0 ? 0 : zeros / (length / 2);
}

/** The character set that an HTML page or a media type names, for text that is not Unicode. */
function declaredCharset(bytes: Uint8Array, mediaType: string): string | undefined {
  const head = decode("windows-1252", bytes.subarray(0, 1024));
  const named =
    /charset\s*=\s*"?([\w-]+)/i.exec(mediaType)?.[1] ??
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
  if (named === undefined || /^utf-?8$/i.test(named)) return undefined;
  try {
    return new TextDecoder(named).encoding;
  } catch {
    // A name that no decoder knows says nothing.
    return undefined;
  }
}

/** Control characters that no text holds; tab, line feed, form feed and carriage return do occur. */
const controls = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/g;

/**
 * Decodes UTF-8 and UTF-16 (with or without a byte order mark), then what the document declares, then
 * windows-1252, in which any byte means something. Line ends become `\n`.
 * @throws OrreryError invalid_request when the bytes are no text in any of them.
 */
export function decodeText(bytes: Uint8Array, mediaType: string, name: string): string {
  const text = decodeBytes(bytes, mediaType);
  const sample = text.slice(0, 20_000);
  const strange = sample.match(controls)?.length ?? 0;
  if (strange > sample.length / 200) {
    throw new OrreryError(
      "invalid_request",
      `"${name}" is not text (${bytes.length} bytes of binary data): attach text, Markdown, HTML, CSV, JSON or PDF.`,
    );
  }
  return text.replace(/\r\n?/g, "\n").replace(controls, " ");
}

function decodeBytes(bytes: Uint8Array, mediaType: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode("utf-16le", bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode("utf-16be", bytes);
  if (zeroShare(bytes, 1) > 0.4 && zeroShare(bytes, 0) < 0.1) return decode("utf-16le", bytes);
  if (zeroShare(bytes, 0) > 0.4 && zeroShare(bytes, 1) < 0.1) return decode("utf-16be", bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    // Not UTF-8: an older encoding.
    return decode(declaredCharset(bytes, mediaType) ?? "windows-1252", bytes);
  }
}
