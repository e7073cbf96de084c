/** Filters an answer while it is being written. */
import type { FilterAction, FilterClass, FilterFinding, FilterPolicy } from "@orrery/protocol";
import { card } from "./card.ts";
import type { OutputFilter } from "./contract.ts";
import { email } from "./email.ts";
import { iban } from "./iban.ts";
import { phone } from "./phone.ts";
import { lookBehind, type Recogniser, type Tail } from "./recogniser.ts";
import { search } from "./search.ts";
import { secret } from "./secrets/secret.ts";
import { ssn } from "./ssn.ts";

/** In the order in which they are asked where more than one could find something. */
const recognisers: readonly Recogniser[] = [secret, email, iban, card, ssn, phone];

/**
 * A filter for one answer; null where the policy turns every class off, so that nothing is paid then.
 *
 * `redact` puts the class's name in brackets in place of what was found. With `block`, text before the
 * finding may have been shown; nothing from it on is. At most 512 UTF-16 units are held back
 * (`reach` in recogniser.ts), and of ordinary prose only the word that is being written.
 */
export function createOutputFilter(policy: FilterPolicy): OutputFilter | null {
  const active = recognisers.filter((recogniser) => actionOf(policy, recogniser.class) !== "off");
  return active.length === 0 ? null : new StreamFilter(policy, active);
}

const actionOf = (policy: FilterPolicy, name: FilterClass): FilterAction => policy[name] ?? "off";

/** Half a character: released alone, it could not be encoded. */
const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

class StreamFilter implements OutputFilter {
  readonly #policy: FilterPolicy;
  readonly #recognisers: readonly Recogniser[];
  /** Nothing is ever changed, so nothing has to be held back. */
  readonly #onlyFlags: boolean;
  readonly #counts = new Map<FilterClass, number>();
  /** What was not yet released, after as much of what was as recognisers may look back at. */
  #text = "";
  /** Where in `#text` that begins. */
  #next = 0;
  /** A finding that may go on, and whether its text is shown. */
  #open: { tail: Tail; shown: boolean } | null = null;
  #blocked = false;

  constructor(policy: FilterPolicy, active: readonly Recogniser[]) {
    this.#policy = policy;
    this.#recognisers = active;
    this.#onlyFlags = active.every((recogniser) => actionOf(policy, recogniser.class) === "flag");
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  push(text: string): string {
    if (this.#blocked) return "";
    this.#text += text;
    const shown = this.#release(false);
    return this.#onlyFlags ? text : shown;
  }

  end(): string {
    if (this.#blocked) return "";
    const shown = this.#release(true);
    return this.#onlyFlags ? "" : shown;
  }

  findings(): FilterFinding[] {
    return Array.from(this.#counts, ([name, count]) => ({
      class: name,
      action: actionOf(this.#policy, name),
      count,
    }));
  }

  /** Goes through what is new, and returns what can be shown of it. */
  #release(final: boolean): string {
    const text = this.#text;
    let shown = "";
    /** Up to here it is in `shown`, or withheld. */
    let done = this.#next;
    let at = done;
    for (;;) {
      if (this.#open) {
        const { tail, shown: visible } = this.#open;
        const { end, open } = tail(text, at, final);
        at = end;
        if (!visible) done = end;
        if (open) break;
        this.#open = null;
      }
      const sighting = search(text, at, final, this.#recognisers);
      if (typeof sighting === "number") {
        at = sighting;
        break;
      }
      const { found, recogniser } = sighting;
      const action = actionOf(this.#policy, recogniser.class);
      this.#counts.set(recogniser.class, (this.#counts.get(recogniser.class) ?? 0) + 1);
      at = found.end;
      if (found.tail) this.#open = { tail: found.tail, shown: action === "flag" };
      if (action === "flag") continue;
      shown += text.slice(done, found.start);
      done = found.end;
      if (action === "block") {
        this.#blocked = true;
        this.#text = "";
        return shown;
      }
      shown += `[${recogniser.class}]`;
    }
    if (!final && at === text.length && at > done && isHighSurrogate(text.charCodeAt(at - 1))) at -= 1;
    shown += text.slice(done, at);
    const kept = Math.max(0, at - lookBehind);
    this.#text = text.slice(kept);
    this.#next = at - kept;
    return shown;
  }
}
