import { failureLine } from "./explain.ts";

export interface ConfirmationParts {
  /** Does it. */
  action: () => Promise<void>;
  close: () => void;
  /** Where the cursor goes once it is done. */
  focusAfter: () => HTMLElement | null | undefined;
}

/** What a dialog asks about: done once it is confirmed. Where that fails, the dialog says why and stays. */
export class Confirmation {
  /** While it is being done, the dialog is not to be left: how it went would be told to nobody. */
  working = $state(false);
  problem = $state("");
  #done = false;
  readonly #parts: ConfirmationParts;

  constructor(parts: ConfirmationParts) {
    this.#parts = parts;
  }

  /** Forgets how it went before. */
  begin(): void {
    this.problem = "";
    this.#done = false;
  }

  async confirm(): Promise<void> {
    if (this.working) return;
    this.working = true;
    this.problem = "";
    try {
      await this.#parts.action();
      this.#done = true;
      this.#parts.close();
    } catch (error) {
      this.problem = failureLine(error);
    } finally {
      this.working = false;
    }
  }

  /** For `onCloseAutoFocus` of the dialog. */
  readonly placeFocus = (event: Event): void => {
    const next = this.#done ? this.#parts.focusAfter() : undefined;
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
}
