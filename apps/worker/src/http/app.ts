import { agentNames, agentRoutes } from "../agents/index.ts";
import { applicationRoutes } from "../applications/index.ts";
import { bridgeRoutes, eventRoutes, turnAway } from "../channels/index.ts";
import {
  accountRoutes,
  cacheRoutes,
  directRoutes,
  gatewayFor,
  imageRoutes,
  modelRoutes,
} from "../models/index.ts";
import { type Api, flagRoutes, publicKeyRoutes } from "../security/index.ts";
import { agentSocketRoutes } from "./agent-socket.ts";
import { assemble } from "./assemble.ts";
import { Missing } from "./health.ts";
import { settingsInOrder } from "./variables-check.ts";

async function someModelUsable(env: Env): Promise<void> {
  const models = await gatewayFor(env).list();
  if (!models.some((model) => model.usable))
    throw new Missing("No model can be used: see GET /api/v1/models");
}

/** The whole application: every domain's routes behind identity and limits, the rest from the console. */
export const createApp = (): Api =>
  assemble({
    api: [
      agentRoutes,
      modelRoutes,
      directRoutes,
      cacheRoutes,
      accountRoutes(agentNames),
      flagRoutes(agentNames),
      eventRoutes,
      bridgeRoutes,
      applicationRoutes,
    ],
    root: [agentSocketRoutes, imageRoutes, publicKeyRoutes],
    turnAway,
    readiness: { models: someModelUsable, settings: settingsInOrder },
  });
