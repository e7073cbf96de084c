/** Checks signatures of HTTP messages (RFC 9421 §3.2). */
import { unauthenticated } from "../refusal.ts";
import { identifierOf } from "./component.ts";
import { NoValue } from "./field-value.ts";
import type { MessageParts } from "./message-parts.ts";
import type { Checker } from "./signature-algorithm.ts";
import { signatureBase } from "./signature-base.ts";
import type { GivenSignature } from "./signature-fields.ts";

/** What whoever asks demands of a signature, beyond that it is one. */
export interface Requirements {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Seconds after `created` when it is too old. */
  readonly maxAge: number;
  /** Seconds by which clocks may differ. */
  readonly skew: number;
  /** Component identifiers that must be covered, each by one of its alternatives: `[['"@method"'], …]`. */
  readonly covered: readonly (readonly string[])[];
  /** What checks signatures by the key of this id; null where it is not known. */
  checker(keyId: string): Promise<Checker | null>;
}

export interface VerifiedSignature {
  readonly keyId: string;
  /** Component identifiers, as covered. */
  readonly covered: ReadonlySet<string>;
  /** From 16 to 128 characters. */
  readonly nonce: string;
  /** Epoch milliseconds until which it would be accepted again, its nonce apart. */
  readonly acceptedUntil: number;
}

function integer(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw unauthenticated(`The signature's ${name} is not a time in whole seconds`);
}

function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw unauthenticated(`The signature has no ${name}`);
}

/** Seconds until which it is accepted. */
function checkTimes({ parameters }: GivenSignature, { now, maxAge, skew }: Requirements): number {
  const seconds = now / 1_000;
  if (!parameters.has("created")) throw unauthenticated("The signature does not say when it was created");
  const created = integer(parameters.get("created"), "created");
  if (created > seconds + skew) throw unauthenticated("The signature was created in the future");
  let until = created + maxAge;
  if (parameters.has("expires")) {
    const expires = integer(parameters.get("expires"), "expires");
    if (expires < created) throw unauthenticated("The signature expires before it was created");
    until = Math.min(until, expires);
  }
  if (seconds > until + skew) throw unauthenticated("The signature is too old");
  return until + skew;
}

function nonceOf({ parameters }: GivenSignature): string {
  const nonce = text(parameters.get("nonce"), "nonce");
  if (nonce.length < 16 || nonce.length > 128) {
    throw unauthenticated("The signature's nonce has not 16 to 128 characters");
  }
  return nonce;
}

function coveredBy({ components }: GivenSignature, required: Requirements["covered"]): ReadonlySet<string> {
  const covered = new Set(components.map(identifierOf));
  for (const alternatives of required) {
    if (alternatives.some((identifier) => covered.has(identifier))) continue;
    throw unauthenticated(`The signature does not cover ${alternatives.join(" or ")}`);
  }
  return covered;
}

function baseOf(given: GivenSignature, message: MessageParts): Uint8Array {
  try {
    return new TextEncoder().encode(signatureBase(given, message));
  } catch (error) {
    if (!(error instanceof NoValue)) throw error;
    throw unauthenticated(`The signature cannot be checked: ${error.message}`, error);
  }
}

/**
 * Checks one signature of a message. Its nonce is the caller's to check, and so is the body where content-digest is
 * covered. What costs least comes first: nothing is computed for what could not be accepted.
 * @throws OrreryError unauthenticated with what is wrong
 */
export async function verifySignature(
  given: GivenSignature,
  message: MessageParts,
  requirements: Requirements,
): Promise<VerifiedSignature> {
  const until = checkTimes(given, requirements);
  const nonce = nonceOf(given);
  const keyId = text(given.parameters.get("keyid"), "keyid");
  const covered = coveredBy(given, requirements.covered);
  const base = baseOf(given, message);
  const checker = await requirements.checker(keyId);
  if (checker === null) throw unauthenticated("The signature's key is not known, or has ended");
  const named = given.parameters.get("alg");
  if (named !== undefined && named !== checker.algorithm) {
    throw unauthenticated("The signature names another algorithm than its key's");
  }
  if (!(await checker.check(given.signature, base))) {
    throw unauthenticated(
      "The signature does not verify: what it covers was altered, or another key signed it",
    );
  }
  return { keyId, covered, nonce, acceptedUntil: until * 1_000 };
}
