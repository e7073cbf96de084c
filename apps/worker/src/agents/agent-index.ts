/** What an agent's object tells the index, and how far the two agree. */
import { isFinal } from "@orrery/protocol";
import { log } from "../observability/index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { AgentSpending } from "./agent-spending.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { executionSummary } from "./execution-view.ts";
import { compareIndex } from "./index-check.ts";
import type { IndexDifference } from "./index-check.ts";
import { IndexOutbox } from "./index-outbox.ts";
import type { IndexedAgent, IndexedExecution, Registry } from "./registry.ts";

/** Rows kept in memory while they wait for the index. */
const endedLimit = 100;

export class AgentIndex {
  readonly #records: AgentRecords;
  readonly #store: ExecutionStore;
  readonly #registry: Registry;
  readonly #outbox: IndexOutbox;
  readonly #book: (ids: readonly string[]) => Promise<void>;
  /** Rows that ended a moment ago, so that indexing them reads nothing back. */
  readonly #ended = new Map<string, ExecutionRow>();

  /** `live` finds the row of a turn under way, which may be ahead of the one on disk. */
  constructor(
    records: AgentRecords,
    store: ExecutionStore,
    registry: Registry,
    spending: AgentSpending,
    live: (id: string) => ExecutionRow | null,
  ) {
    this.#records = records;
    this.#store = store;
    this.#registry = registry;
    const find = (id: string): ExecutionRow | null =>
      live(id) ?? this.#ended.get(id) ?? store.execution(id, true);
    const read = (id: string): IndexedExecution | null => {
      const row = find(id);
      return row && this.#indexed(row);
    };
    this.#book = (ids) => spending.book(ids.map(find).filter((row) => row !== null));
    this.#outbox = new IndexOutbox(registry, {
      unindexed: () => records.work.unindexed,
      agent: () => this.#agent(),
      execution: read,
      book: (ids) => this.#book(ids),
      indexed: (ids, rows, agent) => {
        const versions = new Map(rows.map((row) => [row.summary.id, row.version]));
        // An execution that went on meanwhile is sent again.
        const done = new Set(ids.filter((id) => read(id)?.version === versions.get(id)));
        for (const id of done) this.#ended.delete(id);
        records.saveWork({
          unindexed: records.work.unindexed.filter((id) => !done.has(id)),
          settingsUnindexed: records.known.version !== agent.version,
        });
      },
    });
  }

  get behind(): boolean {
    const { unindexed, settingsUnindexed } = this.#records.work;
    return unindexed.length > 0 || settingsUnindexed;
  }

  /** An execution has ended. */
  ended(row: ExecutionRow): void {
    if (this.#ended.size < endedLimit) this.#ended.set(row.id, row);
    this.schedule();
  }

  /** Brings the index up to date soon. */
  schedule(): void {
    this.#outbox.schedule();
  }

  /** Books what is not known to be booked: what is about to be removed was spent all the same. */
  async book(): Promise<void> {
    await this.#book(this.#records.work.unindexed);
  }

  /** Brings the index up to date now, if it can be reached: what is not sent is sent later. */
  async flush(): Promise<void> {
    await this.#outbox.flush().catch((error: unknown) => {
      log.warn("index.behind", { agentId: this.#records.settings.id, error });
    });
  }

  /** Where the index and this object differ; with `repair`, they do so no longer. */
  async check(repair: boolean): Promise<IndexDifference[]> {
    if (repair) await this.#outbox.flush();
    const { differences, wanting, extra } = await compareIndex(
      this.#registry,
      this.#records.settings.id,
      this.#all(),
    );
    if (!repair) return differences;
    for (let start = 0; start < Math.max(wanting.length, 1); start += 100) {
      await this.#registry.save(this.#agent(), wanting.slice(start, start + 100));
    }
    await this.#registry.removeExecutions(extra);
    return differences;
  }

  *#all(): Generator<IndexedExecution> {
    for (let cursor: string | undefined; ;) {
      const rows = this.#store.executions(100, cursor, undefined, true);
      for (const row of rows) yield this.#indexed(row);
      cursor = rows.at(-1)?.id;
      if (cursor === undefined || rows.length < 100) return;
    }
  }

  #agent(): IndexedAgent {
    const { workspaceId, settings: all, version } = this.#records.known;
    const { requestsHandled, lastActiveAt } = this.#records.work;
    const { systemPrompt: _, ...open } = all;
    const settings = all.confidential ? open : all;
    return { workspaceId, settings, version, requestsHandled, lastActiveAt };
  }

  #indexed(row: ExecutionRow): IndexedExecution {
    const version = isFinal(row.status) ? 3 : row.status === "pending" ? 1 : 2;
    const { id, confidential } = this.#records.settings;
    return { summary: executionSummary(id, row, confidential), version };
  }
}
