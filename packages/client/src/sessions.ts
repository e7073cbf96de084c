import type { Message, Page, Session } from "@orrery/protocol";
import { agentPath } from "./agents.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

export interface Sessions {
  /** A page of an agent's sessions, the one last spoken in first. */
  list(agentId: string, query?: PageOptions, options?: RequestOptions): Promise<Page<Session>>;
  listAll(agentId: string, options?: RequestOptions): AsyncGenerator<Session, void, undefined>;
  get(agentId: string, sessionId: string, options?: RequestOptions): Promise<Session>;
  /** Removes a session with its messages and documents. */
  delete(agentId: string, sessionId: string, options?: WriteOptions): Promise<void>;
  /** A page of a session's messages: the newest page first, each page in the order they were said. */
  messages(
    agentId: string,
    sessionId: string,
    query?: PageOptions,
    options?: RequestOptions,
  ): Promise<Page<Message>>;
}

export function createSessions(transport: Transport): Sessions {
  const root = (agentId: string) => `${agentPath(agentId)}/sessions`;
  const one = (agentId: string, sessionId: string) => `${root(agentId)}/${encodeURIComponent(sessionId)}`;
  const list: Sessions["list"] = (agentId, query = {}, options) =>
    transport.json({ ...options, path: root(agentId), query: { ...query } });

  return {
    list,
    listAll: (agentId, options) => eachItem((cursor) => list(agentId, { limit: 100, cursor }, options)),
    get: (agentId, sessionId, options) => transport.json({ ...options, path: one(agentId, sessionId) }),
    delete: (agentId, sessionId, options) =>
      transport.none({ ...options, method: "DELETE", path: one(agentId, sessionId) }),
    messages: (agentId, sessionId, query = {}, options) =>
      transport.json({
        ...options,
        path: `${one(agentId, sessionId)}/messages`,
        query: { ...query },
      }),
  };
}
