import {
  type Key,
  type KeyHolder,
  OrreryError,
  type Page,
  type PeerScope,
  type PublicJwk,
  newId,
  timestamp,
} from "@orrery/protocol";
import type { JWK } from "jose";
import type { KeyMaterial, KeyOrder } from "./key-rules.ts";
import type { Ring, RingKey } from "./ring.ts";
import type { SecretBox } from "./secret-box.ts";

/** Keys of a workspace that are not retired. */
const mostKeys = 1_000;

/** Milliseconds for which a peer's key still counts once it has given another. */
export const peerOverlap = 86_400_000;

/** A row of `keys`; times are epoch milliseconds. */
interface KeyRow extends Record<string, SqlStorageValue> {
  seq: number;
  id: string;
  use: "sign" | "encrypt";
  algorithm: "Ed25519" | "HS256" | "ECDH-ES+A256KW";
  holder_kind: "workspace" | "agent" | "peer";
  /** The agent's id or the peer's name; empty for the workspace. */
  holder: string;
  /** JSON. */
  scopes: string;
  /** JSON; null for HS256. */
  public_jwk: string | null;
  /** The private half, sealed; null for a peer's pair, and once retired. */
  secret: ArrayBuffer | null;
  created_at: number;
  /** Null while active. */
  ends_at: number | null;
}

const holderName = (holder: KeyHolder): string =>
  holder.kind === "workspace" ? "" : holder.kind === "agent" ? holder.agentId : holder.name;

function holderOf({ holder_kind: kind, holder }: KeyRow): KeyHolder {
  if (kind === "workspace") return { kind };
  return kind === "agent" ? { kind, agentId: holder } : { kind, name: holder };
}

const statusOf = ({ ends_at: end }: KeyRow, now: number): Key["status"] =>
  end === null ? "active" : end > now ? "retiring" : "retired";

const publicOf = (row: KeyRow): PublicJwk | null =>
  row.public_jwk === null ? null : (JSON.parse(row.public_jwk) as PublicJwk);

const scopesOf = (row: KeyRow): PeerScope[] => JSON.parse(row.scopes) as PeerScope[];

function toKey(row: KeyRow, now: number): Key {
  const publicJwk = publicOf(row);
  return {
    id: row.id,
    use: row.use,
    algorithm: row.algorithm,
    holder: holderOf(row),
    status: statusOf(row, now),
    ...(publicJwk !== null && { publicJwk }),
    ...(row.holder_kind === "peer" && row.use === "sign" && { scopes: scopesOf(row) }),
    createdAt: timestamp(row.created_at),
    endsAt: row.ends_at === null ? null : timestamp(row.ends_at),
  };
}

/** Where a key's secret is bound to. */
const placeOf = (id: string): string => `keys/${id}`;

/**
 * The keys of one workspace in its object's SQLite. Nothing is written, no table either, before the first key.
 */
export class KeyStore {
  readonly #sql: SqlStorage;
  #exists: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exists =
      sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'keys'").toArray().length > 0;
  }

  /**
   * Adds a key. A holder's active key of the same use makes way where the holder is a peer, which rotates by giving
   * another; it still counts for a day.
   * @throws OrreryError conflict where the id is taken, one of ours is active already, or there are too many
   */
  add(order: KeyOrder, material: KeyMaterial, box: SecretBox | null, now: number): Key {
    this.#create();
    const { holder, use } = order;
    const id = order.id ?? newId(now);
    if (this.#row(id) !== null) throw new OrreryError("conflict", "There is a key with this id already");
    if (this.#living(now).length >= mostKeys) {
      throw new OrreryError("conflict", `A workspace has at most ${mostKeys} keys that are not retired`);
    }
    const before = this.#active(holder, use);
    if (before !== null) {
      if (holder.kind !== "peer") {
        throw new OrreryError("conflict", `There is such a key already: rotate ${before.id} instead`);
      }
      this.#end(before.id, now + peerOverlap);
    }
    return this.#insert(id, order, material, box, now);
  }

  /** Makes `material` the successor of an active key, which ends after `overlap` milliseconds. */
  replace(id: string, material: KeyMaterial, box: SecretBox, overlap: number, now: number): Key {
    const row = this.#known(id);
    if (row.ends_at !== null) {
      throw new OrreryError("conflict", "The key is not active any more: its successor can be rotated");
    }
    this.#end(id, now + overlap);
    const order = {
      use: row.use,
      algorithm: row.algorithm,
      holder: holderOf(row),
      scopes: scopesOf(row),
    } as KeyOrder;
    return this.#insert(newId(now), order, material, box, now);
  }

  /** Ends a key at once. What it alone can open stays closed. @throws OrreryError not_found */
  retire(id: string, now: number): Key {
    const row = this.#known(id);
    if (row.ends_at === null || row.ends_at > now) this.#end(id, now);
    this.forget(now);
    return this.get(id, now);
  }

  /** @throws OrreryError not_found */
  remove(id: string): void {
    this.#known(id);
    this.#sql.exec("DELETE FROM keys WHERE id = ?", id);
  }

  /** @throws OrreryError not_found */
  get(id: string, now: number): Key {
    return toKey(this.#known(id), now);
  }

  /** What a new key like this one is to be made of. @throws OrreryError not_found */
  orderLike(id: string): KeyOrder {
    const row = this.#known(id);
    const publicJwk = publicOf(row);
    const curve = publicJwk?.crv === "P-256" || publicJwk?.crv === "X25519" ? publicJwk.crv : undefined;
    return {
      use: row.use,
      algorithm: row.algorithm,
      holder: holderOf(row),
      scopes: [],
      ...(curve !== undefined && { curve }),
    };
  }

  /** Newest first; `after` is an earlier page's `nextCursor`. */
  list(limit: number, after: string | undefined, now: number): Page<Key> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const rows = this.#rows("WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => toKey(row, now)),
      nextCursor: rows.length > limit && last !== undefined ? String(last.seq) : null,
    };
  }

  /** Whether anything in the ring has to be opened. */
  holdsSecrets(now: number): boolean {
    return this.#living(now).some((row) => row.secret !== null);
  }

  /** Whether this holder has an active key for this use. */
  has(holder: KeyHolder, use: Key["use"]): boolean {
    return this.#active(holder, use) !== null;
  }

  /** What is not retired, opened with `box`; without one, secrets stay closed. */
  ring(box: SecretBox | null, now: number): Ring {
    return { keys: this.#living(now).map((row) => this.#toRingKey(row, box)) };
  }

  /** Drops secrets of keys that have ended. Answers when the next one ends, in epoch milliseconds; null where none will. */
  forget(now: number): number | null {
    if (!this.#exists) return null;
    this.#sql.exec("UPDATE keys SET secret = NULL WHERE ends_at <= ? AND secret IS NOT NULL", now);
    const [next] = this.#sql
      .exec<{ at: number | null }>("SELECT min(ends_at) AS at FROM keys WHERE secret IS NOT NULL")
      .toArray();
    return next?.at ?? null;
  }

  #toRingKey(row: KeyRow, box: SecretBox | null): RingKey {
    return {
      id: row.id,
      use: row.use,
      algorithm: row.algorithm,
      holder: holderOf(row),
      status: row.ends_at === null ? "active" : "retiring",
      endsAt: row.ends_at,
      scopes: scopesOf(row),
      publicJwk: publicOf(row),
      privateJwk: this.#open(row, box),
    };
  }

  /** Null where there is nothing to open, or nothing opens it since the workspace's key was destroyed. */
  #open({ id, secret }: KeyRow, box: SecretBox | null): JWK | null {
    if (secret === null || box === null) return null;
    try {
      return JSON.parse(new TextDecoder().decode(box.open(new Uint8Array(secret), placeOf(id)))) as JWK;
    } catch (error) {
      if (error instanceof OrreryError && error.code === "not_found") return null;
      throw error;
    }
  }

  #insert(id: string, order: KeyOrder, material: KeyMaterial, box: SecretBox | null, now: number): Key {
    const { privateJwk, publicJwk } = material;
    let secret: Uint8Array | null = null;
    if (privateJwk !== null) {
      if (box === null) throw new Error("A secret is never kept as it is");
      secret = box.seal(new TextEncoder().encode(JSON.stringify(privateJwk)), placeOf(id));
    }
    this.#sql.exec(
      `INSERT INTO keys (id, use, algorithm, holder_kind, holder, scopes, public_jwk, secret, created_at, ends_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`,
      id,
      order.use,
      order.algorithm,
      order.holder.kind,
      holderName(order.holder),
      JSON.stringify(order.scopes),
      publicJwk === null ? null : JSON.stringify(publicJwk),
      secret,
      now,
    );
    return this.get(id, now);
  }

  #end(id: string, at: number): void {
    this.#sql.exec("UPDATE keys SET ends_at = ? WHERE id = ?", at, id);
  }

  #active(holder: KeyHolder, use: Key["use"]): KeyRow | null {
    const [row] = this.#rows(
      "WHERE use = ? AND holder_kind = ? AND holder = ? AND ends_at IS NULL",
      use,
      holder.kind,
      holderName(holder),
    );
    return row ?? null;
  }

  #living(now: number): KeyRow[] {
    return this.#rows("WHERE ends_at IS NULL OR ends_at > ? ORDER BY seq DESC", now);
  }

  #row(id: string): KeyRow | null {
    return this.#rows("WHERE id = ?", id)[0] ?? null;
  }

  #known(id: string): KeyRow {
    const row = this.#row(id);
    if (row === null) throw new OrreryError("not_found", "There is no such key");
    return row;
  }

  #rows(where: string, ...bindings: (string | number)[]): KeyRow[] {
    if (!this.#exists) return [];
    return this.#sql.exec<KeyRow>(`SELECT * FROM keys ${where}`, ...bindings).toArray();
  }

  #create(): void {
    if (this.#exists) return;
    this.#sql.exec(`
      CREATE TABLE keys (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        use TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        holder_kind TEXT NOT NULL,
        holder TEXT NOT NULL,
        scopes TEXT NOT NULL,
        public_jwk TEXT,
        secret BLOB,
        created_at INTEGER NOT NULL,
        ends_at INTEGER
      );
      CREATE UNIQUE INDEX keys_active ON keys (use, holder_kind, holder) WHERE ends_at IS NULL;
    `);
    this.#exists = true;
  }
}
