import { DurableObject } from "cloudflare:workers";
import type { Ring } from "./ring.ts";

/**
 * The keys of one workspace, whose id is the object's name. Isolates are lent them for a short while; only changes
 * and nonces come here. Refusals are answers: classes of errors do not survive RPC.
 */
export class KeyRingObject extends DurableObject<Env> {
  /** Lends the keys that are not retired. */
  lend(): Ring {
    return { keys: [] };
  }
}
