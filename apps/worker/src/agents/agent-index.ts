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
import type { Sent } from "./index-outbox.ts";
import type { IndexedAgent, IndexedExecution, Registry } from "./registry.ts";

/** Rows kept in memory while they wait for the index. */
const endedLimit = 100;

export class AgentIndex {
  readonly #records: AgentRecords;
  readonly #store: ExecutionStore;
  readonly #registry: Registry;
  readonly #spending: AgentSpending;
  readonly #live: (id: string) => ExecutionRow | null;
  readonly #outbox: IndexOutbox;
  /** Rows that ended a moment ago, so that indexing them reads nothing back. */
  readonly #ended = new Map<string, ExecutionRow>();
  /** The repair that began last. */
  #repair: Promise<void> = Promise.resolve();

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
    this.#spending = spending;
    this.#live = live;
    // An agent of one turn has gone before anyone could look for it; what it spent is booked all the same.
    const save: Registry["save"] = async (agent, rows) => {
      if (!records.known.ephemeral) await registry.save(agent, rows);
    };
    const removeExecutions: Registry["removeExecutions"] = (ids) => registry.removeExecutions(ids);
    this.#outbox = new IndexOutbox(
      { save, removeExecutions },
      {
        behind: () => this.behind,
        pending: (limit) => this.#pending(limit),
        removed: () => records.work.removed ?? [],
        agent: () => this.#agent(),
        execution: (id) => this.#read(id),
        book: (ids) => this.#book(ids),
        indexed: (sent) => this.#indexed(sent),
      },
    );
  }

  get behind(): boolean {
    const { unindexed, unindexedSince, removed = [], settingsUnindexed } = this.#records.work;
    return unindexed.length > 0 || unindexedSince !== undefined || removed.length > 0 || settingsUnindexed;
  }

  /** An execution has ended. */
  ended(row: ExecutionRow): void {
    if (this.#ended.size < endedLimit) this.#ended.set(row.id, row);
    this.schedule();
  }

  /** Executions are no more: notes durably that the index is to forget them as well. */
  removed(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const id of ids) this.#ended.delete(id);
    const { unindexed, removed = [] } = this.#records.work;
    this.#records.saveWork({
      unindexed: unindexed.filter((id) => !gone.has(id)),
      removed: [...removed, ...ids],
    });
  }

  /** Brings the index up to date soon. */
  schedule(): void {
    this.#outbox.schedule();
  }

  /** Books what is not known to be booked: what is about to be removed was spent all the same. */
  async book(): Promise<void> {
    const { unindexed, unindexedSince } = this.#records.work;
    await this.#book(unindexed);
    for (let since = unindexedSince; since !== undefined;) {
      const ids = this.#store.idsFrom(since, 101);
      await this.#book(ids.slice(0, 100));
      since = ids[100];
    }
  }

  /** Brings the index up to date now, if it can be reached: what is not sent is sent later. */
  async flush(): Promise<void> {
    await this.#outbox.flush().catch((error: unknown) => {
      log.warn("index.behind", { agentId: this.#records.settings.id, error });
    });
  }

  /** Brings the index up to date now. @throws what the database throws */
  flushOrFail(): Promise<void> {
    return this.#outbox.flush();
  }

  /** Tells the index nothing any more. Resolves when nothing is on its way either. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.#outbox.stop(), this.#repair]);
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
    this.#repair = this.#repairOf(wanting, extra);
    await this.#repair;
    return differences;
  }

  async #repairOf(wanting: readonly IndexedExecution[], extra: readonly string[]): Promise<void> {
    for (let start = 0; start < Math.max(wanting.length, 1); start += 100) {
      if (this.#records.removing) return;
      await this.#registry.save(this.#agent(), wanting.slice(start, start + 100));
    }
    await this.#registry.removeExecutions(extra);
  }

  #pending(limit: number): string[] {
    const { unindexed, unindexedSince } = this.#records.work;
    if (unindexed.length > 0) return unindexed.slice(0, limit);
    return unindexedSince === undefined ? [] : this.#store.idsFrom(unindexedSince, limit);
  }

  #indexed({ ids, rows, agent, removed }: Sent): void {
    const { work } = this.#records;
    const versions = new Map(rows.map((row) => [row.summary.id, row.version]));
    // An execution that went on meanwhile is sent again.
    const done = new Set(ids.filter((id) => this.#read(id)?.version === versions.get(id)));
    for (const id of done) this.#ended.delete(id);
    const gone = new Set(removed);
    const left = (work.removed ?? []).filter((id) => !gone.has(id));
    // Not for this a write of its own: what a crash makes forget is told again, which changes nothing.
    this.#records.noteWork({
      unindexed: work.unindexed.filter((id) => !done.has(id)),
      unindexedSince: this.#sinceAfter(ids, done),
      removed: left.length > 0 ? left : undefined,
      settingsUnindexed: this.#records.known.version !== agent.version,
    });
  }

  /** From which execution on the index may lack any, once it has those that are `done`. */
  #sinceAfter(ids: readonly string[], done: ReadonlySet<string>): string | undefined {
    const { unindexed, unindexedSince } = this.#records.work;
    const last = ids.at(-1);
    // Those that are named go first.
    if (unindexedSince === undefined || unindexed.length > 0) return unindexedSince;
    if (last === undefined) return undefined;
    return ids.find((id) => !done.has(id)) ?? this.#store.idsFrom(last, 2).at(1);
  }

  #find(id: string): ExecutionRow | null {
    return this.#live(id) ?? this.#ended.get(id) ?? this.#store.execution(id, true);
  }

  #read(id: string): IndexedExecution | null {
    const row = this.#find(id);
    return row && this.#entryOf(row);
  }

  #book(ids: readonly string[]): Promise<void> {
    return this.#spending.book(ids.map((id) => this.#find(id)).filter((row) => row !== null));
  }

  *#all(): Generator<IndexedExecution> {
    for (const row of this.#store.executions(null, undefined, undefined, true)) yield this.#entryOf(row);
  }

  #agent(): IndexedAgent {
    const { workspaceId, settings: all, version } = this.#records.known;
    const { requestsHandled, lastActiveAt } = this.#records.work;
    const { systemPrompt: _, ...open } = all;
    const settings = all.confidential ? open : all;
    return { workspaceId, settings, version, requestsHandled, lastActiveAt };
  }

  #entryOf(row: ExecutionRow): IndexedExecution {
    const version = isFinal(row.status) ? 3 : row.status === "pending" ? 1 : 2;
    const { id, confidential } = this.#records.settings;
    return { summary: executionSummary(id, row, confidential), version };
  }
}
