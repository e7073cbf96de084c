/** Reading the files of a ZIP. Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;

/** Of one file, unpacked, and of all that are read of an archive: small ones unpack to anything. */
const maxUnpacked = 64 * 1024 * 1024;
const maxUnpackedInAll = 2 * maxUnpacked;

interface Entry {
  method: number;
  packedSize: number;
  at: number;
}

export class ZipArchive {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #entries = new Map<string, Entry>();
  #left = maxUnpackedInAll;

  /** @throws Error for what is no ZIP */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = this.#end();
    const count = this.#view.getUint16(end + 10, true);
    let at = this.#view.getUint32(end + 16, true);
    for (let number = 0; number < count; number += 1) at = this.#readEntry(at);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** A file as text; null where there is none of this name. */
  async text(name: string): Promise<string | null> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const start =
      entry.at + 30 + this.#view.getUint16(entry.at + 26, true) + this.#view.getUint16(entry.at + 28, true);
    const packed = this.#bytes.subarray(start, start + entry.packedSize);
    if (entry.method === 0) {
      this.#take(packed.byteLength);
      return new TextDecoder().decode(packed);
    }
    if (entry.method !== 8) throw new Error("the file is packed in a way that is not known here");
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > maxUnpacked) throw new Error("the file is too large");
      this.#take(chunk.byteLength);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  #take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Error("the file is too large");
  }

  /** Where the list of files is told of: at the end, before a comment of any length. */
  #end(): number {
    for (let at = this.#bytes.byteLength - 22; at >= 0 && at > this.#bytes.byteLength - 66_000; at -= 1) {
      if (this.#view.getUint32(at, true) === endSignature) return at;
    }
    throw new Error("the file is damaged, or not what its name says");
  }

  #readEntry(at: number): number {
    if (this.#view.getUint32(at, true) !== entrySignature) throw new Error("the file is damaged");
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) =>
      this.#view.getUint16(at + offset, true),
    );
    const end = at + 46 + (nameSize ?? 0);
    this.#entries.set(new TextDecoder().decode(this.#bytes.subarray(at + 46, end)), {
      method: this.#view.getUint16(at + 10, true),
      packedSize: this.#view.getUint32(at + 20, true),
      at: this.#view.getUint32(at + 42, true),
    });
    return end + (extraSize ?? 0) + (commentSize ?? 0);
  }
}
