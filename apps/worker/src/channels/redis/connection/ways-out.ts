import { OrreryError } from "@orrery/protocol";
import { canonicalHost, hostRulesOf } from "./host-rules.ts";
import type { HostRules } from "./host-rules.ts";

/** The way to a host: over a network that holds whatever the host's name leads to, or the runtime's own (null). */
export interface Way {
  /** In its one form. */
  readonly host: string;
  readonly network: Fetcher | null;
}

/** How hosts are reached, and which are not. */
export class WaysOut {
  readonly #rules: HostRules;
  readonly #env: Pick<Env, "BRIDGE_NETWORK" | "PUBLIC_NETWORK">;

  constructor(env: Pick<Env, "BRIDGE_HOSTS" | "BRIDGE_NETWORK" | "PUBLIC_NETWORK">) {
    this.#rules = hostRulesOf(env);
    this.#env = env;
  }

  /** @throws OrreryError `forbidden` where bridges of this deployment may not reach the host */
  to(name: string): Way {
    const host = canonicalHost(name);
    if (host === null || !this.#rules.allows(host)) {
      throw new OrreryError(
        "forbidden",
        "This deployment does not let bridges reach this host (BRIDGE_HOSTS)",
      );
    }
    const { BRIDGE_NETWORK: anywhere = null, PUBLIC_NETWORK: publicAlone = null } = this.#env;
    return { host, network: this.#rules.isPublicAlone(host) ? publicAlone : anywhere };
  }
}
