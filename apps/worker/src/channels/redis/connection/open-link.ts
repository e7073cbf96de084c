import { OrreryError } from "@orrery/protocol";
import type { RedisAddress } from "@orrery/protocol";
import type { RedisLink } from "./contract.ts";
import { notThere, saysRedis } from "./failures.ts";
import { openRestLink } from "./rest-link.ts";
import { openTcpLink } from "./tcp-link.ts";
import type { WaysOut } from "./ways-out.ts";

/**
 * Connects to Redis. `name` is what its connections are called there (`CLIENT LIST`).
 * @throws Error in Redis's own words, or one that says nothing of what is at the address; OrreryError `forbidden` where it
 *   may not be reached
 */
export async function openLink(address: RedisAddress, name: string, ways: WaysOut): Promise<RedisLink> {
  try {
    return await (address.kind === "rest" ? openRestLink(address, ways) : openTcpLink(address, name, ways));
  } catch (error) {
    throw error instanceof OrreryError || saysRedis(error) ? error : notThere(error);
  }
}
