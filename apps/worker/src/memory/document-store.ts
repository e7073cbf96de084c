/** Documents of agents in the file store: bytes under their hash, the text read from them beside. */
import { OrreryError, type Id } from "@orrery/protocol";
import { extractText } from "./extract-text.ts";

/** A document as its agent remembers it. The same bytes given to one agent twice are one object. */
export interface StoredDocument {
  /** The first 32 hexadecimal digits of the hash: the same bytes have the same id. */
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** Key in the file store; its text, once read, lies under `<key>.txt`. */
  key: string;
}

export interface DocumentSource {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/** What of R2 is needed; an `R2Bucket` is one. */
export type DocumentBucket = Pick<R2Bucket, "get" | "put" | "list" | "delete" | "head">;

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const prefixOf = (agentId: Id): string => `agents/${agentId}/documents/`;

export class DocumentStore {
  readonly #bucket: DocumentBucket;

  constructor(bucket: DocumentBucket) {
    this.#bucket = bucket;
  }

  /** Keeps the bytes. Putting the same bytes again writes nothing and gives the same id and key. */
  async put(agentId: Id, { name, mediaType, bytes }: DocumentSource): Promise<StoredDocument> {
    const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
    const key = prefixOf(agentId) + sha256;
    if ((await this.#bucket.head(key)) === null) {
      await this.#bucket.put(key, bytes, { httpMetadata: { contentType: mediaType } });
    }
    return { id: sha256.slice(0, 32), name, mediaType, size: bytes.length, sha256, key };
  }

  /** The bytes as they were put. @throws OrreryError not_found */
  async bytes(document: Pick<StoredDocument, "name" | "key">): Promise<Uint8Array> {
    const object = await this.#bucket.get(document.key);
    if (object === null) {
      throw new OrreryError("not_found", `The document "${document.name}" is no longer stored.`);
    }
    return new Uint8Array(await object.arrayBuffer());
  }

  /**
   * The text, read from the bytes the first time and kept: positions in it stay true for as long as the
   * document exists.
   * @throws OrreryError not_found; invalid_request when no text can be read, with the reason
   */
  async text(document: Pick<StoredDocument, "name" | "mediaType" | "key">): Promise<string> {
    const textKey = `${document.key}.txt`;
    const kept = await this.#bucket.get(textKey);
    if (kept !== null) return await kept.text();
    const text = await extractText(await this.bytes(document), document.mediaType, document.name);
    await this.#bucket.put(textKey, text, {
      httpMetadata: { contentType: "text/plain; charset=utf-8" },
    });
    return text;
  }

  /** Removes every document and text of the agent. */
  async deleteAll(agentId: Id): Promise<void> {
    for (;;) {
      // Always the first page: what it named is gone before the next look.
      const page = await this.#bucket.list({ prefix: prefixOf(agentId), limit: 1000 });
      if (page.objects.length > 0) {
        await this.#bucket.delete(page.objects.map((object) => object.key));
      }
      if (!page.truncated) return;
    }
  }
}
