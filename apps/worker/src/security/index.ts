/** Who calls and what they may do. */

/** What a route sees: its caller, and the router it adds itself to. */
export type { Api, AppEnv, Identity } from "./context.ts";
/** `middleware: [requireScope("agents:read")]` on a route; `admin` implies every scope. */
export { assertScopes, requireScope, scopesOf } from "./scopes.ts";
/** Middleware of the whole API: sets `identity` (and `ticket`), or refuses. */
export { authenticate } from "./authenticate.ts";
/** Whether a request asks for a WebSocket; middleware of routes that an address alone may open. */
export { isUpgrade, openByAddress } from "./credentials.ts";
/** What the opener of a socket may do while it is open. */
export { assertPermitted, endsPermit, permitEnded, permitOf } from "./permits.ts";
export type { Permit } from "./permits.ts";
/** Middleware after `authenticate`: 429 for who sends more than RATE_LIMIT_PER_MINUTE. */
export { rateLimit } from "./rate-limit.ts";
/** `GET /me`, `POST /tickets`, `/tokens`, `/keys` and `/workspace-key`. */
export { securityRoutes } from "./routes.ts";
export type { TurnAway } from "./routes.ts";
/** The deployment's signing key, and what one isolate remembers about identity. */
export { signingKeyOf } from "./settings.ts";
export { securityOf } from "./isolate.ts";
/** SHA-256 of a text or of bytes, base64url, at once. */
export { sha256 } from "./secrets.ts";
/** What a request would like: another media type, an answer at once, one of now. */
export {
  FreshHeaders,
  acceptHeader,
  preferHeader,
  prefers,
  prefersAsync,
  wantsFresh,
} from "./preferences.ts";
/** Bodies of requests, read as far as they may go. */
export { bodyWithin, wholeBody } from "./read-body.ts";
/** Cursors of lists, as clients get them. */
export { cursorsOf } from "./cursors.ts";
/** What routes of all domains share: answers, refusals, where a request was taken. */
export { answerHeaders, created, edgeLocation, json, jsonBody, problem, problems } from "./route-parts.ts";
/** Requests to others, signed with the workspace's key. */
export { type RequestSigning, requestSigningFor } from "./signing/outgoing-requests.ts";
/** Addresses that open by themselves for a while. */
export { signAddress, verifyAddress } from "./signed-address.ts";
/**
 * The object of each workspace's keys, and what this isolate does with them. The object's class is for `worker.ts` alone:
 * this domain is read in Node too, where there are no such objects.
 */
export type { KeyRingObject } from "./keys/key-ring-object.ts";
export { keyringFor } from "./keys/keyring.ts";
/** `/.well-known/jwks/{workspace}.json`. */
export { publicKeyRoutes } from "./keys/routes.ts";
export type { Keyring, MessageSigner, Recipient, Vault } from "./keys/contract.ts";
/** What a JWE says it is of. */
export { bindingOf } from "./encryption/jwe.ts";
export type { JweBinding } from "./encryption/jwe.ts";
/** Feature flags: `flagsFor(env).enabled(workspaceId, name, agentId?)`, or `.of(workspaceId)` for many questions. */
export { flagsFor } from "./flags/flags.ts";
/** The deployment's KEY_ENCRYPTION_KEY, parsed; `OrreryError` says what is wrong with it. */
export { keyEncryptionKeysOf } from "./encryption/index.ts";
export { flagRoutes } from "./flags/routes.ts";
export type { FlagId } from "./flags/known-flags.ts";
export type { WorkspaceFlags } from "./flags/workspace-flags.ts";
