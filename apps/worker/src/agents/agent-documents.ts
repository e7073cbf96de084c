/**
 * The documents of an agent. Those that came with an execution are its session's: no other session sees them. Those
 * that the agent itself was given are seen in all.
 */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { Document } from "@orrery/protocol";
import type { DocumentStore, StoredDocument } from "../memory/index.ts";
import { log } from "../observability/index.ts";
import { unreadableText } from "./execution-columns.ts";
import type { ColumnSeal } from "./execution-columns.ts";
import type { AgentDocument } from "./tools/index.ts";

/** In place of a session, for documents of the agent itself. */
export const everySession = "";

/** Before the key, in place of a session, for documents whose bytes are still to be deleted. */
const removed = "removed/";

/** Documents that an agent itself may have. */
const documentLimit = 500;

const placeOf = (id: string): string => `documents/${id}/name`;

type Row = Record<string, SqlStorageValue>;

export class AgentDocuments {
  readonly #sql: SqlStorage;
  readonly #store: Pick<DocumentStore, "text" | "bytes" | "delete">;
  readonly #seal: ColumnSeal;
  #exists: boolean | undefined;

  /** What a document of a confidential agent is called is sealed with `seal`; its bytes are the store's matter. */
  constructor(sql: SqlStorage, store: Pick<DocumentStore, "text" | "bytes" | "delete">, seal: ColumnSeal) {
    this.#sql = sql;
    this.#store = store;
    this.#seal = seal;
  }

  /** Adds a document to a session. One that it has already only gets the new name; the copy is not kept. */
  add(document: StoredDocument, sessionId: string, now: number): void {
    this.#migrate();
    const name = this.#seal.active ? this.#seal.close(document.name, placeOf(document.id)) : document.name;
    const [kept] = this.#sql
      .exec(
        `INSERT INTO documents (session_id, id, name, media_type, size, key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET name = excluded.name, created_at = excluded.created_at RETURNING key`,
        sessionId,
        document.id,
        name,
        document.mediaType,
        document.size,
        document.key,
        now,
      )
      .toArray();
    if (kept?.["key"] !== document.key) void this.#discard(document);
  }

  /**
   * Gives the agent itself a document.
   * @throws OrreryError `conflict` where it has as many as it can hold
   */
  give(document: StoredDocument, now: number): Document {
    if (this.#count(document.id) >= documentLimit) {
      throw new OrreryError(
        "conflict",
        `The agent holds ${documentLimit} documents already; remove one before it is given another.`,
      );
    }
    this.add(document, everySession, now);
    return this.get(document.id);
  }

  /** Those of a session by their ids, from after the id `after`; {@link everySession} for the agent's own. */
  page(sessionId: string, limit: number, after = ""): Document[] {
    return this.#rows(`session_id = ? AND id > ? ORDER BY id LIMIT ?`, sessionId, after, limit).map((row) =>
      this.#view(row),
    );
  }

  /** One of the agent's own. @throws OrreryError `not_found` */
  get(id: string): Document {
    return this.#view(this.#found(`session_id = ? AND id = ?`, everySession, id));
  }

  /** Takes a document from the agent itself; sessions that it was attached in keep theirs. @throws OrreryError `not_found` */
  async remove(id: string): Promise<void> {
    this.#found(`session_id = ? AND id = ?`, everySession, id);
    this.#part(`session_id = ? AND id = ?`, everySession, id);
    await this.sweep();
  }

  /** Removes a session's documents. */
  async removeSession(sessionId: string): Promise<void> {
    this.#part(`session_id = ?`, sessionId);
    await this.sweep();
  }

  /** What a session sees, each document once: its own first, then the newest. */
  list(sessionId: string): AgentDocument[] {
    const seen = new Set<string>();
    return this.#rows(
      `session_id IN (?, ?) ORDER BY session_id = ? DESC, created_at DESC, id`,
      sessionId,
      everySession,
      sessionId,
    ).flatMap((row): AgentDocument[] => {
      const id = String(row["id"]);
      if (seen.has(id)) return [];
      seen.add(id);
      const { name, mediaType, size } = this.#view(row);
      const text = () => this.#store.text({ name, mediaType, key: String(row["key"]) });
      return [{ id, name, mediaType, size, ...(this.#seal.active && { confidential: true }), text }];
    });
  }

  /** Where the bytes of a document lie that some session, or the agent itself, has. @throws OrreryError `not_found` */
  stored(id: string): StoredDocument {
    const row = this.#found(`id = ? AND session_id NOT GLOB ? LIMIT 1`, id, `${removed}*`);
    const { name, mediaType, size } = this.#view(row);
    return { id, name, mediaType, size, key: String(row["key"]) };
  }

  /** The bytes of a document. @throws OrreryError `not_found` */
  async bytes({ id, name }: { id: string; name: string }): Promise<Uint8Array> {
    const [row] = this.#rows(`id = ? AND session_id NOT GLOB ? LIMIT 1`, id, `${removed}*`);
    if (!row) throw new OrreryError("not_found", `The document "${name}" is no longer stored.`);
    return await this.#store.bytes({ name, key: String(row["key"]) });
  }

  /** Whether there are bytes left of documents that were removed. */
  get behind(): boolean {
    return this.#parted().length > 0;
  }

  /** Deletes the bytes of removed documents. What cannot be deleted now is deleted the next time. */
  async sweep(): Promise<void> {
    const rows = this.#parted();
    // Documents of before each had bytes of its own may share them: then they stay for the others.
    const own = rows.filter(
      ({ key }) => this.#rows(`key = ? AND session_id NOT GLOB ?`, String(key), `${removed}*`).length === 0,
    );
    if (rows.length === 0) return;
    try {
      await this.#store.delete(own.map(({ key }) => ({ key: String(key) })));
    } catch (error) {
      log.warn("agent.documents-not-removed", { error });
      return;
    }
    for (const row of rows)
      this.#sql.exec(`DELETE FROM documents WHERE session_id = ?`, String(row["session_id"]));
  }

  /** From here on nobody sees these documents; that their bytes are to be deleted is on disk. */
  #part(where: string, ...bindings: SqlStorageValue[]): void {
    if (!this.#hasTable()) return;
    this.#sql.exec(`UPDATE documents SET session_id = ? || key WHERE ${where}`, removed, ...bindings);
  }

  #parted(): Row[] {
    return this.#rows(`session_id >= ? AND session_id < ?`, removed, `${removed}~`);
  }

  async #discard(document: StoredDocument): Promise<void> {
    try {
      await this.#store.delete([document]);
    } catch (error) {
      log.warn("agent.copy-not-removed", { document: document.id, error });
    }
  }

  #count(besides: string): number {
    return this.#hasTable()
      ? Number(
          this.#sql
            .exec(
              `SELECT count(*) AS n FROM documents WHERE session_id = ? AND id <> ?`,
              everySession,
              besides,
            )
            .one()["n"],
        )
      : 0;
  }

  #found(where: string, ...bindings: SqlStorageValue[]): Row {
    const [row] = this.#rows(where, ...bindings);
    if (!row) throw new OrreryError("not_found", "The agent has no such document.");
    return row;
  }

  #rows(where: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#hasTable()
      ? this.#sql.exec(`SELECT * FROM documents WHERE ${where}`, ...bindings).toArray()
      : [];
  }

  #view(row: Row): Document {
    const id = String(row["id"]);
    return {
      id,
      name: this.#nameOf(id, row["name"]),
      mediaType: String(row["media_type"]),
      size: Number(row["size"]),
      createdAt: timestamp(Number(row["created_at"])),
    };
  }

  #nameOf(id: string, column: unknown): string {
    if (!(column instanceof ArrayBuffer)) return String(column);
    const name = this.#seal.open(new Uint8Array(column), placeOf(id));
    return typeof name === "string" ? name : unreadableText;
  }

  #migrate(): void {
    if (this.#hasTable()) return;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS documents (
        session_id TEXT NOT NULL,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        key TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (session_id, id)
      ) WITHOUT ROWID`);
    this.#exists = true;
  }

  #hasTable(): boolean {
    this.#exists ??=
      this.#sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'documents'`).toArray()
        .length > 0;
    return this.#exists;
  }
}

/** What a model is told, so that it knows what it may look into. */
export function documentNote(documents: readonly AgentDocument[]): string | null {
  if (documents.length === 0) return null;
  const shown = documents.slice(0, 20).map(({ name, mediaType, id }) => `- ${name} (${mediaType}, id ${id})`);
  if (documents.length > shown.length) shown.push(`- and ${documents.length - shown.length} more`);
  return `Documents you can look into with your tools; quote them rather than guess:\n${shown.join("\n")}`;
}
