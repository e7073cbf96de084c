import { eventRoutes } from "../channels/index.ts";
import { modelRoutes } from "../models/index.ts";
import type { Api } from "../security/index.ts";
import { assemble } from "./assemble.ts";

/** The whole application: every domain's routes behind identity and limits, the rest from the console. */
export const createApp = (): Api => assemble({ api: [modelRoutes, eventRoutes] });
