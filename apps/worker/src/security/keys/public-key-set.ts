import type { Jwks } from "@orrery/protocol";
import type { RingKey } from "./ring.ts";

/** The public halves of a workspace's own keys and its agents', with what each is for (RFC 7517 §4). Peers publish theirs. */
export function publicKeySet(keys: readonly RingKey[], now: number): Jwks {
  return {
    keys: keys.flatMap(({ id, use, algorithm, holder, endsAt, publicJwk }) =>
      publicJwk === null || holder.kind === "peer" || (endsAt !== null && endsAt <= now)
        ? []
        : [{ ...publicJwk, kid: id, use: use === "sign" ? "sig" : "enc", alg: algorithm }],
    ),
  };
}
