import { createRoute, z } from "@hono/zod-openapi";
import { EventId, EventsQuery, LiveEvent, OrreryError, Problem } from "@orrery/protocol";
import { openByAddress, permitOf, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { eventStream } from "./event-stream.ts";
import { openingRequest } from "./opening.ts";
import type { Opening } from "./opening.ts";

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

const events = createRoute({
  method: "get",
  path: "/events",
  tags: ["events"],
  summary: "Follow what happens in the workspace, live",
  description:
    "Server-sent events, or a WebSocket where the request asks for an upgrade. Reading goes on after " +
    "`Last-Event-ID`, `?after=` or a `resume` frame.",
  middleware: [openByAddress, requireScope("agents:read")] as const,
  request: {
    query: EventsQuery,
    headers: z.object({ "last-event-id": EventId.optional() }),
  },
  responses: {
    101: { description: "A WebSocket: one JSON frame an event, `ready` first." },
    200: {
      description: "An event stream that does not end.",
      content: { "text/event-stream": { schema: LiveEvent } },
    },
    401: problem("No valid token or ticket."),
    403: problem("The token lacks `agents:read`."),
    422: problem("The query or the event's id is not valid."),
  },
});

/** Adds `GET /events` to the API. */
export function eventRoutes(api: Api): void {
  api.openapi(events, async (c) => {
    const { after, types, agentId } = c.req.valid("query");
    const last = c.req.valid("header")["last-event-id"] ?? after;
    const { identity, ticket } = c.var;
    const { until, tokenId } = permitOf(identity);
    const opening: Opening = {
      reader: {
        ...(types && { types }),
        ...(agentId && { agentId }),
        until,
        tokenId,
      },
      ...(last !== undefined && { after: last }),
      ...(ticket && { ticket }),
    };
    const fleet = c.env.FLEETS.getByName(identity.workspaceId);
    const upgraded = await fleet.fetch(openingRequest(opening));
    if (c.req.header("upgrade")?.toLowerCase() === "websocket") return upgraded;
    if (upgraded.webSocket === null) {
      throw new OrreryError("internal", "the fleet object did not open a socket");
    }
    return new Response(eventStream(upgraded.webSocket), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  });
}
