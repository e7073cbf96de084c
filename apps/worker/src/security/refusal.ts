import { OrreryError } from "@orrery/protocol";
import { errors } from "jose";

/** A token that does not prove anything. The message may be shown: it says what is wrong, not with what. */
export const unauthenticated = (message: string, cause?: unknown): OrreryError =>
  new OrreryError("unauthenticated", message, { cause });

const claims: Record<string, string> = {
  aud: "The token is for another audience",
  iss: "The token is from another issuer",
  sub: "The token names no subject",
  exp: "The token has no end",
  nbf: "The token is not valid yet",
};

/** Says what jose found wrong with a token; what is not the token's fault is thrown on. */
export function refusalOf(error: unknown): OrreryError {
  if (error instanceof OrreryError) return error;
  if (error instanceof errors.JWTExpired) return unauthenticated("The token has expired", error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    return unauthenticated(claims[error.claim] ?? "A claim of the token is not valid", error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return unauthenticated("The token's signature does not verify", error);
  }
  if (error instanceof errors.JWKSTimeout) {
    return new OrreryError("upstream_timeout", "The identity provider's keys did not arrive in time", {
      cause: error,
    });
  }
  if (
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return unauthenticated("The token is not signed with a key and algorithm accepted here", error);
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return unauthenticated("The token is malformed", error);
  }
  return new OrreryError("upstream_failed", "The identity provider's keys could not be read", {
    cause: error,
  });
}
