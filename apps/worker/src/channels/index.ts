/** Live events of a workspace: published by agents, followed by consoles, clients and other programs. */
export { FleetObject } from "./fleet-object.ts";
export { publisher } from "./publisher.ts";
export type { EventPublisher } from "./publisher.ts";
export { eventRoutes } from "./routes.ts";
