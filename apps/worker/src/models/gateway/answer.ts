/** An answer as it comes: filtered, remembered for the cache, and for whoever has to go on with it. */
import type { FilterFinding } from "@orrery/protocol";
import type { CachedAnswer } from "../cache/contract.ts";
import type { ModelEvent, ProviderEvent } from "../contract.ts";
import type { OutputFilter } from "../guardrails/contract.ts";

type Content = Extract<ModelEvent, { type: "text" | "reasoning" | "tool-call" | "source" }>;

export class Answer {
  readonly #newFilter: () => OutputFilter | null;
  readonly #keep: boolean;
  #filter: OutputFilter | null = null;
  /** What is being filtered now: text and thoughts are each filtered by themselves. */
  #open: "text" | "reasoning" | null = null;
  #findings = new Map<string, FilterFinding>();
  #events: CachedAnswer["events"] = [];
  #raw = "";
  #begun = false;
  #onlyText = true;
  #blocked = false;

  /** With `keep`, what was shown is remembered for the cache. */
  constructor(newFilter: () => OutputFilter | null, keep: boolean) {
    this.#newFilter = newFilter;
    this.#keep = keep;
  }

  /** Whether anything has been shown. */
  get begun(): boolean {
    return this.#begun;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** The text so far, unfiltered, if text is all there is: another model can go on from it. */
  get prefix(): string | null {
    return this.#onlyText && this.#raw !== "" ? this.#raw : null;
  }

  /** What was shown, for the cache. */
  get events(): CachedAnswer["events"] {
    return this.#events;
  }

  /** What may be shown on account of this event. */
  *take(event: Exclude<ProviderEvent, { type: "finish" | "log" }>): Generator<Content> {
    if (event.type === "text") this.#raw += event.text;
    else this.#onlyText = false;
    if (event.type !== "text" && event.type !== "reasoning") {
      yield* this.#close();
      if (!this.#blocked) yield this.#show(event);
      return;
    }
    if (this.#open !== event.type) {
      yield* this.#close();
      this.#filter = this.#newFilter();
      this.#open = event.type;
    }
    if (this.#filter === null) {
      yield this.#show(event);
      return;
    }
    const text = this.#filter.push(event.text);
    if (this.#filter.blocked) {
      yield* this.#close();
      return;
    }
    if (text !== "") yield this.#show({ type: event.type, text });
    // What ends a part of thoughts is signed: it goes only with thoughts that were left as they were.
    if (event.type === "reasoning" && event.providerMetadata) {
      const changed = this.#filter.findings().some(({ action }) => action === "redact");
      yield* this.#close();
      if (!changed)
        yield this.#show({ type: "reasoning", text: "", providerMetadata: event.providerMetadata });
    }
  }

  /** The rest, at the end of the answer, and what the filter found in all of it. */
  *end(): Generator<Content | Extract<ModelEvent, { type: "filtered" }>> {
    yield* this.#close();
    const findings = this.findings();
    // Of an answer that is withheld, whoever withholds it says what was found.
    if (findings.length > 0 && !this.#blocked) yield this.#remember({ type: "filtered", findings });
  }

  /** Forgets what was shown: the answer begins again. */
  restart(): void {
    this.#filter = null;
    this.#open = null;
    this.#findings = new Map();
    this.#events = [];
    this.#raw = "";
    this.#begun = false;
    this.#onlyText = true;
    this.#blocked = false;
  }

  findings(): FilterFinding[] {
    return [...this.#findings.values()];
  }

  *#close(): Generator<Content> {
    const filter = this.#filter;
    const kind = this.#open;
    this.#filter = null;
    this.#open = null;
    if (filter === null || kind === null) return;
    const rest = filter.end();
    for (const finding of filter.findings()) {
      const known = this.#findings.get(finding.class);
      this.#findings.set(finding.class, { ...finding, count: finding.count + (known?.count ?? 0) });
    }
    this.#blocked ||= filter.blocked;
    if (rest !== "" && !this.#blocked) yield this.#show({ type: kind, text: rest });
  }

  #show<Event extends Content>(event: Event): Event {
    this.#begun = true;
    return this.#remember(event);
  }

  #remember<Event extends CachedAnswer["events"][number]>(event: Event): Event {
    if (this.#keep) this.#events.push(event);
    return event;
  }
}
