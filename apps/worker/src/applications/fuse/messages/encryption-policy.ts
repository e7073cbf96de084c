/** What is refused by its channel's policy, or since its ciphertext is not what it is said to be. */
import { OrreryError } from "@orrery/protocol";
import type { ProtectionPolicy } from "@orrery/protocol";
import { bindingOf } from "../../../security/index.ts";
import { bindingRefusal } from "./ciphertext.ts";
import type { Outside } from "./ciphertext.ts";

/**
 * Why a message is refused; null where it is not. Answers need no policy of their own: whoever asks in ciphertext is
 * answered so, or told that there is no key for the answer.
 */
export function encryptionRefusal(
  jwe: string | null,
  outside: Outside,
  policy: ProtectionPolicy,
): string | null {
  const isRequired = policy === "require";
  if (jwe === null) {
    return isRequired ? "it is not encrypted, and this channel takes encrypted messages alone" : null;
  }
  try {
    return bindingRefusal(bindingOf(jwe), outside, isRequired);
  } catch (error) {
    if (error instanceof OrreryError) return error.message;
    throw error;
  }
}
