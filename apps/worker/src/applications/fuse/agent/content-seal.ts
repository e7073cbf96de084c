/** What an agent's tasks hold, at rest and on the way: sealed where the agent is confidential, encrypted where asked. */
import { OrreryError } from "@orrery/protocol";
import type { Keyring, Vault } from "../../../security/index.ts";
import type { TaskDelivery } from "../contract.ts";
import { isFields } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import { contentOf } from "../tasks/work.ts";
import type { Identity } from "./agent-record.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ContentSeal {
  readonly #keyring: () => Keyring;
  readonly #identity: () => Identity;
  #vault: Vault | null = null;

  constructor(keyring: () => Keyring, identity: () => Identity) {
    this.#keyring = keyring;
    this.#identity = identity;
  }

  /**
   * Before {@link seal} and {@link open}, which are synchronous so that they stand inside a transaction.
   * @throws OrreryError as {@link Keyring.vault} does, for confidential agents
   */
  async ready(): Promise<void> {
    if (this.#identity().confidential) this.#vault = await this.#keyring().vault();
  }

  seal(text: string, place: string): string | Uint8Array {
    if (!this.#identity().confidential) return text;
    return this.#opened().seal(encoder.encode(text), place);
  }

  open(content: string | Uint8Array, place: string): string {
    return typeof content === "string" ? content : decoder.decode(this.#opened().open(content, place));
  }

  #opened(): Vault {
    if (!this.#vault) throw new Error("the vault is used before it is there");
    return this.#vault;
  }

  /** What a task asks for, in the clear. @throws OrreryError `invalid_request` where it is not encrypted to this agent */
  async contentOf(task: Pick<TaskDelivery, "form" | "encrypted" | "message">): Promise<Fields> {
    const content = contentOf(task.form, task.message);
    if (!task.encrypted) return content;
    const plain = await this.#keyring().decryptFor(this.#identity().agentId, String(content["jwe"]));
    const opened = parsed(decoder.decode(plain));
    return isFields(opened) ? opened : { input: opened };
  }

  /**
   * An answer encrypted to whoever asked; null where it is to go out in the clear, as a question that came so does
   * where we have no key for its source.
   * @throws OrreryError `not_found` where the question was encrypted and there is no key for the answer
   */
  async encrypted(task: Pick<TaskDelivery, "encrypted" | "source">, plain: unknown): Promise<string | null> {
    if (!task.encrypted && !this.#identity().confidential) return null;
    const { source } = task;
    if (source !== null && (await this.#keyring().canEncryptTo({ peer: source }))) {
      return await this.#keyring().encryptTo({ peer: source }, encoder.encode(JSON.stringify(plain)));
    }
    if (!task.encrypted) return null;
    throw new OrreryError("not_found", `There is no key to encrypt the answer to ${source ?? "its asker"}.`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
