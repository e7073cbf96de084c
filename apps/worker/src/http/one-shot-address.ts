/** Where existing clients call the one-shot form: at the root, which is the same route as below `/api/v1`. */
import { getPath } from "hono/utils/url";
import type { Api } from "../security/index.ts";

const root = "/api/v1";
const oneShot = "/edge/execute";

/** The path by which a route is known, of the path that a client calls. */
export const knownPath = (path: string): string => (path === oneShot ? root + oneShot : path);

/** The path of a request by which its route is found. */
export const addressOf = (request: Request): string => knownPath(getPath(request));

/** Declares the form's other address, where the application has the form. */
export function declareOneShot(app: Api): void {
  const { definitions } = app.openAPIRegistry;
  const declared = definitions.find(
    (definition) => definition.type === "route" && definition.route.path === root + oneShot,
  );
  if (declared?.type !== "route") return;
  app.openAPIRegistry.registerPath({
    ...declared.route,
    path: oneShot,
    operationId: "postEdgeExecuteAtRoot",
  });
}
