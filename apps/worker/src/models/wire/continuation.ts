/** Going on with an answer that another model began. */
import { ModelError, type ProviderEvent } from "../contract.ts";

/**
 * Characters from which on a repetition of the beginning is taken for one: a shorter text may well come
 * twice by itself.
 */
const shortestRepetition = 24;

/**
 * The events of an answer that was given its beginning, without that beginning: some servers send it once
 * more before they go on, and some leave out the white space at its end and send that again. Holds text back
 * only as long as it is the beginning, letter for letter.
 */
export async function* continued(
  prefill: string,
  events: AsyncGenerator<ProviderEvent, void, undefined>,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const given = new Beginning(prefill);
  for await (const event of events) {
    if (event.type !== "text") {
      const rest = event.type === "log" ? "" : given.end();
      if (rest !== "") yield { type: "text", text: rest };
      yield event;
      continue;
    }
    const text = given.after(event.text);
    if (text !== "") yield { type: "text", text };
  }
}

class Beginning {
  readonly #prefill: string;
  #held = "";
  #open = true;

  constructor(prefill: string) {
    this.#prefill = prefill;
  }

  /** What of `text` is new, as far as that is known. */
  after(text: string): string {
    if (!this.#open) return text;
    this.#held += text;
    const mayRepeat = this.#prefill.length >= shortestRepetition;
    if (mayRepeat && this.#held.startsWith(this.#prefill)) {
      this.#open = false;
      return this.#held.slice(this.#prefill.length);
    }
    const undecided = mayRepeat && this.#prefill.startsWith(this.#held);
    return undecided || this.#space().startsWith(this.#held) ? "" : this.end();
  }

  /** Nothing more comes that could be a repetition: what was held back, without white space sent twice. */
  end(): string {
    if (!this.#open) return "";
    this.#open = false;
    const space = this.#space();
    let same = 0;
    while (same < space.length && space[same] === this.#held[same]) same += 1;
    return this.#held.slice(same);
  }

  #space(): string {
    return this.#prefill.slice(this.#prefill.trimEnd().length);
  }
}

/** For wires on which an assistant's last message is not gone on with but answered. */
export const cannotContinue = (provider: string): ModelError =>
  new ModelError("invalid_request", `${provider} cannot go on from the beginning of an answer`, {
    retryable: false,
  });
