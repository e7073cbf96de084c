/** What an agent's tasks hold, at rest and on the way: sealed where the agent is confidential, encrypted where asked. */
import { OrreryError } from "@orrery/protocol";
import type { Keyring, Vault } from "../../../security/index.ts";
import type { HandOff, TaskDelivery } from "../contract.ts";
import { isFields } from "../messages/fields.ts";
import { withCiphertext } from "../messages/ciphertext.ts";
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
    const plain = await this.#plain(content);
    const opened = parsed(decoder.decode(plain));
    return isFields(opened) ? opened : { input: opened };
  }

  /**
   * A task for another agent: one that came encrypted is encrypted to that one, as its asker's words.
   * @throws OrreryError `not_found` where the other has no key, `invalid_request` where it cannot be opened
   */
  async resealed(task: TaskDelivery, to: HandOff["to"]): Promise<TaskDelivery> {
    if (!task.encrypted) return task;
    const plain = await this.#plain(contentOf(task.form, task.message));
    const recipient = to.agentId === null ? { peer: to.name } : { agentId: to.agentId };
    const binding = { ...(task.source !== null && { iss: task.source }), aud: to.name, tid: task.taskId };
    const jwe = await this.#keyring().encryptTo(recipient, plain, binding);
    return { ...task, message: withCiphertext(task, jwe) };
  }

  #plain(content: Fields): Promise<Uint8Array> {
    return this.#keyring().decryptFor(this.#identity().agentId, String(content["jwe"]));
  }

  /**
   * An answer encrypted to whoever asked, and bound to the task; null where it is to go out in the clear, as a question
   * that came so does where we have no key for its source.
   * @throws OrreryError `not_found` where there is no key for an answer that is not to go out in the clear
   */
  async encrypted(
    task: Pick<TaskDelivery, "encrypted" | "sealsAnswer" | "source" | "taskId">,
    plain: unknown,
  ): Promise<string | null> {
    const isDue = task.encrypted || task.sealsAnswer === true;
    if (!isDue && !this.#identity().confidential) return null;
    const { source, taskId } = task;
    if (source !== null && (await this.#keyring().canEncryptTo({ peer: source }))) {
      const binding = { iss: this.#identity().id, aud: source, tid: taskId };
      return await this.#keyring().encryptTo(
        { peer: source },
        encoder.encode(JSON.stringify(plain)),
        binding,
      );
    }
    if (!isDue) return null;
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
