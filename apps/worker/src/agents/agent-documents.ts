/** The documents of an agent: which there are, and in which session each was given. */
import { OrreryError } from "@orrery/protocol";
import type { DocumentStore, StoredDocument } from "../memory/index.ts";
import { unreadableText } from "./execution-columns.ts";
import type { ColumnSeal } from "./execution-columns.ts";
import type { AgentDocument } from "./tools/index.ts";

const placeOf = (id: string): string => `documents/${id}/name`;

export class AgentDocuments {
  readonly #sql: SqlStorage;
  readonly #store: Pick<DocumentStore, "text" | "bytes">;
  readonly #seal: ColumnSeal;
  #exists: boolean | undefined;

  /** What a document of a confidential agent is called is sealed with `seal`; its bytes are the store's matter. */
  constructor(sql: SqlStorage, store: Pick<DocumentStore, "text" | "bytes">, seal: ColumnSeal) {
    this.#sql = sql;
    this.#store = store;
    this.#seal = seal;
  }

  /** Adds a document to a session; giving it again changes nothing. */
  add(document: StoredDocument, sessionId: string, now: number): void {
    if (!this.#hasTable()) {
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
    this.#sql.exec(
      `INSERT INTO documents (session_id, id, name, media_type, size, key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET name = excluded.name, created_at = excluded.created_at`,
      sessionId,
      document.id,
      this.#seal.active ? this.#seal.close(document.name, placeOf(document.id)) : document.name,
      document.mediaType,
      document.size,
      document.key,
      now,
    );
  }

  /** All documents, each once: those of `sessionId` first, then the newest. */
  list(sessionId: string): AgentDocument[] {
    if (!this.#hasTable()) return [];
    const seen = new Set<string>();
    return this.#sql
      .exec(`SELECT * FROM documents ORDER BY session_id = ? DESC, created_at DESC, id`, sessionId)
      .toArray()
      .flatMap((row): AgentDocument[] => {
        const id = String(row["id"]);
        if (seen.has(id)) return [];
        seen.add(id);
        const document = {
          id,
          name: this.#nameOf(id, row["name"]),
          mediaType: String(row["media_type"]),
          size: Number(row["size"]),
        };
        const key = String(row["key"]);
        return [
          {
            ...document,
            sessionId: String(row["session_id"]),
            ...(this.#seal.active && { confidential: true }),
            text: () => this.#store.text({ ...document, key }),
          },
        ];
      });
  }

  /** The bytes of a document. @throws OrreryError `not_found` */
  async bytes({ id, name }: { id: string; name: string }): Promise<Uint8Array> {
    const row = this.#hasTable()
      ? this.#sql.exec(`SELECT key FROM documents WHERE id = ? LIMIT 1`, id).toArray()[0]
      : undefined;
    if (!row) throw new OrreryError("not_found", `The document "${name}" is no longer stored.`);
    return await this.#store.bytes({ name, key: String(row["key"]) });
  }

  removeSession(sessionId: string): void {
    if (this.#hasTable()) this.#sql.exec(`DELETE FROM documents WHERE session_id = ?`, sessionId);
  }

  #nameOf(id: string, column: unknown): string {
    if (!(column instanceof ArrayBuffer)) return String(column);
    const name = this.#seal.open(new Uint8Array(column), placeOf(id));
    return typeof name === "string" ? name : unreadableText;
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
