import { ApiError } from "@orrery/client";
import { failureLine } from "#lib/feedback/explain.ts";
import type { FormDraft } from "./form-draft.svelte.ts";

export interface SubmissionParts<Field extends string> {
  draft: () => FormDraft<Field>;
  /** Sends the draft. What it throws is shown beside the fields it concerns. */
  send: () => Promise<void>;
  /** Brings a field into sight that may be folded away. */
  reveal?: ((field: Field) => void) | undefined;
  /** The id of a field's element; its own name unless given. */
  idOf?: ((field: Field) => string) | undefined;
}

/** The sending of a form: checked first, once at a time, and the cursor goes to what is wrong. */
export class Submission<Field extends string> {
  sending = $state(false);
  readonly #parts: SubmissionParts<Field>;

  constructor(parts: SubmissionParts<Field>) {
    this.#parts = parts;
  }

  readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.sending) return;
    const draft = this.#parts.draft();
    const wrong = draft.check();
    if (wrong !== undefined) {
      this.#focus(wrong);
      return;
    }
    this.sending = true;
    try {
      await this.#parts.send();
    } catch (error) {
      if (error instanceof ApiError && error.errors.length > 0) {
        const refused = draft.refuse(error);
        if (refused !== undefined) this.#focus(refused);
      } else draft.general = failureLine(error);
    } finally {
      this.sending = false;
    }
  };

  #focus(field: Field): void {
    const { reveal, idOf } = this.#parts;
    reveal?.(field);
    // After the problem is on the page, so that it is read out with the field.
    requestAnimationFrame(() => document.getElementById(idOf ? idOf(field) : field)?.focus());
  }
}
