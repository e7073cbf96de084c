import { OrreryError } from "@orrery/protocol";
import type { FieldError, RedisAddress } from "@orrery/protocol";
import { canonicalHost } from "./connection/host-rules.ts";
import type { HostRules } from "./connection/host-rules.ts";

/** The hosts that an address names, each with where it stands in it. */
function hostsOf(redis: RedisAddress): { path: string; host: string }[] {
  switch (redis.kind) {
    case "tcp":
    case "rest":
      return [{ path: "redis.url", host: new URL(redis.url).hostname }];
    case "sentinel":
      return redis.sentinels.map(({ host }, index) => ({ path: `redis.sentinels.${index}.host`, host }));
    case "cluster":
      return redis.nodes.map(({ host }, index) => ({ path: `redis.nodes.${index}.host`, host }));
  }
}

/**
 * What a sentinel or a node of a cluster names besides is looked at when it is connected to.
 * @throws OrreryError `invalid_request` (422) for hosts that bridges of this deployment may not reach
 */
export function assertReachable(redis: RedisAddress, rules: HostRules): void {
  const errors = hostsOf(redis).flatMap(({ path, host }): FieldError[] => {
    const canonical = canonicalHost(host);
    if (canonical === null) return [{ path, message: "expected a host's name or its address" }];
    if (rules.allows(canonical)) return [];
    return [{ path, message: "this deployment lets bridges reach no such host (BRIDGE_HOSTS)" }];
  });
  if (errors.length === 0) return;
  throw new OrreryError("invalid_request", "There can be no such bridge", { status: 422, errors });
}
