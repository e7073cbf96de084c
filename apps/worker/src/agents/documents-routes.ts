/** Documents that an agent itself has, seen in all of its sessions. */
import { createRoute, z } from "@hono/zod-openapi";
import { Attachment, Document, DocumentId, DocumentPage, PageQuery } from "@orrery/protocol";
import { DocumentStore } from "../memory/index.ts";
import {
  created,
  cursorsOf,
  json,
  jsonBody,
  keyringFor,
  problem,
  problems,
  requireScope,
} from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub } from "./agent-access.ts";
import { discardDocuments, storeDocument } from "./execution-input.ts";
import { valueOf } from "./outcome.ts";
import { AgentParams, DocumentParams, SessionParams } from "./route-parts.ts";

const tags = ["documents"];
const read = requireScope("agents:read");
const write = requireScope("agents:write");

const giveDocument = createRoute({
  method: "post",
  path: "/agents/{agentId}/documents",
  tags,
  summary: "Give an agent a document",
  description:
    "All sessions of the agent see it; what is attached to an execution is seen in its session alone. The same bytes again " +
    "only change its name.",
  middleware: write,
  request: { params: AgentParams, body: jsonBody(Attachment) },
  responses: {
    201: created(Document, "The document; `Location` is its address."),
    ...problems,
    409: problem("The agent holds as many documents as it can."),
    413: problem("The document is too large."),
  },
});

const listDocuments = createRoute({
  method: "get",
  path: "/agents/{agentId}/documents",
  tags,
  summary: "List the documents that an agent itself has",
  middleware: read,
  request: { params: AgentParams, query: PageQuery },
  responses: { 200: json(DocumentPage, "A page of documents, in the order of their ids."), ...problems },
});

const listSessionDocuments = createRoute({
  method: "get",
  path: "/agents/{agentId}/sessions/{sessionId}/documents",
  tags,
  summary: "List the documents that were attached in a session",
  middleware: read,
  request: { params: SessionParams, query: PageQuery },
  responses: { 200: json(DocumentPage, "A page of documents, in the order of their ids."), ...problems },
});

const getDocument = createRoute({
  method: "get",
  path: "/agents/{agentId}/documents/{documentId}",
  tags,
  summary: "Get what is known of a document",
  middleware: read,
  request: { params: DocumentParams },
  responses: { 200: json(Document, "The document."), ...problems },
});

const getContent = createRoute({
  method: "get",
  path: "/agents/{agentId}/documents/{documentId}/content",
  tags,
  summary: "Download a document of the agent or of one of its sessions",
  middleware: read,
  request: { params: DocumentParams },
  responses: {
    200: {
      description: "The bytes as they were given.",
      content: { "application/octet-stream": { schema: z.string().meta({ format: "binary" }) } },
    },
    ...problems,
  },
});

const deleteDocument = createRoute({
  method: "delete",
  path: "/agents/{agentId}/documents/{documentId}",
  tags,
  summary: "Take a document from an agent",
  description: "Sessions that it was attached in keep theirs.",
  middleware: write,
  request: { params: DocumentParams },
  responses: { 204: { description: "Gone." }, ...problems },
});

/** Adds the routes of documents to the API. */
export function documentsRoutes(api: Api): void {
  api.openapi(giveDocument, async (c) => {
    const { agentId } = c.req.valid("param");
    const { workspaceId } = c.var.identity;
    const agent = agentStub(c.env, agentId);
    // Nothing is stored for an agent that is not there.
    const { confidential } = valueOf(await agent.describe(workspaceId));
    const vault = async () => (confidential ? await keyringFor(c.env, workspaceId).vault() : null);
    const stored = await storeDocument(c.env, agentId, c.req.valid("json"), vault);
    const outcome = await agent.giveDocument(workspaceId, stored);
    if (!outcome.ok) await discardDocuments(c.env, [stored]);
    const document = valueOf(outcome);
    c.set("aboutAgent", agentId);
    return c.json(document, 201, { location: `/api/v1/agents/${agentId}/documents/${document.id}` });
  });

  api.openapi(listDocuments, async (c) => {
    const { agentId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`agents/${agentId}/documents`, DocumentId);
    const asked = { limit, cursor: cursors.place(cursor) };
    const page = valueOf(await agentStub(c.env, agentId).documents(c.var.identity.workspaceId, asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(listSessionDocuments, async (c) => {
    const { agentId, sessionId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`agents/${agentId}/sessions/${sessionId}/documents`, DocumentId);
    const asked = { limit, cursor: cursors.place(cursor) };
    const agent = agentStub(c.env, agentId);
    const page = valueOf(await agent.documents(c.var.identity.workspaceId, asked, sessionId));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(getDocument, async (c) => {
    const { agentId, documentId } = c.req.valid("param");
    return c.json(
      valueOf(await agentStub(c.env, agentId).document(c.var.identity.workspaceId, documentId)),
      200,
    );
  });

  api.openapi(getContent, async (c) => {
    const { agentId, documentId } = c.req.valid("param");
    const { workspaceId } = c.var.identity;
    const agent = agentStub(c.env, agentId);
    const { confidential } = valueOf(await agent.describe(workspaceId));
    const stored = valueOf(await agent.storedDocument(workspaceId, documentId));
    const vault = async () => (confidential ? await keyringFor(c.env, workspaceId).vault() : null);
    const bytes = await new DocumentStore(c.env.FILES, vault).bytes(stored);
    return new Response(bytes, {
      headers: {
        // What it is called and says it is comes from whoever gave it: no browser is to open it here.
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(stored.name.toWellFormed())}`,
        "content-security-policy": "sandbox; default-src 'none'",
      },
    });
  });

  api.openapi(deleteDocument, async (c) => {
    const { agentId, documentId } = c.req.valid("param");
    valueOf(await agentStub(c.env, agentId).removeDocument(c.var.identity.workspaceId, documentId));
    return c.body(null, 204);
  });
}
