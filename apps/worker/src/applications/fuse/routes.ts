import type { Api } from "../../security/index.ts";

/** Adds the routes of the New Fuse's agents to the API. */
export function fuseRoutes(_api: Api): void {}
