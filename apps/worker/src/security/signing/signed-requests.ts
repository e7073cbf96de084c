/** Requests that prove who sends them by a signature (RFC 9421) of a peer's key. */
import { OrreryError, WorkspaceId } from "@orrery/protocol";
import type { Identity } from "../context.ts";
import { checkerOf } from "../keys/keyring.ts";
import { ringExists } from "../keys/known-rings.ts";
import { type RingLease, ringLeaseOf } from "../keys/ring-lease.ts";
import type { RingKey } from "../keys/ring.ts";
import { bodyWithin } from "../read-body.ts";
import { unauthenticated } from "../refusal.ts";
import { checkContentDigest } from "./content-digest.ts";
import { requestParts } from "./message-parts.ts";
import { checkerWith } from "./signature-algorithm.ts";
import { type GivenSignature, givenSignatures } from "./signature-fields.ts";
import { verifySignature } from "./verify.ts";

/** Seconds after its creation for which a signature is accepted, and by which clocks may differ. */
export const requestMaxAge = 300;
export const requestSkew = 30;

/** Bytes of a signed body: the most that any route takes. */
const bodyLimit = 16 * 1024 * 1024;

/** A peer names its key by `<workspace>/<key id>`: it is signed, and says whose keys to look in. */
function namesOf(keyId: unknown): { workspaceId: string; id: string } | null {
  const [, workspace, id] = (typeof keyId === "string" && /^([^/]+)\/([\w.:@-]{1,128})$/.exec(keyId)) || [];
  const workspaceId = WorkspaceId.safeParse(workspace);
  return workspaceId.success && id !== undefined ? { workspaceId: workspaceId.data, id } : null;
}

/** The one signature that is meant for us; those of proxies on the way have keys of their own. */
function ourSignature(request: Request): { given: GivenSignature; workspaceId: string; id: string } {
  const ours = givenSignatures(requestParts(request).fields).flatMap((given) => {
    const names = namesOf(given.parameters.get("keyid"));
    return names === null ? [] : [{ given, ...names }];
  });
  const [only, another] = ours;
  if (only === undefined) {
    throw unauthenticated("No signature names a key by <workspace>/<key id>");
  }
  if (another !== undefined) throw unauthenticated("More than one signature names a key of a workspace");
  return only;
}

/** What a signature of `request` must cover: whom it is sent to, what for, and its body if there is one. */
function requirementsFor(request: Request): string[][] {
  const whole = '"@target-uri"';
  const parts = ['"@authority"', '"@path"', ...(new URL(request.url).search === "" ? [] : ['"@query"'])];
  return [['"@method"'], ...parts.map((part) => [whole, part])];
}

const digestComponent = '"content-digest"';

async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > bodyLimit) throw tooLarge();
  return await bodyWithin(request.body as ReadableStream<Uint8Array>, bodyLimit, tooLarge);
}

const tooLarge = (): OrreryError =>
  new OrreryError("payload_too_large", `A signed body has at most ${bodyLimit / 1024 / 1024} MiB`);

/** The peer's key with this id that may sign requests. @throws OrreryError unauthenticated */
async function peerKeyOf(lease: RingLease, id: string, now: number): Promise<RingKey | null> {
  const key = await checkerOf(lease, id, now);
  if (key === undefined) return null;
  if (key.holder.kind !== "peer" || key.scopes.length === 0) {
    throw unauthenticated("The signature's key is for messages: it has no scopes");
  }
  return key;
}

/** Who sent a signed request, and the request with its body, which had to be read. */
export interface Signed {
  identity: Identity;
  request: Request;
}

/**
 * The identity of a request that a peer signed. Its `@method`, its `@target-uri` (or `@authority`, `@path` and `@query`)
 * and, with a body, its `content-digest` must be covered; it is accepted once, within five minutes.
 * @throws OrreryError unauthenticated with what is wrong; payload_too_large
 */
export async function signedIdentity(request: Request, env: Env, now: number): Promise<Signed> {
  const { given, workspaceId, id } = ourSignature(request);
  let key: RingKey | null = null;
  const verified = await verifySignature(given, requestParts(request), {
    now,
    maxAge: requestMaxAge,
    skew: requestSkew,
    covered: requirementsFor(request),
    checker: async () => {
      if (!(await ringExists(env, workspaceId))) return null;
      key = await peerKeyOf(ringLeaseOf(env, workspaceId), id, now);
      return key && checkerWith(key);
    },
  });
  const body = await bodyOf(request);
  if (verified.covered.has(digestComponent)) {
    checkContentDigest(request.headers.get("content-digest") ?? "", body);
  } else if (body.byteLength > 0) {
    throw unauthenticated(`The signature does not cover ${digestComponent}, and the request has a body`);
  }
  if (!(await env.KEYRINGS.getByName(workspaceId).useNonce(id, verified.nonce, verified.acceptedUntil))) {
    throw unauthenticated("The request was sent before: its nonce is used");
  }
  return { identity: identityOf(key, workspaceId), request: withBody(request, body) };
}

function identityOf(key: RingKey | null, workspaceId: string): Identity {
  if (key?.holder.kind !== "peer") throw unauthenticated("The signature's key is not a peer's");
  return {
    subject: key.holder.name,
    workspaceId,
    scopes: key.scopes,
    method: "signature",
    expiresAt: key.endsAt,
    tokenId: null,
  };
}

const withBody = (request: Request, body: Uint8Array<ArrayBuffer>): Request =>
  request.body === null
    ? request
    : new Request(request, { method: request.method, body: body.byteLength > 0 ? body : null });
