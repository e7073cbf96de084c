/**
 * Keeps the workspace's index in D1, and its account, in step with the object, at least once and in any
 * order: what was spent is booked by the call's id, and each row of the index carries a version, and an older one never replaces a newer one. What is not indexed yet is named in
 * the object's own storage, so a crash loses nothing.
 */
import { log } from "../observability/index.ts";
import type { IndexedAgent, IndexedExecution, Registry } from "./registry.ts";

/** Milliseconds for which changes are gathered: a burst of turns costs one write a second. */
const gatherMs = 1_000;
/** Executions written at once. */
const batchLimit = 100;

export interface OutboxSource {
  /** Ids that the index may not have. */
  unindexed(): readonly string[];
  agent(): IndexedAgent;
  execution(id: string): IndexedExecution | null;
  /** Books what these executions spent, those that are final. */
  book(ids: readonly string[]): Promise<void>;
  /** Called with the ids that were looked at, and with what the index now holds. */
  indexed(ids: readonly string[], rows: readonly IndexedExecution[], agent: IndexedAgent): void;
}

export class IndexOutbox {
  readonly #registry: Pick<Registry, "save">;
  readonly #source: OutboxSource;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushing: Promise<void> | null = null;

  constructor(registry: Pick<Registry, "save">, source: OutboxSource) {
    this.#registry = registry;
    this.#source = source;
  }

  /** Sends what is unindexed soon. */
  schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), gatherMs);
  }

  /**
   * Sends what is unindexed now.
   * @throws whatever the database throws; what was not sent stays named and is sent later.
   */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#flushing) await this.#flushing;
    this.#flushing = this.#send();
    try {
      await this.#flushing;
    } catch (error) {
      log.warn("index.behind", { error });
      throw error;
    } finally {
      this.#flushing = null;
    }
  }

  async #send(): Promise<void> {
    const ids = this.#source.unindexed().slice(0, batchLimit);
    const rows = ids.map((id) => this.#source.execution(id)).filter((row) => row !== null);
    const agent = this.#source.agent();
    await Promise.all([this.#registry.save(agent, rows), this.#source.book(ids)]);
    this.#source.indexed(ids, rows, agent);
    if (this.#source.unindexed().length > 0) this.schedule();
  }
}
