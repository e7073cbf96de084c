/** `/bridges`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  Bridge,
  BridgeList,
  BridgeMessageList,
  CreateBridge,
  DeadLetterList,
  Id,
  OrreryError,
  PageQuery,
  UpdateBridge,
  newId,
  timestamp,
  valueOf,
} from "@orrery/protocol";
import { created, cursorsOf, json, jsonBody, problem, problems, requireScope } from "../../security/index.ts";
import type { Api } from "../../security/index.ts";
import { bridgeStub } from "./bridge-access.ts";
import { BridgeIndex } from "./bridge-index.ts";
import { assertOwnAudiences } from "./bridge-audiences.ts";
import { assertPossible, changed, secretOf, withoutSecret } from "./bridge-settings.ts";

/** Bridges that a workspace has at most: each holds connections for as long as it is enabled. */
const mostBridges = 100;

const tags = ["bridges"];
const read = requireScope("agents:read");
const admin = requireScope("admin");
const params = z.object({ bridgeId: Id });
const letterId = z.string().regex(/^\d{1,20}-\d{1,20}$/, "expected a dead letter's id");
const letterParams = z.object({ bridgeId: Id, letterId });
const bridgeCursors = cursorsOf("bridges", Id);
const unreachable = { ...problems, 502: problem("There is no connection to Redis.") };

const listBridges = createRoute({
  method: "get",
  path: "/bridges",
  tags,
  summary: "List bridges, newest first",
  middleware: read,
  request: { query: PageQuery },
  responses: { 200: json(BridgeList, "A page of bridges, and how each is."), ...problems },
});

const createBridge = createRoute({
  method: "post",
  path: "/bridges",
  tags,
  summary: "Connect the workspace to a Redis",
  description:
    "The bridge connects at once unless `enabled` is false, and by itself whenever the connection is lost. " +
    "What streams hold from before it was made is not read.",
  middleware: admin,
  request: { body: jsonBody(CreateBridge) },
  responses: {
    201: created(Bridge, "The new bridge; `Location` is its address."),
    ...problems,
    409: problem(
      "A secret was given, and there is no key to seal it with; there are too many bridges; or another one, to other " +
        "servers or another database, has messages signed for the same channel.",
    ),
  },
});

const getBridge = createRoute({
  method: "get",
  path: "/bridges/{bridgeId}",
  tags,
  summary: "Get a bridge and how it is",
  middleware: read,
  request: { params },
  responses: { 200: json(Bridge, "The bridge."), ...problems },
});

const updateBridge = createRoute({
  method: "patch",
  path: "/bridges/{bridgeId}",
  tags,
  summary: "Change some of a bridge's settings",
  description:
    "With another address or other channels it connects anew. A password or token that is not given stays, as long as " +
    "the address names the same servers; an empty one is removed.",
  middleware: admin,
  request: { params, body: jsonBody(UpdateBridge) },
  responses: {
    200: json(Bridge, "The bridge as it is now."),
    ...problems,
    409: problem(
      "Another bridge, to other servers or another database, has messages signed for the same channel.",
    ),
  },
});

const deleteBridge = createRoute({
  method: "delete",
  path: "/bridges/{bridgeId}",
  tags,
  summary: "Part from Redis and forget the bridge",
  description:
    "Its agents are removed first, with those of the platform that were made with them: up to twenty seconds are given to " +
    "what they have not finished. Then messages of its own are given ten seconds to reach Redis. Its consumer groups go " +
    "with it, and its dead letters stay for thirty days; what else is in Redis stays there.",
  middleware: admin,
  request: { params, query: z.object({ force: z.enum(["true", "false"]).default("false") }) },
  responses: {
    204: { description: "Gone." },
    ...problems,
    409: problem(
      "What its agents have not finished, or messages of it, are not in Redis yet. With `force` they are lost.",
    ),
  },
});

const listMessages = createRoute({
  method: "get",
  path: "/bridges/{bridgeId}/messages",
  tags,
  summary: "List the last messages that passed, newest first",
  description: "The last 500 since the bridge was last started, sensitive parts hidden.",
  middleware: read,
  request: { params, query: PageQuery },
  responses: { 200: json(BridgeMessageList, "A page of messages."), ...problems },
});

const listLetters = createRoute({
  method: "get",
  path: "/bridges/{bridgeId}/dead-letters",
  tags,
  summary: "List messages that nobody could take over, newest first",
  middleware: read,
  request: { params, query: PageQuery },
  responses: { 200: json(DeadLetterList, "A page of dead letters."), ...unreachable },
});

const replayLetter = createRoute({
  method: "post",
  path: "/bridges/{bridgeId}/dead-letters/{letterId}/replay",
  tags,
  summary: "Take a dead letter in again",
  description: "As if its message had just come. Nobody else hears of it.",
  middleware: admin,
  request: { params: letterParams },
  responses: {
    204: { description: "It was taken over, and is no dead letter any more." },
    ...unreachable,
    409: problem("It was not taken over this time either."),
  },
});

const replayLetters = createRoute({
  method: "post",
  path: "/bridges/{bridgeId}/replay",
  tags,
  summary: "Take all dead letters in again",
  middleware: admin,
  request: { params },
  responses: {
    200: json(z.object({ replayed: z.number().int().nonnegative() }), "How many were taken over."),
    ...unreachable,
  },
});

const deleteLetter = createRoute({
  method: "delete",
  path: "/bridges/{bridgeId}/dead-letters/{letterId}",
  tags,
  summary: "Throw a dead letter away",
  middleware: admin,
  request: { params: letterParams },
  responses: { 204: { description: "Gone." }, ...unreachable },
});

/** Adds the routes of bridges to the API. */
export function bridgeRoutes(api: Api): void {
  api.openapi(listBridges, async (c) => {
    const { workspaceId } = c.var.identity;
    const { limit, cursor } = c.req.valid("query");
    const asked = { limit, cursor: bridgeCursors.place(cursor) };
    const { items, nextCursor } = await new BridgeIndex(c.env.DB).page(workspaceId, asked);
    const outcomes = await Promise.all(items.map((id) => bridgeStub(c.env, id).describe(workspaceId)));
    // One that is being removed just now is not there any more.
    const bridges = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    return c.json(bridgeCursors.page({ items: bridges, nextCursor }), 200);
  });

  api.openapi(createBridge, async (c) => {
    const { workspaceId } = c.var.identity;
    const { redis, ...settings } = c.req.valid("json");
    if ((await new BridgeIndex(c.env.DB).count(workspaceId)) >= mostBridges) {
      throw new OrreryError("conflict", `A workspace has at most ${mostBridges} bridges`);
    }
    const now = Date.now();
    const id = newId(now);
    const made = { createdAt: timestamp(now), updatedAt: timestamp(now), workspaceId };
    const wanted = { id, ...settings, redis: withoutSecret(redis), ...made };
    assertPossible(wanted);
    await assertOwnAudiences(c.env, workspaceId, wanted);
    const bridge = valueOf(await bridgeStub(c.env, id).create(wanted, secretOf(redis)));
    return c.json(bridge, 201, { location: `/api/v1/bridges/${id}` });
  });

  api.openapi(getBridge, async (c) => {
    const { bridgeId } = c.req.valid("param");
    return c.json(valueOf(await bridgeStub(c.env, bridgeId).describe(c.var.identity.workspaceId)), 200);
  });

  api.openapi(updateBridge, async (c) => {
    const { bridgeId } = c.req.valid("param");
    const { workspaceId } = c.var.identity;
    const change = c.req.valid("json");
    const bridge = bridgeStub(c.env, bridgeId);
    if (change.redis !== undefined || change.channels !== undefined) {
      const before = valueOf(await bridge.describe(workspaceId));
      const { settings } = changed({ ...before, workspaceId }, change, Date.now());
      await assertOwnAudiences(c.env, workspaceId, settings);
    }
    return c.json(valueOf(await bridge.update(workspaceId, change)), 200);
  });

  api.openapi(deleteBridge, async (c) => {
    const force = c.req.valid("query").force === "true";
    const bridge = bridgeStub(c.env, c.req.valid("param").bridgeId);
    valueOf(await bridge.remove(c.var.identity.workspaceId, { force }));
    return c.body(null, 204);
  });

  api.openapi(listMessages, async (c) => {
    const { bridgeId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`bridges/${bridgeId}/messages`, z.string());
    const asked = { limit, cursor: cursors.place(cursor) };
    const page = valueOf(await bridgeStub(c.env, bridgeId).messages(c.var.identity.workspaceId, asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(listLetters, async (c) => {
    const { bridgeId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`bridges/${bridgeId}/dead-letters`, letterId);
    const asked = { limit, cursor: cursors.place(cursor) };
    const page = valueOf(await bridgeStub(c.env, bridgeId).deadLetters(c.var.identity.workspaceId, asked));
    return c.json(cursors.page(page), 200);
  });

  // Before the route of one letter, whose id is no word.
  api.openapi(replayLetters, async (c) => {
    const bridge = bridgeStub(c.env, c.req.valid("param").bridgeId);
    return c.json(valueOf(await bridge.replay(c.var.identity.workspaceId)), 200);
  });

  api.openapi(replayLetter, async (c) => {
    const { bridgeId, letterId } = c.req.valid("param");
    valueOf(await bridgeStub(c.env, bridgeId).replay(c.var.identity.workspaceId, letterId));
    return c.body(null, 204);
  });

  api.openapi(deleteLetter, async (c) => {
    const { bridgeId, letterId } = c.req.valid("param");
    valueOf(await bridgeStub(c.env, bridgeId).removeDeadLetter(c.var.identity.workspaceId, letterId));
    return c.body(null, 204);
  });
}
