/** Live events of a workspace, and its bridges to Redis. */
export { FleetObject } from "./fleet-object.ts";
/** Ends what was opened with a token that has been revoked. */
export { turnAway } from "./turn-away.ts";
export { publisher } from "./publisher.ts";
export type { EventPublisher } from "./publisher.ts";
export { eventRoutes } from "./routes.ts";
/** A workspace's connection to one Redis; the application behind it extends the class. */
export { RedisBridgeObject } from "./redis/bridge-object.ts";
export { bridgeRoutes } from "./redis/routes.ts";
/** A bridge's object by its id, for objects of the application. */
export { bridgeStub } from "./redis/bridge-access.ts";
export type { BridgeStub } from "./redis/bridge-access.ts";
export type {
  BridgePort,
  BridgeReceiver,
  Delivery,
  Fence,
  Inbound,
  Outbound,
  Sent,
  Verdict,
} from "./redis/contract.ts";
/** Characters that a message may have, whichever way it goes. */
export { messageLimit } from "./redis/reading/message-text.ts";
