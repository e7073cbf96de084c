/** How streams of a PDF are packed (ISO 32000-1, 7.4), as far as text is. */
import { constants, inflateRawSync } from "node:zlib";

/** A stream unpacks to more than it may. */
export class TooLarge extends Error {}

const pictures = new Set(["DCTDecode", "DCT", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "CCF"]);

/** What a stream's dictionary says of it: a picture, or the filters that are to be undone in their order. */
export function packingOf(dictionary: string): "picture" | string[] {
  if (/\/Subtype\s*\/Image\b/.test(dictionary)) return "picture";
  const given = /\/F(?:ilter)?(?![\w#])\s*(\[[^\]]*\]|\/[^\s/<>[\]()]+|\d+)/.exec(dictionary)?.[1] ?? "";
  // Where the filters are named in some other object, they are not looked for: no text is written so.
  if (/\d\s*$|\d\s+R\b/.test(given.replace(/\/[^\s/<>[\]()]+/g, ""))) return "picture";
  const filters = Array.from(given.matchAll(/\/([^\s/<>[\]()]+)/g), ([, name = ""]) => name);
  return filters.some((filter) => pictures.has(filter)) ? "picture" : filters;
}

/** Whether text is packed so. */
export const isKnown = (filters: readonly string[]): boolean =>
  filters.length === 0 ||
  /^(?:(?:ASCII85Decode|A85) )?(?:FlateDecode|Fl)$|^(?:ASCII85Decode|A85)$/.test(filters.join(" "));

/**
 * Undoes known filters, as far as `packed` goes on as they want it; null where it does not. `made` is told of the bytes
 * that each filter made.
 * @throws TooLarge past `most` bytes
 */
export function unpacked(
  packed: Uint8Array,
  filters: readonly string[],
  most: number,
  made: (bytes: number) => void,
): Uint8Array | null {
  const [first, ...others] = filters;
  if (first === undefined) return packed;
  const bytes = first.startsWith("A") ? ascii85(packed, most) : inflated(packed, most);
  if (bytes === null) return null;
  made(bytes.length);
  return unpacked(bytes, others, most, made);
}

/** The checksum is not looked at, nor is what stands behind the end: PDF.js does not mind either. */
function inflated(packed: Uint8Array, most: number): Uint8Array | null {
  try {
    return inflateRawSync(packed.subarray(2), {
      maxOutputLength: most,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw new TooLarge("a stream is too large", { cause });
    return null;
  }
}

/** Groups of five characters are four bytes, and a `z` four zeros, up to `~>`. */
function ascii85(packed: Uint8Array, most: number): Uint8Array {
  let size = packed.length;
  for (const byte of packed) if (byte === 0x7a) size += 4;
  if (size > most) throw new TooLarge("a stream is too large");
  const out = new Uint8Array(size);
  let end = 0;
  let group = 0;
  let digits = 0;
  const write = (count: number): void => {
    for (let at = 0; at < count; at += 1) out[end + at] = (group >>> (24 - at * 8)) & 0xff;
    end += count;
    [group, digits] = [0, 0];
  };
  for (const byte of packed) {
    if (byte <= 0x20) continue;
    if (byte === 0x7a && digits === 0) write(4);
    else if (byte > 0x75) break;
    else {
      group = Math.imul(group, 85) + (byte - 0x21);
      digits += 1;
      if (digits === 5) write(4);
    }
  }
  if (digits > 1) {
    const bytes = digits - 1;
    for (; digits < 5; digits += 1) group = Math.imul(group, 85) + 84;
    write(bytes);
  }
  return out.subarray(0, end);
}
