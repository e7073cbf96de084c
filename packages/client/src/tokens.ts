import type { CreateToken, CreatedToken, Page, Token } from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

export interface Tokens {
  /** The only answer that ever holds the secret. */
  create(token: CreateToken, options?: WriteOptions): Promise<CreatedToken>;
  list(query?: PageOptions, options?: RequestOptions): Promise<Page<Token>>;
  listAll(options?: RequestOptions): AsyncGenerator<Token, void, undefined>;
  revoke(id: string, options?: WriteOptions): Promise<void>;
}

export function createTokens(transport: Transport): Tokens {
  const list: Tokens["list"] = (query = {}, options) =>
    transport.json({ ...options, path: "/api/v1/tokens", query: { ...query } });
  return {
    list,
    listAll: (options) => eachItem((cursor) => list({ limit: 100, cursor }, options)),
    create: (token, options) =>
      transport.json({ ...options, method: "POST", path: "/api/v1/tokens", body: token }),
    revoke: (id, options) =>
      transport.none({
        ...options,
        method: "DELETE",
        path: `/api/v1/tokens/${encodeURIComponent(id)}`,
      }),
  };
}
