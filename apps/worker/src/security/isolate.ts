import { Authenticator } from "./authenticator.ts";
import { jwtVerifier } from "./jwt.ts";
import { Revocations } from "./revocations.ts";
import { type SecuritySettings, readSettings } from "./settings.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { type TokenStore, tokenStore } from "./token-store.ts";

/** What one isolate remembers about identity, between its requests. */
export interface IsolateSecurity {
  settings: SecuritySettings;
  authenticator: Authenticator;
  revocations: Revocations;
  tokens: TokenStore;
  /** Requests by identity; null where there is no limit. */
  requests: TokenBuckets | null;
}

/** Seconds' worth of requests that may come at once. */
const burstSeconds = 6;

function requestBuckets({ ratePerMinute }: SecuritySettings): TokenBuckets | null {
  if (ratePerMinute === 0) return null;
  const capacity = Math.max(1, Math.floor((ratePerMinute / 60) * burstSeconds));
  return new TokenBuckets({ capacity, perMinute: ratePerMinute });
}

/** The runtime hands every request of an isolate the same `env`, which thus stands for the isolate. */
const isolates = new WeakMap<Env, IsolateSecurity>();

/** The isolate's memory of identity, made with its first request. */
export function securityOf(env: Env): IsolateSecurity {
  const known = isolates.get(env);
  if (known !== undefined) return known;
  const settings = readSettings(env);
  const tokens = tokenStore(env.DB);
  const revocations = new Revocations(env.DB);
  const jwts = jwtVerifier(settings, { now: Date.now, fetch: (url, init) => fetch(url, init) });
  const made = {
    settings,
    tokens,
    revocations,
    authenticator: new Authenticator({ settings, jwts, tokens, revocations, now: Date.now }),
    requests: requestBuckets(settings),
  };
  isolates.set(env, made);
  return made;
}
