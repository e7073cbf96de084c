/** Who calls and what they may do. */

/** What a route sees: its caller, and the router it adds itself to. */
export type { Api, AppEnv, Identity } from "./context.ts";
/** `middleware: [requireScope("agents:read")]` on a route; `admin` implies every scope. */
export { assertScopes, requireScope, scopesOf } from "./scopes.ts";
