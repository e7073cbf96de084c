/** Requests that a workspace signs with its own key, for services that want to know who calls. */
import { signerOf } from "../keys/keyring.ts";
import { ringLeaseOf } from "../keys/ring-lease.ts";
import { type OutgoingRequest, signedHeaders } from "./sign.ts";
import { signerWith } from "./signature-algorithm.ts";

/**
 * A request's headers with its signature (RFC 9421).
 * @throws OrreryError conflict where the workspace has no key to sign with, and none can be made
 */
export type RequestSigning = (request: OutgoingRequest) => Promise<Headers>;

/**
 * Signs in the name of a workspace. The key is called `<workspace>/<key id>`; its public half is in
 * `/.well-known/jwks/<workspace>.json` by its id.
 */
export function requestSigningFor(env: Env, workspaceId: string): RequestSigning {
  const lease = ringLeaseOf(env, workspaceId);
  return async (request) => {
    const key = await signerOf(lease);
    return signedHeaders(request, signerWith(key, `${workspaceId}/${key.id}`), Date.now());
  };
}
