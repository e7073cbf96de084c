/** Signs HTTP messages (RFC 9421 §3.1). */
import { base64url } from "jose";
import { type BareItem, serializeDictionary } from "structured-headers";
import { type Component, component } from "./component.ts";
import { contentDigest } from "./content-digest.ts";
import { fieldsOf, type MessageParts } from "./message-parts.ts";
import type { Signer } from "./signature-algorithm.ts";
import { type SignatureParameters, signatureBase, signatureInputOf } from "./signature-base.ts";

/** Values of the fields Signature-Input and Signature, under one label. */
export interface SignatureFields {
  input: string;
  signature: string;
}

/**
 * Signs what `components` name; `parameters` are signed in their order.
 * @throws NoValue where the message lacks a component
 */
export async function signatureOf(
  message: MessageParts,
  components: readonly Component[],
  parameters: SignatureParameters,
  signer: Signer,
  label: string,
): Promise<SignatureFields> {
  const covered = { components, parameters };
  const base = signatureBase(covered, message);
  const signature = await signer.sign(new TextEncoder().encode(base));
  return {
    input: `${label}=${signatureInputOf(covered)}`,
    signature: serializeDictionary(new Map([[label, [signature, new Map()]]])),
  };
}

/** Seconds for which a request of ours may be accepted. */
const lifetime = 300;

/** A request as it is about to be sent. */
export interface OutgoingRequest {
  method: string;
  url: string;
  headers: HeadersInit;
  body?: string | Uint8Array;
}

/**
 * The request's headers with Content-Digest (where there is a body), Signature-Input and Signature. Covered are
 * @method, @target-uri and, with a body, content-digest and content-type. `now` is in epoch milliseconds.
 */
export async function signedHeaders(request: OutgoingRequest, signer: Signer, now: number): Promise<Headers> {
  const headers = new Headers(request.headers);
  const components = [component("@method"), component("@target-uri")];
  if (request.body !== undefined) {
    const { body } = request;
    headers.set(
      "content-digest",
      contentDigest(typeof body === "string" ? new TextEncoder().encode(body) : body),
    );
    components.push(component("content-digest"));
    if (headers.has("content-type")) components.push(component("content-type"));
  }
  const created = Math.floor(now / 1_000);
  const parameters = new Map<string, BareItem>([
    ["created", created],
    ["expires", created + lifetime],
    ["nonce", base64url.encode(crypto.getRandomValues(new Uint8Array(16)))],
    ["keyid", signer.keyId],
  ]);
  const parts: MessageParts = {
    kind: "request",
    method: request.method,
    url: new URL(request.url).href,
    fields: fieldsOf(headers),
  };
  const { input, signature } = await signatureOf(parts, components, parameters, signer, "orrery");
  headers.append("signature-input", input);
  headers.append("signature", signature);
  return headers;
}
