/** The HTTP face of the platform. */

/** The whole application: `export default createApp()` in a Worker. */
export { createApp } from "./app.ts";
/** Every declared route with its method, scopes and schemas, for tests that hold all of them to one promise. */
export { routeTable } from "./route-table.ts";
export type { RouteEntry } from "./route-table.ts";
