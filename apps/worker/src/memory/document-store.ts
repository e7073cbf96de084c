/**
 * Documents of agents in the file store: bytes under a name of their own, the text read from them beside. Of a
 * confidential agent both are sealed. Nothing is shared, not even between equal documents: so one can be deleted while
 * the same bytes are being given again elsewhere.
 */
import { randomBytes } from "node:crypto";
import { OrreryError, type Id } from "@orrery/protocol";
import type { Vault } from "../security/index.ts";
import { extractText } from "./extract-text.ts";

/** A document as its agent remembers it. */
export interface StoredDocument {
  /**
   * The first 32 hexadecimal digits of the hash, by which the same bytes have the same id; random where sealed, since a
   * hash would tell whoever guesses a document that the guess is right.
   */
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Key in the file store; its text, once read, lies under `<key>.txt`. */
  key: string;
}

export interface DocumentSource {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/** What of R2 is needed; an `R2Bucket` is one. */
export type DocumentBucket = Pick<R2Bucket, "get" | "head" | "put" | "list" | "delete">;

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const prefixOf = (agentId: Id): string => `agents/${agentId}/documents/`;

const encoder = new TextEncoder();

export class DocumentStore {
  readonly #bucket: DocumentBucket;
  readonly #vault: () => Promise<Vault | null>;

  /** `vault` is asked for with each piece of work; null where nothing is sealed. */
  constructor(bucket: DocumentBucket, vault: () => Promise<Vault | null> = () => Promise.resolve(null)) {
    this.#bucket = bucket;
    this.#vault = vault;
  }

  /** Keeps the bytes. @throws OrreryError as the vault does */
  async put(agentId: Id, { name, mediaType, bytes }: DocumentSource): Promise<StoredDocument> {
    const vault = await this.#vault();
    const own = randomBytes(32).toString("hex");
    const key = prefixOf(agentId) + own;
    const digits = vault ? own : hex(await crypto.subtle.digest("SHA-256", bytes));
    if (vault) await this.#bucket.put(key, vault.seal(bytes, key));
    else await this.#bucket.put(key, bytes, { httpMetadata: { contentType: mediaType } });
    return { id: digits.slice(0, 32), name, mediaType, size: bytes.length, key };
  }

  /** Removes documents, each with its text. Removing one again changes nothing. */
  async delete(documents: readonly Pick<StoredDocument, "key">[]): Promise<void> {
    const keys = documents.flatMap(({ key }) => [key, `${key}.txt`]);
    // R2 takes a thousand at once.
    for (let start = 0; start < keys.length; start += 1_000) {
      await this.#bucket.delete(keys.slice(start, start + 1_000));
    }
  }

  /** The bytes as they were put. @throws OrreryError not_found */
  async bytes(document: Pick<StoredDocument, "name" | "key">): Promise<Uint8Array> {
    const object = await this.#bucket.get(document.key);
    if (object === null) throw notStored(document);
    const kept = new Uint8Array(await object.arrayBuffer());
    return (await this.#vault())?.open(kept, document.key) ?? kept;
  }

  /**
   * The text, read from the bytes the first time and kept: positions in it stay true for as long as the
   * document exists.
   * @throws OrreryError not_found; invalid_request when no text can be read, with the reason
   */
  async text(document: Pick<StoredDocument, "name" | "mediaType" | "key">): Promise<string> {
    const textKey = `${document.key}.txt`;
    const kept = await this.#bucket.get(textKey);
    const vault = await this.#vault();
    if (kept !== null) {
      if (!vault) return await kept.text();
      return new TextDecoder().decode(vault.open(new Uint8Array(await kept.arrayBuffer()), textKey));
    }
    const text = await extractText(await this.bytes(document), document.mediaType, document.name);
    // It is lent for a while only, and reading may outlast that.
    const present = await this.#vault();
    // Of an agent that is no more, nobody can say any longer that its text was to be sealed.
    if (vault && !present) throw notStored(document);
    if (present) await this.#bucket.put(textKey, present.seal(encoder.encode(text), textKey));
    else
      await this.#bucket.put(textKey, text, { httpMetadata: { contentType: "text/plain; charset=utf-8" } });
    // Nothing stays behind of a document that was deleted while it was read.
    if ((await this.#bucket.head(document.key)) === null) await this.#bucket.delete(textKey);
    return text;
  }

  /** Removes every document and text of the agent. */
  async deleteAll(agentId: Id): Promise<void> {
    for (;;) {
      // Always the first page: what it named is gone before the next look, which may find a text that came meanwhile.
      const { objects } = await this.#bucket.list({ prefix: prefixOf(agentId), limit: 1000 });
      if (objects.length === 0) return;
      await this.#bucket.delete(objects.map(({ key }) => key));
    }
  }
}

const notStored = ({ name }: Pick<StoredDocument, "name">): OrreryError =>
  new OrreryError("not_found", `The document "${name}" is no longer stored.`);
