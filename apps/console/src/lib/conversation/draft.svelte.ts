import type { Attachments } from "./attachments.svelte.ts";

/** What is being written in a conversation and has not been sent. */
export class Draft {
  #text = $state("");
  readonly attachments: Attachments;
  /** Why it was not accepted; empty while nothing went wrong. */
  problem = $state("");
  #key: string;
  readonly #stored: Storage | undefined;

  constructor(key: string, attachments: Attachments, stored: Storage | undefined) {
    this.#key = key;
    this.attachments = attachments;
    this.#stored = stored;
    this.#text = stored?.getItem(key) ?? "";
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#store();
  }

  get empty(): boolean {
    return this.#text.trim() === "" && this.attachments.items.length === 0;
  }

  /** Goes on under another key. */
  move(key: string): void {
    this.#stored?.removeItem(this.#key);
    this.#key = key;
    this.#store();
  }

  #store(): void {
    if (this.#text === "") this.#stored?.removeItem(this.#key);
    else this.#stored?.setItem(this.#key, this.#text);
  }
}

/**
 * The drafts of an agent's conversations, each its own: they stay as one goes from one to another, and their words
 * through a reload of the tab.
 */
export class Drafts {
  readonly #agentId: string;
  readonly #stored: Storage | undefined;
  readonly #attachments: () => Attachments;
  readonly #drafts = new Map<string, Draft>();

  /**
   * @param attachments makes the files of a draft
   * @param stored where the words lie; nowhere for what is not to lie readably on the device
   */
  constructor(agentId: string, attachments: () => Attachments, stored: Storage | undefined) {
    this.#agentId = agentId;
    this.#attachments = attachments;
    this.#stored = stored;
  }

  /** The draft of a conversation; without an id, that of one that has not begun. */
  of(sessionId: string | undefined): Draft {
    const key = this.#keyOf(sessionId);
    let draft = this.#drafts.get(key);
    if (!draft) {
      draft = new Draft(key, this.#attachments(), this.#stored);
      this.#drafts.set(key, draft);
    }
    return draft;
  }

  /** The conversation that had not begun now has an id: what was written since goes on in it. */
  begun(sessionId: string): void {
    const key = this.#keyOf(undefined);
    const draft = this.#drafts.get(key);
    if (!draft) return;
    this.#drafts.delete(key);
    this.#drafts.set(this.#keyOf(sessionId), draft);
    draft.move(this.#keyOf(sessionId));
  }

  #keyOf(sessionId: string | undefined): string {
    return `orrery.draft.${this.#agentId}.${sessionId ?? "new"}`;
  }
}
