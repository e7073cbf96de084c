import { OpenAPIHono } from "@hono/zod-openapi";
import {
  type Api,
  type AppEnv,
  authenticate,
  isUpgrade,
  rateLimit,
  securityRoutes,
  type TurnAway,
} from "../security/index.ts";
import { consoleResponse } from "./assets.ts";
import { documentationRoutes } from "./documentation.ts";
import { frame } from "./frame.ts";
import { type Check, healthRoutes } from "./health.ts";
import { idempotency } from "./idempotency.ts";
import { notFoundHandler } from "./not-found.ts";
import { addressOf, declareOneShot } from "./one-shot-address.ts";
import { onError, refuseInvalid } from "./problems.ts";
import { checkBody } from "./request-body.ts";

/** A domain's routes, added to the router they are given; paths are relative to where that one stands. */
export type Routes = (api: Api) => void;

/** What the application is made of, besides what `http/` and `security/` bring. */
export interface Parts {
  /** Under `/api/v1`, behind identity, limits and idempotency. */
  api: readonly Routes[];
  /** At the root: these bring their own guards. */
  root?: readonly Routes[];
  /** Called when a token has been revoked. */
  turnAway: TurnAway;
  /** What `/readyz` asks for besides the bindings, by name. */
  readiness?: Record<string, Check>;
}

/** Middleware of every address that asks who is calling, in order. */
export const guards = [authenticate, rateLimit, checkBody, idempotency] as const;

const reads = new Set(["GET", "HEAD"]);

/** Where the console never stands: an unknown address below is an error, not a page. */
const programs = /^\/(?:api|edge|v1|mcp|agno|agui|\.well-known)(?:\/|$)/;

const router = (): Api => new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid, getPath: addressOf });

/** Puts an application together from its parts. */
export function assemble(parts: Parts): Api {
  const app = router();
  app.use("*", frame);
  app.onError(onError);
  const nothingThere = notFoundHandler(app, (path) => !programs.test(path));
  // Before anyone is asked who is calling: what an address takes is in the document for all to read.
  app.options("*", nothingThere);

  documentationRoutes(app);
  for (const addTo of parts.root ?? []) addTo(app);

  const api = router();
  api.use("*", ...guards);
  securityRoutes(api, parts.turnAway);
  for (const addTo of parts.api) addTo(api);
  app.route("/api/v1", api);
  declareOneShot(app);
  healthRoutes(app, parts.readiness ?? {});

  app.notFound((c) =>
    reads.has(c.req.method) && !programs.test(c.req.path) && !isUpgrade(c.req.raw.headers)
      ? consoleResponse(c.req.raw, c.env)
      : nothingThere(c),
  );
  return app;
}
