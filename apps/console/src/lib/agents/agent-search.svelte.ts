import type { AgentFilter, Agents } from "@orrery/client";
import type { Agent } from "@orrery/protocol";

/** Milliseconds without a keystroke after which the platform is asked. */
const pauseMs = 120;

type Listing = Pick<Agents, "list">;

/**
 * Agents found by the words of their name as these are typed. Until the platform has answered, those of the last
 * answer that have the words are shown.
 */
export class AgentSearch {
  error = $state.raw<unknown>();
  #query = $state("");
  #read = $state.raw<readonly Agent[]>([]);
  /** The query that `#read` answers. */
  #answered = $state<string>();
  readonly #agents: Listing;
  readonly #limit: number;

  /** @param limit how many are found at most */
  constructor(agents: Listing, limit: number) {
    this.#agents = agents;
    this.#limit = limit;
  }

  readonly #unanswered = $derived.by(() => this.#answered !== this.#query);

  readonly found: readonly Agent[] = $derived.by(() =>
    this.#unanswered ? this.#read.filter((agent) => hasWords(agent, this.#query)) : this.#read,
  );

  /** Whether what is found does not answer the query yet, and an answer is on its way. */
  get searching(): boolean {
    return this.#unanswered && this.error === undefined;
  }

  /** Searches until the returned function is called. */
  search(query: string): () => void {
    const q = query.trim();
    const controller = new AbortController();
    this.#query = q;
    this.error = undefined;
    const timer = setTimeout(() => void this.#ask(q, controller.signal), q === "" ? 0 : pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }

  async #ask(q: string, signal: AbortSignal): Promise<void> {
    const filter: AgentFilter = q === "" ? {} : { q };
    try {
      const { items } = await this.#agents.list({ limit: this.#limit, ...filter }, { signal });
      if (signal.aborted) return;
      this.#read = items;
      this.#answered = q;
    } catch (error) {
      if (!signal.aborted) this.error = error;
    }
  }
}

/** Whether the platform would find this agent by these words: a word of its name begins them, or they are its id. */
const hasWords = ({ id, name }: Agent, words: string): boolean =>
  id === words || ` ${name.toLowerCase()}`.includes(` ${words.toLowerCase()}`);
