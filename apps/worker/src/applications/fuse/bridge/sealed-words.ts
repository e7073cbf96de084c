/** What is said in ciphertext beside tasks: commands and improvements, and what agents answer to them. */
import { OrreryError } from "@orrery/protocol";
import type { ProtectionPolicy } from "@orrery/protocol";
import type { Keyring } from "../../../security/index.ts";
import type { Inbound } from "../../../channels/index.ts";
import type { Member } from "../contract.ts";
import { encryptionRefusal } from "../messages/encryption-policy.ts";
import { fieldsOf, isFields, textOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import type { Envelope } from "../messages/parse.ts";
import { answersHere } from "../migration/modes.ts";

export interface SealedWordsHost {
  readonly keyring: () => Pick<Keyring, "canEncryptTo" | "decryptFor" | "encryptTo">;
  find(fuseAgentId: string): Member | undefined;
  policy(role: Inbound["role"]): ProtectionPolicy;
}

/** A message as it is to be read; what is refused has a reason, what is passed over none. */
export type Opened =
  | { readonly outcome: "open"; readonly value: Fields; readonly wasSealed: boolean }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "passed" };

const types: ReadonlySet<unknown> = new Set(["SYSTEM", "IMPROVEMENT"]);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class SealedWords {
  readonly #host: SealedWordsHost;

  constructor(host: SealedWordsHost) {
    this.#host = host;
  }

  /** Opens what is to one of ours that answers. What is said to all cannot be encrypted, and where it has to be is not heard. */
  async opened({ value, role }: Inbound): Promise<Opened> {
    const header = fieldsOf(value, "header");
    const asItIs: Opened = { outcome: "open", value, wasSealed: false };
    if (!types.has(header["type"])) return asItIs;
    const policy = this.#host.policy(role);
    const member = this.#host.find(textOf(header, "target") ?? "");
    const body = fieldsOf(value, "body");
    const { jwe } = fieldsOf(body, "content");
    if (!member) return policy === "require" && typeof jwe !== "string" ? { outcome: "passed" } : asItIs;
    if (!answersHere(member)) return asItIs;
    const outside = { source: textOf(header, "source"), target: member.id };
    const reason = encryptionRefusal(typeof jwe === "string" ? jwe : null, outside, policy);
    if (reason !== null) return { outcome: "refused", reason };
    if (typeof jwe !== "string") return asItIs;
    if (!member.confidential) {
      return { outcome: "refused", reason: "it is encrypted, and the agent is not confidential" };
    }
    try {
      const plain = JSON.parse(
        decoder.decode(await this.#host.keyring().decryptFor(member.agentId, jwe)),
      ) as unknown;
      const content = isFields(plain) ? plain : { message: plain };
      return { outcome: "open", value: { ...value, body: { ...body, content } }, wasSealed: true };
    } catch (error) {
      if (error instanceof OrreryError && error.code === "invalid_request") {
        return { outcome: "refused", reason: error.message };
      }
      if (error instanceof SyntaxError)
        return { outcome: "refused", reason: "what is encrypted in it is no JSON" };
      throw error;
    }
  }

  /** What an agent says, encrypted to who asked where that one asked so, or the agent is confidential and has a key for it. */
  async sealed(
    said: Fields,
    { member, envelope, wasSealed }: { member: Member; envelope: Envelope; wasSealed: boolean },
  ): Promise<Fields> {
    if (!wasSealed && !member.confidential) return said;
    const keyring = this.#host.keyring();
    const recipient = { peer: envelope.source };
    if (await keyring.canEncryptTo(recipient)) {
      const binding = { iss: member.id, aud: envelope.source, tid: envelope.messageId };
      return { jwe: await keyring.encryptTo(recipient, encoder.encode(JSON.stringify(said)), binding) };
    }
    if (!wasSealed) return said;
    const error = `there is no key to encrypt the answer to ${envelope.source}`;
    return { message: "done", status: "done", error };
  }
}
