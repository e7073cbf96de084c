/** How the worker and other objects reach a bridge's object. */
import type { RedisBridgeObject } from "./bridge-object.ts";

/**
 * The methods of a bridge's object as they are, over RPC. The runtime's own stub type maps every `unknown` (a
 * message's fields, say) to `never`, so it is not used.
 */
export type BridgeStub = Pick<
  RedisBridgeObject,
  | "create"
  | "deadLetters"
  | "describe"
  | "messages"
  | "remove"
  | "removeDeadLetter"
  | "replay"
  | "send"
  | "update"
>;

/** A bridge's object by its id. */
export function bridgeStub(env: Pick<Env, "BRIDGES">, bridgeId: string): BridgeStub {
  const stub: unknown = env.BRIDGES.getByName(bridgeId);
  return stub as BridgeStub;
}
