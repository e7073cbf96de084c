/**
 * `OPTIONS *` asks what the server can do as a whole (RFC 9110 §9.3.7). The runtime writes such a target behind the host,
 * which makes no address: whatever takes addresses apart must not be given it.
 */
import { OrreryError } from "@orrery/protocol";
import { problemResponse } from "./problems.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Whether a request has no address, but `*` in its place. */
export const isForServer = ({ url }: Request): boolean => /^[a-z]+:\/\/[^/?#]*\*$/i.test(url);

/** The answer to a request for the server as a whole. */
export function serverResponse(request: Request): Response {
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { allow: methods.toSorted().join(", ") } });
  }
  return problemResponse(new OrreryError("invalid_request", "Only OPTIONS can be asked of *"), request);
}
