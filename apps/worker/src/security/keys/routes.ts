/** `/keys`, and the public key sets at `/.well-known/jwks/{workspace}.json`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  CreateKey,
  CreatedKey,
  Jwks,
  Key,
  KeyList,
  PageQuery,
  RotateKey,
  WorkspaceId,
  valueOf,
} from "@orrery/protocol";
import type { Api } from "../context.ts";
import { cursorsOf } from "../cursors.ts";
import { created, json, jsonBody } from "../route-parts.ts";
import { requireScope } from "../scopes.ts";
import { keyRingOf } from "./key-ring.ts";
import { ringExists } from "./known-rings.ts";
import { publicKeySet } from "./public-key-set.ts";
import { ringLeaseOf } from "./ring-lease.ts";

const admin = requireScope("admin");
const params = z.object({ keyId: z.string().regex(/^[\w.:@-]{1,128}$/) });

const keyCursors = cursorsOf("keys", z.string().regex(/^\d{1,15}$/));

const settled = "Every isolate goes by it within fifteen seconds.";

const listKeys = createRoute({
  method: "get",
  path: "/keys",
  tags: ["keys"],
  summary: "List the workspace's keys and those of its peers, newest first",
  middleware: [admin] as const,
  request: { query: PageQuery },
  responses: { 200: json(KeyList, "A page of keys, retired ones among them.") },
});

const createKey = createRoute({
  method: "post",
  path: "/keys",
  tags: ["keys"],
  summary: "Make a key, or take a peer's",
  description:
    "Ours are made here and their private halves never leave; of a peer's key pair only the public half is known. " +
    "A holder has one active key a use: ours are rotated, and a peer's makes way for the one it gives next, with a " +
    "day of overlap. The answer is the only one that ever holds a secret.",
  middleware: [admin] as const,
  request: { body: jsonBody(CreateKey) },
  responses: { 201: created(CreatedKey, "The key; `Location` is its address.") },
});

const listPublicKeys = createRoute({
  method: "get",
  path: "/jwks",
  tags: ["keys"],
  summary: "Get the workspace's public keys",
  description: "The same as `/.well-known/jwks/{workspace}.json`, as they are now.",
  middleware: [admin] as const,
  responses: { 200: json(Jwks, "The keys of the workspace and its agents that are not retired.") },
});

const getKey = createRoute({
  method: "get",
  path: "/keys/{keyId}",
  tags: ["keys"],
  summary: "Get a key",
  middleware: [admin] as const,
  request: { params },
  responses: { 200: json(Key, "The key.") },
});

const rotateKey = createRoute({
  method: "post",
  path: "/keys/{keyId}/rotate",
  tags: ["keys"],
  summary: "Make a key's successor",
  description:
    "The new key signs, and is what others are to encrypt to; the old one still checks and opens for `overlap` " +
    `seconds. ${settled}`,
  middleware: [admin] as const,
  request: { params, body: jsonBody(RotateKey) },
  responses: { 201: created(CreatedKey, "The successor; `Location` is its address.") },
});

const retireKey = createRoute({
  method: "post",
  path: "/keys/{keyId}/retire",
  tags: ["keys"],
  summary: "End a key at once",
  description: `What it alone could check is refused from now on, and what it alone could open stays closed. ${settled}`,
  middleware: [admin] as const,
  request: { params },
  responses: { 200: json(Key, "The key, retired.") },
});

const deleteKey = createRoute({
  method: "delete",
  path: "/keys/{keyId}",
  tags: ["keys"],
  summary: "End a key and forget it",
  middleware: [admin] as const,
  request: { params },
  responses: { 204: { description: `It is gone. ${settled}` } },
});

/** Adds `/keys` to the API. */
export function keyRoutes(api: Api): void {
  const addressOf = (key: Key): string => `/api/v1/keys/${encodeURIComponent(key.id)}`;

  api.openapi(listKeys, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const ring = keyRingOf(c.env, c.var.identity.workspaceId);
    return c.json(keyCursors.page(valueOf(await ring.list(limit, keyCursors.place(cursor)))), 200);
  });

  api.openapi(createKey, async (c) => {
    const { workspaceId } = c.var.identity;
    const created = valueOf(await keyRingOf(c.env, workspaceId).create(c.req.valid("json")));
    ringLeaseOf(c.env, workspaceId).forget();
    return c.json(created, 201, { location: addressOf(created) });
  });

  api.openapi(listPublicKeys, async (c) => {
    const { keys } = await ringLeaseOf(c.env, c.var.identity.workspaceId).renewed();
    return c.json(publicKeySet(keys, Date.now()), 200);
  });

  api.openapi(getKey, async (c) => {
    const { keyId } = c.req.valid("param");
    return c.json(valueOf(await keyRingOf(c.env, c.var.identity.workspaceId).find(keyId)), 200);
  });

  api.openapi(rotateKey, async (c) => {
    const { workspaceId } = c.var.identity;
    const { keyId } = c.req.valid("param");
    const { overlap } = c.req.valid("json");
    const created = valueOf(await keyRingOf(c.env, workspaceId).rotate(keyId, overlap));
    ringLeaseOf(c.env, workspaceId).forget();
    return c.json(created, 201, { location: addressOf(created) });
  });

  api.openapi(retireKey, async (c) => {
    const { workspaceId } = c.var.identity;
    const retired = valueOf(await keyRingOf(c.env, workspaceId).retire(c.req.valid("param").keyId));
    ringLeaseOf(c.env, workspaceId).forget();
    return c.json(retired, 200);
  });

  api.openapi(deleteKey, async (c) => {
    const { workspaceId } = c.var.identity;
    valueOf(await keyRingOf(c.env, workspaceId).remove(c.req.valid("param").keyId));
    ringLeaseOf(c.env, workspaceId).forget();
    return c.body(null, 204);
  });
}

const publicKeys = createRoute({
  method: "get",
  path: "/.well-known/jwks/{file}",
  tags: ["keys"],
  summary: "Get the public keys of a workspace",
  description:
    "`{file}` is the workspace's id and `.json`. A workspace without keys, and one that does not exist, has an empty set.",
  request: { params: z.object({ file: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.json$/) }) },
  responses: { 200: json(Jwks, "The keys of the workspace and its agents that are not retired.") },
});

/** Adds the public key sets to the root: whoever checks what a workspace signed reads them without a token. */
export function publicKeyRoutes(app: Api): void {
  app.openapi(publicKeys, async (c) => {
    const workspaceId = WorkspaceId.parse(c.req.valid("param").file.slice(0, -".json".length));
    const known = await ringExists(c.env, workspaceId);
    const { keys } = known ? await ringLeaseOf(c.env, workspaceId).ring() : { keys: [] };
    return c.json(publicKeySet(keys, Date.now()), 200, {
      "cache-control": "public, max-age=60",
      // Public to pages, too, whatever their origin.
      "cross-origin-resource-policy": "cross-origin",
    });
  });
}
