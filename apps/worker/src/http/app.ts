import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../security/index.ts";

export function createApp(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>();
}
