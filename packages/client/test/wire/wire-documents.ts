/** Documents of agents, on the wire. */
import { createHash } from "node:crypto";
import { Attachment, timestamp, type Document } from "@orrery/protocol";
import { found, pageOf, parsed } from "./replies.ts";
import type { Request } from "./wire-routes.ts";

/** By the agent's id, or the session's; then by the document's own. */
export type WireDocuments = Map<string, Map<string, Document & { bytes: Buffer }>>;

const shown = ({ id, name, mediaType, size, createdAt }: Document): Document => ({
  id,
  name,
  mediaType,
  size,
  createdAt,
});

const documentsOf = ({ state }: Request, owner: string) => {
  const documents = state.documents.get(owner) ?? new Map<string, Document & { bytes: Buffer }>();
  state.documents.set(owner, documents);
  return documents;
};

export const documentRoutes: Record<string, (request: Request) => void> = {
  "GET agents/:id/documents": (request) => {
    const all = [...documentsOf(request, request.id).values()].map(shown);
    request.json(200, pageOf(all, request.query));
  },

  "GET agents/:id/sessions/:sub/documents": (request) => {
    const all = [...documentsOf(request, request.subId).values()].map(shown);
    request.json(200, pageOf(all, request.query));
  },

  "POST agents/:id/documents": (request) => {
    const { name, mediaType, ...given } = parsed<Attachment>(Attachment, request.body);
    const bytes = Buffer.from("data" in given ? given.data : "", "base64");
    const id = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    const document = { id, name, mediaType, size: bytes.length, createdAt: timestamp(Date.now()) };
    documentsOf(request, request.id).set(id, { ...document, bytes });
    request.json(201, document);
  },

  "GET agents/:id/documents/:sub": (request) =>
    request.json(200, shown(found(documentsOf(request, request.id).get(request.subId)))),

  "GET agents/:id/documents/:sub/content": (request) => {
    const { bytes } = found(documentsOf(request, request.id).get(request.subId));
    request.response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes);
  },

  "DELETE agents/:id/documents/:sub": (request) => {
    found(documentsOf(request, request.id).get(request.subId));
    documentsOf(request, request.id).delete(request.subId);
    request.response.writeHead(204).end();
  },
};
