import type { RouteConfig } from "@hono/zod-openapi";
import type { Scope } from "@orrery/protocol";
import type { z } from "zod";
import { type Api, openByAddress, scopesOf } from "../security/index.ts";
import { knownPath } from "./one-shot-address.ts";

/** One route, as its declaration has it. */
export interface RouteEntry {
  /** In upper case. */
  method: string;
  /** From the root, parameters in braces: `/api/v1/agents/{id}`. */
  path: string;
  /** What the caller's token must hold; empty where any will do. */
  scopes: readonly Scope[];
  /** Whether a caller must say who it is. */
  authenticated: boolean;
  /** Whether a caller may say it in the address: of a socket, or of an event stream. */
  byAddress: boolean;
  bodySchema?: z.ZodType;
  querySchema?: z.ZodType;
  route: RouteConfig;
}

const honoPath = (path: string): string => path.replaceAll(/\/\{(.+?)\}/g, "/:$1");

const isSchema = (value: unknown): value is z.ZodType =>
  typeof value === "object" && value !== null && "safeParse" in value;

const bodySchemaOf = (route: RouteConfig): z.ZodType | undefined => {
  const content = route.request?.body?.content["application/json"];
  return content !== undefined && "schema" in content && isSchema(content.schema)
    ? content.schema
    : undefined;
};

/** Roots under which nothing is answered without an identity. */
const protectedRoots = ["/api/", "/edge/"];

/**
 * Every declared route of the application, for whoever must treat all of them: the OpenAPI document,
 * the `Allow` header, and tests that hold each route to the same promises.
 */
export function routeTable(app: Api): RouteEntry[] {
  return app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== "route") return [];
    const { route } = definition;
    const method = route.method.toUpperCase();
    const path = honoPath(knownPath(route.path));
    const handlers = app.routes
      .filter((handler) => handler.method === method && handler.path === path)
      .map(({ handler }) => handler);
    const scopes = handlers.flatMap((handler) => scopesOf(handler) ?? []);
    const bodySchema = bodySchemaOf(route);
    const querySchema = route.request?.query;
    return {
      method,
      path: route.path,
      scopes: [...new Set(scopes)],
      byAddress: handlers.includes(openByAddress),
      authenticated: protectedRoots.some((root) => route.path.startsWith(root)),
      ...(bodySchema && { bodySchema }),
      ...(isSchema(querySchema) && { querySchema }),
      route,
    };
  });
}
