/** The New Fuse: its agents behind three Redis channels, and their way from there to here. */

/** The Durable Objects of a bridge and of one agent. */
export { FuseBridgeObject } from "./bridge/fuse-bridge-object.ts";
export { NewFuseAgent } from "./agent/new-fuse-agent.ts";
/** Adds all routes of this application to the API. */
export { fuseRoutes } from "./routes.ts";
