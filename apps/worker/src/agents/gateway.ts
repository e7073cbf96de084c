/** One model gateway for all agents of an isolate: it holds no state of theirs. */
import { createGateway } from "../models/index.ts";
import type { ModelGateway } from "../models/index.ts";

const gateways = new WeakMap<Env, ModelGateway>();

export function gatewayFor(env: Env): ModelGateway {
  let gateway = gateways.get(env);
  if (!gateway) {
    gateway = createGateway(env);
    gateways.set(env, gateway);
  }
  return gateway;
}
