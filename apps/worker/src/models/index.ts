/** Language models: one gateway function between agents and providers. */

/** What an agent needs: the gateway's contract, and the one error that its steps fail with. */
export { ModelError } from "./contract.ts";
export type {
  Caller,
  EmbedBatches,
  ModelEvent,
  ModelGateway,
  ModelRequest,
  ModelSource,
  ModelTool,
  ModelUsage,
  Provider,
  ProviderEvent,
  ProviderMetadata,
  ProviderRequest,
} from "./contract.ts";

/** Makes the gateway; cheap enough to be made wherever it is needed. */
export { createGateway } from "./gateway.ts";
/** Embeddings of one object or request, gathered; never kept for more than that. */
export { gatherEmbeddings } from "./isolate.ts";
/** The isolate's gateway, and the account that its calls are settled with. */
export { accountFor, gatewayFor } from "./isolate.ts";
export type { GatewayEnv, GatewayOptions } from "./gateway.ts";

/**
 * Puts any AI SDK model behind the same contract.
 * @public
 */
export { fromLanguageModel } from "./providers/language-model/index.ts";

/** Server-sent events, for who else is sent them. */
export { EventParser } from "./wire/sse.ts";

/** What was measured of models: the object that keeps it. */
export { StatisticsObject } from "./routing/statistics-object.ts";

/** Limits: the object of each bucket, and what asks it. */
export { LimiterObject } from "./limits/limiter-object.ts";

/** Answers that were given before: the object of each workspace, what asks it, and its routes. */
export { AnswerCacheObject } from "./cache/answer-cache-object.ts";
export { createAnswerCache } from "./cache/answer-cache.ts";
export { cacheRoutes } from "./cache/routes.ts";

/** Money: the object of each workspace's account, and its routes. */
export { AccountObject } from "./account/account-object.ts";
export { accountRoutes } from "./account/routes.ts";
export type { Account, AccountTerms, Charge, HoldRequest } from "./account/contract.ts";

/** Models asked directly, and the addresses of the images that they made. */
export { directRoutes, imageRoutes } from "./direct/routes.ts";

/** `GET /models`. */
export { modelRoutes } from "./routes.ts";
