import type { ProtectionPolicy } from "@orrery/protocol";
import type { TaskDelivery } from "../contract.ts";

/**
 * Why a task is refused by its channel's policy; null where it is not. Answers need no policy of their own: whoever asks
 * in ciphertext is answered so, or told that there is no key for the answer.
 */
export const encryptionRefusal = (
  { encrypted }: Pick<TaskDelivery, "encrypted">,
  policy: ProtectionPolicy,
): string | null =>
  policy === "require" && !encrypted
    ? "it is not encrypted, and this channel takes encrypted tasks alone"
    : null;
