/** Keys in words. */
import type { Key, KeyStatus } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";

export const statusLooks: Record<KeyStatus, { label: string; variant: BadgeVariant }> = {
  active: { label: "Active", variant: "success" },
  retiring: { label: "Retiring", variant: "brand" },
  retired: { label: "Retired", variant: "neutral" },
};

/** What a new key of ours can be for. */
export const purposeOptions = [
  { value: "Ed25519", label: "Sign, Ed25519", hint: "others check with the public half" },
  { value: "HS256", label: "Sign, HS256", hint: "both sides know the secret" },
  { value: "P-256", label: "Encrypt, P-256", hint: "others encrypt with the public half" },
  { value: "X25519", label: "Encrypt, X25519", hint: "the same on another curve" },
] as const;
export type Purpose = (typeof purposeOptions)[number]["value"];

/** What is known of a peer's key. */
export const materialOptions = [
  { value: "jwk", label: "Its public key", hint: "as a JSON Web Key" },
  { value: "given", label: "A secret it gave you", hint: "HS256" },
  { value: "made", label: "A new secret to give it", hint: "HS256" },
] as const;
export type Material = (typeof materialOptions)[number]["value"];

const day = 86_400;

/** For how long a key that was rotated still checks and opens, in seconds. */
export const overlapOptions: readonly { value: string; label: string }[] = [
  { value: "0", label: "None: it stops at once" },
  { value: "3600", label: "1 hour" },
  { value: String(day), label: "1 day" },
  { value: String(7 * day), label: "1 week" },
  { value: String(30 * day), label: "30 days" },
];

/** What a key is made for, with what: "Signs, Ed25519", "Encrypts, P-256". */
export function purposeWords({
  use,
  algorithm,
  publicJwk,
}: Pick<Key, "use" | "algorithm" | "publicJwk">): string {
  if (use === "sign") return `Signs, ${algorithm}`;
  return publicJwk ? `Encrypts, ${publicJwk.crv}` : "Encrypts";
}

/** What happens to the holder's key when it does nothing any more. */
export const lossWords = ({ use }: Pick<Key, "use">): string =>
  use === "sign"
    ? "Signatures made with it are refused."
    : "Messages encrypted with it that were not decrypted yet are lost.";
