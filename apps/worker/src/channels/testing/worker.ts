/** A worker with live events and nothing else: callers name their workspace, and speakers publish on request. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { OrreryError } from "@orrery/protocol";
import type { EventDraft, Scope } from "@orrery/protocol";
import { DurableObject } from "cloudflare:workers";
import type { AppEnv } from "../../security/index.ts";
import { FleetObject } from "../fleet-object.ts";
import { publisher } from "../publisher.ts";
import { eventRoutes } from "../routes.ts";

export { FleetObject };

interface TestEnv extends Env {
  readonly SPEAKERS: DurableObjectNamespace<Speaker>;
}

/** Stands where an agent's object does: publishes from its own context, without waiting. */
export class Speaker extends DurableObject<TestEnv> {
  readonly #publishers = new Map<string, ReturnType<typeof publisher>>();

  say(workspaceId: string, events: EventDraft[]): void {
    let outlet = this.#publishers.get(workspaceId);
    if (!outlet) {
      outlet = publisher(this.env.FLEETS, workspaceId);
      this.#publishers.set(workspaceId, outlet);
    }
    for (const event of events) outlet.publish(event);
  }
}

const app = new OpenAPIHono<AppEnv>({
  defaultHook: (result) => {
    if (!result.success) throw new OrreryError("invalid_request", "The request is not valid");
  },
});

app.onError((error, c) => {
  const known = error instanceof OrreryError ? error : new OrreryError("internal", String(error));
  return c.json(known.toProblem(c.req.path), known.status as 400);
});

app.use(async (c, next) => {
  c.set("identity", {
    subject: "tester",
    workspaceId: c.req.query("workspace") ?? "main",
    scopes: (c.req.query("scopes") ?? "agents:read").split(",") as Scope[],
    method: "jwt",
    expiresAt: c.req.query("expiresAt") ? Number(c.req.query("expiresAt")) : null,
    tokenId: null,
  });
  const ticket = c.req.query("issued");
  if (ticket) c.set("ticket", { ticket, expiresAt: "2026-11-20T12:01:00.000Z" });
  await next();
});

eventRoutes(app);

app.post("/publish", async (c) => {
  await c.env.FLEETS.getByName(c.var.identity.workspaceId).publish(await c.req.json<EventDraft[]>());
  return c.body(null, 204);
});

app.post("/dismiss/:agent", async (c) => {
  await c.env.FLEETS.getByName(c.var.identity.workspaceId).dismiss(c.req.param("agent"));
  return c.body(null, 204);
});

app.post("/say/:speaker", async (c) => {
  const { SPEAKERS } = c.env as TestEnv;
  const speaker = SPEAKERS.getByName(c.req.param("speaker"));
  await speaker.say(c.var.identity.workspaceId, await c.req.json<EventDraft[]>());
  return c.body(null, 204);
});

// oxlint-disable-next-line import/no-default-export -- how workerd finds the handler
export default app;
