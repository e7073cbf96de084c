import type { Document, Page } from "@orrery/protocol";
import { agentPath } from "./agents.ts";
import { toAttachment, type AttachmentInput } from "./attachments.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** Documents that an agent itself has, seen in all of its sessions. */
export interface Documents {
  /** Gives an agent a document. The same bytes again only change its name. */
  add(agentId: string, document: AttachmentInput, options?: WriteOptions): Promise<Document>;
  /** A page of what the agent itself has; with `sessionId`, of what was attached in that session instead. */
  list(
    agentId: string,
    query?: PageOptions & { sessionId?: string | undefined },
    options?: RequestOptions,
  ): Promise<Page<Document>>;
  listAll(agentId: string, options?: RequestOptions): AsyncGenerator<Document, void, undefined>;
  get(agentId: string, documentId: string, options?: RequestOptions): Promise<Document>;
  /** The bytes of a document of the agent, or of any session of its. */
  content(agentId: string, documentId: string, options?: RequestOptions): Promise<Uint8Array>;
  /** Takes a document from an agent; sessions that it was attached in keep theirs. */
  delete(agentId: string, documentId: string, options?: WriteOptions): Promise<void>;
}

export function createDocuments(transport: Transport): Documents {
  const root = (agentId: string) => `${agentPath(agentId)}/documents`;
  const one = (agentId: string, documentId: string) => `${root(agentId)}/${encodeURIComponent(documentId)}`;
  const list: Documents["list"] = (agentId, { sessionId, ...query } = {}, options) => {
    const path =
      sessionId === undefined
        ? root(agentId)
        : `${agentPath(agentId)}/sessions/${encodeURIComponent(sessionId)}/documents`;
    return transport.json({ ...options, path, query: { ...query } });
  };

  return {
    list,
    listAll: (agentId, options) => eachItem((cursor) => list(agentId, { limit: 100, cursor }, options)),
    add: async (agentId, document, options) =>
      transport.json({
        ...options,
        method: "POST",
        path: root(agentId),
        body: await toAttachment(document),
      }),
    get: (agentId, documentId, options) => transport.json({ ...options, path: one(agentId, documentId) }),
    content: (agentId, documentId, options) =>
      transport.send(
        { ...options, path: `${one(agentId, documentId)}/content` },
        async (response) => new Uint8Array(await response.arrayBuffer()),
      ),
    delete: (agentId, documentId, options) =>
      transport.none({ ...options, method: "DELETE", path: one(agentId, documentId) }),
  };
}
