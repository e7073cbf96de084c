/** Applications: what the platform is to the users of one system, each in a folder of its own. */
import type { Api } from "../security/index.ts";
import { fuseRoutes } from "./fuse/index.ts";

/** Durable Objects of the New Fuse: a bridge, and one agent. */
export { FuseBridgeObject, NewFuseAgent } from "./fuse/index.ts";

/** Adds the routes of all applications to the API. */
export function applicationRoutes(api: Api): void {
  fuseRoutes(api);
}
