import type { RedisAddress } from "@orrery/protocol";
import type { RedisLink } from "./contract.ts";
import { openRestLink } from "./rest-link.ts";
import { openTcpLink } from "./tcp-link.ts";

/**
 * Connects to Redis. `name` is what its connections are called there (`CLIENT LIST`).
 * @throws Error where nobody answers, or the credentials are refused
 */
export const openLink = (address: RedisAddress, name: string): Promise<RedisLink> =>
  address.kind === "rest" ? openRestLink(address) : openTcpLink(address, name);
