import { type CreateToken, type Id, type Page, type Scope, type Token, timestamp } from "@orrery/protocol";
import { parseScopes } from "./settings.ts";

/** A row of `tokens`; times are epoch milliseconds. */
interface TokenRow {
  id: string;
  workspace_id: string;
  name: string;
  kind: "jwt" | "api-key";
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** What proves an API key. */
export interface StoredKey {
  workspaceId: string;
  scopes: readonly Scope[];
  secretHash: string;
  /** Epoch milliseconds. */
  expiresAt: number | null;
  revokedAt: number | null;
}

export interface NewToken {
  id: Id;
  workspaceId: string;
  name: string;
  kind: NonNullable<CreateToken["kind"]>;
  scopes: readonly Scope[];
  /** Null for a JWT. */
  secretHash: string | null;
  createdBy: string;
  createdAt: number;
  expiresAt: number | null;
}

const optional = (at: number | null): string | null => (at === null ? null : timestamp(at));

const readScopes = (json: string): readonly Scope[] => parseScopes(JSON.parse(json) as string[]);

const toToken = (row: TokenRow): Token => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  scopes: [...readScopes(row.scopes)],
  createdAt: timestamp(row.created_at),
  expiresAt: optional(row.expires_at),
  revokedAt: optional(row.revoked_at),
});

/** The tokens that were made here, in D1. */
export interface TokenStore {
  add(token: NewToken): Promise<Token>;
  /** What proves the API key with this id; null where there is none. */
  key(id: Id): Promise<StoredKey | null>;
  find(workspaceId: string, id: Id): Promise<Token | null>;
  /** Newest first, those made before `before`. */
  list(workspaceId: string, limit: number, before: Id | undefined): Promise<Page<Token>>;
}

export function tokenStore(database: D1Database): TokenStore {
  return {
    async add(token) {
      const scopes = JSON.stringify(token.scopes);
      await database
        .prepare(
          `INSERT INTO tokens (id, workspace_id, name, kind, scopes, secret_hash, created_by, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          token.id,
          token.workspaceId,
          token.name,
          token.kind,
          scopes,
          token.secretHash,
          token.createdBy,
          token.createdAt,
          token.expiresAt,
        )
        .run();
      return toToken({
        id: token.id,
        workspace_id: token.workspaceId,
        name: token.name,
        kind: token.kind,
        scopes,
        created_at: token.createdAt,
        expires_at: token.expiresAt,
        revoked_at: null,
      });
    },

    async key(id) {
      const row = await database
        .prepare("SELECT * FROM tokens WHERE id = ? AND kind = 'api-key'")
        .bind(id)
        .first<TokenRow & { secret_hash: string }>();
      return (
        row && {
          workspaceId: row.workspace_id,
          scopes: readScopes(row.scopes),
          secretHash: row.secret_hash,
          expiresAt: row.expires_at,
          revokedAt: row.revoked_at,
        }
      );
    },

    async find(workspaceId, id) {
      const row = await database
        .prepare("SELECT * FROM tokens WHERE workspace_id = ? AND id = ?")
        .bind(workspaceId, id)
        .first<TokenRow>();
      return row && toToken(row);
    },

    async list(workspaceId, limit, before) {
      const { results } = await database
        .prepare("SELECT * FROM tokens WHERE workspace_id = ? AND id < ? ORDER BY id DESC LIMIT ?")
        .bind(workspaceId, before ?? "~", limit + 1)
        .all<TokenRow>();
      const items = results.slice(0, limit).map(toToken);
      return { items, nextCursor: results.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  };
}
