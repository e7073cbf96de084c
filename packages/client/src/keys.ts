import type { CreateKey, CreatedKey, Jwks, Key, Page, RotateKey, WorkspaceKey } from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** Keys that sign and encrypt: the workspace's, its agents' and its peers'. All of it needs `admin`. */
export interface Keys {
  list(query?: PageOptions, options?: RequestOptions): Promise<Page<Key>>;
  listAll(options?: RequestOptions): AsyncGenerator<Key, void, undefined>;
  /** Makes a key of ours, or takes a peer's. Only this answer and {@link rotate}'s ever hold a secret. */
  create(key: CreateKey, options?: WriteOptions): Promise<CreatedKey>;
  get(id: string, options?: RequestOptions): Promise<Key>;
  /** Makes its successor; the old one still checks and opens for `overlap` seconds. */
  rotate(id: string, rotation?: RotateKey, options?: WriteOptions): Promise<CreatedKey>;
  /** From now on it does nothing. */
  retire(id: string, options?: WriteOptions): Promise<Key>;
  /** Forgets it. What was encrypted to it can be opened no more. */
  delete(id: string, options?: WriteOptions): Promise<void>;
  /** The public halves of the workspace's keys, for whoever checks or encrypts. */
  jwks(options?: RequestOptions): Promise<Jwks>;
}

export function createKeys(transport: Transport): Keys {
  const root = "/api/v1/keys";
  const one = (id: string): string => `${root}/${encodeURIComponent(id)}`;
  const list: Keys["list"] = (query = {}, options) =>
    transport.json({ ...options, path: root, query: { ...query } });

  return {
    list,
    listAll: (options) => eachItem((cursor) => list({ limit: 100, cursor }, options)),
    create: (key, options) => transport.json({ ...options, method: "POST", path: root, body: key }),
    get: (id, options) => transport.json({ ...options, path: one(id) }),
    rotate: (id, rotation = {}, options) =>
      transport.json({ ...options, method: "POST", path: `${one(id)}/rotate`, body: rotation }),
    retire: (id, options) => transport.json({ ...options, method: "POST", path: `${one(id)}/retire` }),
    delete: (id, options) => transport.none({ ...options, method: "DELETE", path: one(id) }),
    jwks: (options) => transport.json({ ...options, path: "/api/v1/jwks" }),
  };
}

/** The key under which the workspace's sensitive fields and files lie on disk. Needs `admin`. */
export interface WorkspaceKeys {
  get(options?: RequestOptions): Promise<WorkspaceKey>;
  /** What is sealed from now on is sealed under a new version; what was, still opens. */
  rotate(options?: WriteOptions): Promise<WorkspaceKey>;
  /**
   * Makes everything that was sealed unreadable, for ever.
   * @param workspaceId the workspace's own id, as proof that it is meant
   */
  destroy(workspaceId: string, options?: WriteOptions): Promise<WorkspaceKey>;
}

export function createWorkspaceKeys(transport: Transport): WorkspaceKeys {
  const path = "/api/v1/workspace-key";
  return {
    get: (options) => transport.json({ ...options, path }),
    rotate: (options) => transport.json({ ...options, method: "POST", path: `${path}/rotate` }),
    destroy: (workspaceId, options) =>
      transport.json({ ...options, method: "DELETE", path, body: { confirm: workspaceId } }),
  };
}
