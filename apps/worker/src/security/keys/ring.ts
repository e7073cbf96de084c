/** What isolates are lent of a workspace's keys, so that no signature waits for the object that keeps them. */
import type { KeyAlgorithm, KeyHolder, KeyUse, PeerScope, PublicJwk } from "@orrery/protocol";
import type { JWK } from "jose";

/** A key that is `active` or `retiring`. */
export interface RingKey {
  readonly id: string;
  readonly use: KeyUse;
  readonly algorithm: KeyAlgorithm;
  readonly holder: KeyHolder;
  readonly status: "active" | "retiring";
  /** Epoch milliseconds from which it counts as retired; null where that is not settled. */
  readonly endsAt: number | null;
  /** What requests that it signed may do; empty for all but peers. */
  readonly scopes: readonly PeerScope[];
  /** Null for `HS256`. */
  readonly publicJwk: PublicJwk | null;
  /** What signs or opens: a private JWK, or `{kty: "oct", k}`. Null for a peer's key pair, or where it cannot be opened any more. */
  readonly privateJwk: JWK | null;
}

/** All that is not retired, newest first. */
export interface Ring {
  readonly keys: readonly RingKey[];
}
