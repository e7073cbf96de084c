/** The platform's entry: wiring only. */
import { createApp } from "./http/index.ts";

export { AgentObject } from "./agents/index.ts";
export { FuseBridgeObject, NewFuseAgent } from "./applications/index.ts";
export { FleetObject } from "./channels/index.ts";
export { AccountObject, AnswerCacheObject, LimiterObject, StatisticsObject } from "./models/index.ts";
export { KeyRingObject } from "./security/keys/key-ring-object.ts";

export default createApp() satisfies ExportedHandler<Env>;
