/**
 * Keeps the workspace's index in D1, and its account, in step with the object, at least once and in any order: what was
 * spent is booked by the call's id, each row of the index carries a version, and an older one never replaces a newer
 * one. What is not indexed yet is named in the object's own storage, so a crash loses nothing.
 */
import { log } from "../observability/index.ts";
import type { IndexedAgent, IndexedExecution, Registry } from "./registry.ts";

/** Milliseconds for which changes are gathered: a burst of turns costs one write a second. */
const gatherMs = 1_000;
/** Executions written at once. */
const batchLimit = 100;

export interface OutboxSource {
  /** Whether the index may lack something. */
  behind(): boolean;
  /** Ids of executions whose newest state the index may not have, at most `limit` of them. */
  pending(limit: number): readonly string[];
  /** Ids of executions that are no more. */
  removed(): readonly string[];
  agent(): IndexedAgent;
  execution(id: string): IndexedExecution | null;
  /** Books what these executions spent, those that are final. */
  book(ids: readonly string[]): Promise<void>;
  /** Called with what was looked at, and with what the index now holds. */
  indexed(sent: Sent): void;
}

/** What a delivery was about. */
export interface Sent {
  ids: readonly string[];
  rows: readonly IndexedExecution[];
  agent: IndexedAgent;
  removed: readonly string[];
}

export class IndexOutbox {
  readonly #registry: Pick<Registry, "save" | "removeExecutions">;
  readonly #source: OutboxSource;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushing: Promise<void> | null = null;
  #stopped = false;

  constructor(registry: Pick<Registry, "save" | "removeExecutions">, source: OutboxSource) {
    this.#registry = registry;
    this.#source = source;
  }

  /** Sends what is unindexed soon. */
  schedule(after = gatherMs): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), after);
  }

  /**
   * Sends what is unindexed now.
   * @throws whatever the database throws; what was not sent stays named and is sent later.
   */
  async flush(): Promise<void> {
    this.#clear();
    while (this.#flushing) await this.#flushing;
    if (this.#stopped) return;
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

  /** Sends nothing any more. Resolves when nothing is on its way either. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#clear();
    // How it ended is told to whoever asked for it.
    await this.#flushing?.catch(() => {});
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #send(): Promise<void> {
    const ids = this.#source.pending(batchLimit);
    const removed = this.#source.removed();
    const rows = ids.map((id) => this.#source.execution(id)).filter((row) => row !== null);
    const agent = this.#source.agent();
    await Promise.all([this.#registry.save(agent, rows), this.#source.book(ids)]);
    // After what was sent before of the same executions.
    if (removed.length > 0) await this.#registry.removeExecutions(removed);
    this.#source.indexed({ ids, rows, agent, removed });
    if (this.#source.behind()) this.schedule(ids.length < batchLimit ? gatherMs : 0);
  }
}
