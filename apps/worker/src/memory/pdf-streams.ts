/**
 * What a PDF unpacks to, looked at before PDF.js reads it: a file of a few kilobytes may hold operators for hours, and
 * nothing interrupts PDF.js within a page.
 *
 * Every stream of the file is found by its keyword (ISO 32000-1, 7.3.8), whatever the cross-reference table says.
 * Pictures, and what is packed as text is not, are taken out of the copy that PDF.js gets. What is left is unpacked
 * once and measured.
 */
import { isKnown, packingOf, TooLarge, unpacked } from "./pdf-filters.ts";
import { isEndless } from "./pdf-operators.ts";

/** Why a PDF is not read, as the rest of a sentence about it. */
export class PdfRefused extends Error {}

/** Bytes of one stream, unpacked, and of all together. */
const mostUnpacked = 16 * 1024 * 1024;
const mostUnpackedInAll = 64 * 1024 * 1024;
/** Streams of one file, and how many of them may be damaged. */
const mostStreams = 20_000;
const mostDamaged = 50;

/** Dictionaries within each other: one that is never closed would be read to its end from each that it holds. */
const deepestDictionary = 64;

/** Bytes before a stream's keyword in which its dictionary is looked for, and its end. */
const longestDictionary = 16_384;
const longestGap = 128;

const keyword = "stream";

/** A copy of the file without its pictures. @throws PdfRefused */
export function withoutPictures(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  // The types of Workers and of Node.js together call it any.
  const file = (Buffer as BufferConstructor).from(copy.buffer);
  if (isTangled(file)) throw new PdfRefused("is damaged: export it again");
  // What is encrypted cannot be unpacked here. PDF.js opens it where no password has to be given.
  if (file.includes("/Encrypt")) return copy;
  const streams = new Streams(file);
  let left = mostUnpackedInAll;
  let damaged = 0;
  const take = (size: number): void => {
    left -= size;
    if (left < 0) throw tooLarge(mostUnpackedInAll);
  };
  for (const { at, packed, packing } of streams.all()) {
    const content = packing === "picture" ? null : contentOf(packed, packing, take);
    if (content === null) {
      // Without the keyword there is no stream, and nothing looks at what follows the dictionary.
      file.fill(" ", at, at + keyword.length);
      if (packing !== "picture" && (damaged += 1) > mostDamaged)
        throw new PdfRefused("is damaged: export it again");
      continue;
    }
    take(content.length);
    if (isEndless(content)) {
      throw new PdfRefused("has a page that is drawn in too many steps: print it to a new PDF");
    }
  }
  return copy;
}

/** Packed data may hold the same signs by chance, and as many of both. */
function isTangled(file: Buffer): boolean {
  let depth = 0;
  for (let at = 1; at < file.length; at += 1) {
    if (file[at] === 0x3c && file[at - 1] === 0x3c) depth += 1;
    else if (file[at] === 0x3e && file[at - 1] === 0x3e) depth = Math.max(0, depth - 1);
    else continue;
    if (depth > deepestDictionary) return true;
    at += 1;
  }
  return false;
}

const tooLarge = (bytes: number): PdfRefused =>
  new PdfRefused(
    `unpacks to more than ${bytes / 1024 / 1024} MB besides its pictures: split it, or print it to a new PDF`,
  );

function contentOf(packed: Buffer, packing: string[], take: (size: number) => void): Uint8Array | null {
  if (!isKnown(packing)) throw new PdfRefused("is packed as only old PDFs are: print it to a new one");
  try {
    return unpacked(packed, packing, mostUnpacked, take);
  } catch (error) {
    throw error instanceof TooLarge ? tooLarge(mostUnpacked) : error;
  }
}

interface Stream {
  /** Where its keyword begins. */
  at: number;
  /** Its data, and whatever follows. */
  packed: Buffer;
  packing: "picture" | string[];
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x0c || byte === 0x00;

class Streams {
  readonly #file: Buffer;
  /** The first of each at or behind where they were last looked for. */
  readonly #next = new Map<string, number>();

  constructor(file: Buffer) {
    this.#file = file;
  }

  *all(): Generator<Stream> {
    const file = this.#file;
    let count = 0;
    for (let at = file.indexOf(keyword); at !== -1; at = file.indexOf(keyword, at + 1)) {
      if (!isSpace(file[at + keyword.length]) || !this.#followsDictionary(at)) continue;
      if ((count += 1) > mostStreams) throw new PdfRefused(`has more than ${mostStreams} parts: split it`);
      const before = file.toString("latin1", Math.max(0, at - longestDictionary), at);
      const packing = packingOf(before.slice(before.lastIndexOf("obj") + 1));
      const start = this.#lineAfter(at);
      // What is deflated says itself where it ends, whatever else seems to be there.
      const isDeflated = packing.length === 1 && packing[0]?.startsWith("F") === true;
      const end = isDeflated ? file.length : this.#find("endstream", start);
      yield { at, packed: file.subarray(start, end), packing };
    }
  }

  /** White space and comments may stand between a dictionary and the keyword. */
  #followsDictionary(at: number): boolean {
    let last = at - 1;
    while (isSpace(this.#file[last])) last -= 1;
    const gap = this.#file.subarray(Math.max(0, at - longestGap), at);
    // Mostly it is a word of some text.
    if (this.#file[last] !== 0x3e && !gap.includes("%")) return false;
    const before = gap.toString("latin1");
    return />>(?:[\s\0]|%[^\r\n]*[\r\n])*$/.test(before);
  }

  #lineAfter(at: number): number {
    const end = Math.min(this.#find("\n", at), this.#find("\r", at));
    return this.#file[end] === 0x0d && this.#file[end + 1] === 0x0a ? end + 2 : end + 1;
  }

  /** Where `sign` is found next, or the end of the file. Places that are asked for come in order. */
  #find(sign: string, from: number): number {
    const known = this.#next.get(sign) ?? -1;
    if (known >= from) return known;
    const found = this.#file.indexOf(sign, from);
    const next = found === -1 ? this.#file.length : found;
    this.#next.set(sign, next);
    return next;
  }
}
