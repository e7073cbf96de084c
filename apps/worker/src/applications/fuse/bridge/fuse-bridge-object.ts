import { RedisBridgeObject } from "../../../channels/index.ts";
import type { BridgePort, BridgeReceiver } from "../../../channels/index.ts";

/** The bridge of a workspace to the New Fuse's Redis: what arrives goes to the agents that it is for. */
export class FuseBridgeObject extends RedisBridgeObject {
  protected override receiver(_port: BridgePort): BridgeReceiver {
    return { receive: async (messages) => messages.map(() => ({ outcome: "ignored" })) };
  }
}
