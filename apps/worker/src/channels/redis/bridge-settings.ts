/** What a bridge is told to be: the settings that its object keeps. */
import type { Bridge, RedisAddress } from "@orrery/protocol";

/** A bridge without what is only known at the moment; `redis` holds no secret. */
export type BridgeSettings = Omit<Bridge, "secretSet" | "status"> & { readonly workspaceId: string };

/** The password or token of an address; undefined where it has none. */
export const secretOf = (redis: RedisAddress): string | undefined =>
  redis.kind === "rest" ? redis.token : redis.password;

/** The address without its secret. */
export function withoutSecret(redis: RedisAddress): RedisAddress {
  if (redis.kind === "rest") {
    const { token: _, ...rest } = redis;
    return rest;
  }
  const { password: _, ...rest } = redis;
  return rest;
}

/** The address with its secret back in its place. */
export function withSecret(redis: RedisAddress, secret: string | undefined): RedisAddress {
  if (secret === undefined) return redis;
  return redis.kind === "rest" ? { ...redis, token: secret } : { ...redis, password: secret };
}
