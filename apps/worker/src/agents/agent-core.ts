/** What an agent's object does, apart from how it is reached. */
import { OrreryError, isFinal, newExecutionId, newId, timestamp } from "@orrery/protocol";
import type {
  Agent,
  EventDraft,
  Execution,
  ExecutionStatus,
  InputPart,
  Message,
  Page,
  Session,
} from "@orrery/protocol";
import { publisher } from "../channels/index.ts";
import type { EventPublisher } from "../channels/index.ts";
import { DocumentStore } from "../memory/index.ts";
import type { StoredDocument } from "../memory/index.ts";
import { gatewayFor } from "./gateway.ts";
import { log } from "../observability/index.ts";
import { AgentDocuments, documentNote } from "./agent-documents.ts";
import { agentOf, noWork } from "./agent-settings.ts";
import type { AgentRecord, AgentSettings, WorkRecord } from "./agent-settings.ts";
import { Conversations } from "./conversation.ts";
import { ExecutionStore } from "./execution-store.ts";
import type { ExecutionRow } from "./execution-store.ts";
import { executionSummary, executionView, messagesView, sessionView } from "./execution-view.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import type { IdempotencyKey } from "./idempotency-keys.ts";
import { compareIndex } from "./index-check.ts";
import type { IndexDifference } from "./index-check.ts";
import { IndexOutbox } from "./index-outbox.ts";
import { inputText, renderPrompt } from "./prompt.ts";
import { Registry } from "./registry.ts";
import type { IndexedExecution } from "./registry.ts";
import { runTurn } from "./run-turn.ts";
import { toolsFor } from "./agent-tools.ts";
import type { ToolHost } from "./tool-step.ts";
import { parseCursor, startCursor } from "./transcript.ts";
import { Turn, replay } from "./turn.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Milliseconds within which unfinished work is taken up after a crash. */
const wakeMs = 5_000;
/** Turns that may wait on one agent. */
const queueLimit = 1_000;

export interface TurnOrder {
  input: string | InputPart[];
  variables?: Record<string, string> | undefined;
  sessionId?: string | undefined;
  documents: StoredDocument[];
  edgeLocation: string;
  idempotency?: IdempotencyKey | undefined;
}

export interface Acceptance {
  execution: Execution;
  /** True where an idempotency key had been used before. */
  replayed: boolean;
}

export interface Following {
  body: ReadableStream<Uint8Array>;
}

/** What the core needs of the object around it. */
export interface CoreHost {
  name(): string;
  /** Sets the durable wake-up call. */
  wakeAt(time: number): Promise<void>;
}

export class AgentCore {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #host: CoreHost;
  readonly #store: ExecutionStore;
  readonly #documents: AgentDocuments;
  readonly #files: DocumentStore;
  readonly #keys: IdempotencyKeys;
  readonly #conversations: Conversations;
  readonly #queue = new TurnQueue((turn) => this.#run(turn));
  readonly #registry: Registry;
  readonly #outbox: IndexOutbox;
  #events: EventPublisher | undefined;
  #record: AgentRecord | undefined;
  #work: WorkRecord;
  /** When the wake-up call is set for; 0 when none is. */
  #wakeAt = 0;
  #waking: Promise<void> = Promise.resolve();
  /** Turns that another process left running. */
  readonly #resumed = new Set<string>();

  constructor(ctx: DurableObjectState, env: Env, host: CoreHost) {
    this.#ctx = ctx;
    this.#env = env;
    this.#host = host;
    this.#store = new ExecutionStore(ctx.storage.sql);
    this.#files = new DocumentStore(env.FILES);
    this.#documents = new AgentDocuments(ctx.storage.sql, this.#files);
    this.#keys = new IdempotencyKeys(ctx.storage.sql);
    this.#conversations = new Conversations(this.#store);
    this.#registry = new Registry(env.DB);
    this.#outbox = new IndexOutbox(this.#registry, {
      unindexed: () => this.#work.unindexed,
      agent: () => this.#indexedAgent(),
      execution: (id) => this.#indexedExecution(id),
      indexed: (ids, rows) => this.#markIndexed(ids, rows),
    });
    this.#record = ctx.storage.kv.get<AgentRecord>("agent");
    this.#work = ctx.storage.kv.get<WorkRecord>("work") ?? { ...noWork };
  }

  get #known(): AgentRecord {
    if (!this.#record) throw new OrreryError("not_found", "There is no such agent.");
    return this.#record;
  }

  /** @throws OrreryError `not_found` unless this is an agent of that workspace. */
  assertExists(workspaceId: string): void {
    if (this.#known.workspaceId !== workspaceId || this.#removing)
      throw new OrreryError("not_found", "There is no such agent.");
  }

  get #removing(): boolean {
    return this.#ctx.storage.kv.get("removing") === true;
  }

  // Settings

  create(workspaceId: string, settings: AgentSettings): void {
    if (this.#record) throw new OrreryError("conflict", "There is an agent with this id already.");
    this.#record = { workspaceId, settings, version: 1 };
    this.#ctx.storage.kv.put("agent", this.#record);
    this.#store.migrate();
  }

  /** Announces a new agent once the index holds it. */
  async created(): Promise<Agent> {
    await this.#indexAgent("agent.created");
    return this.agent();
  }

  agent(): Agent {
    return agentOf(this.#known, this.#work);
  }

  async update(patch: Partial<AgentSettings>): Promise<Agent> {
    const { settings, ...record } = this.#known;
    const updated = { ...settings, ...patch, updatedAt: timestamp(Date.now()) };
    if (updated.systemPrompt === undefined) delete updated.systemPrompt;
    this.#record = { ...record, settings: updated, version: record.version + 1 };
    this.#ctx.storage.kv.put("agent", this.#record);
    await this.#indexAgent("agent.updated");
    return this.agent();
  }

  /** The index is written before the answer, so that a list shows what was just done; if it cannot be, it follows later. */
  async #indexAgent(type: EventDraft["type"]): Promise<void> {
    await this.#wakeSoon();
    await this.#outbox
      .flush()
      .catch((error: unknown) => log.warn("agent.index-later", { agentId: this.#known.settings.id, error }));
    this.#publish({ type, data: { name: this.#known.settings.name } });
  }

  /** Removes all there is of the agent. What a crash interrupts is gone on with by the next wake-up. */
  async remove(): Promise<null> {
    const { settings } = this.#known;
    this.#ctx.storage.kv.put("removing", true);
    await this.#wakeSoon();
    this.#queue.abortAll();
    await this.#queue.idle();
    await this.#registry.removeAgent(settings.id);
    await this.#files.deleteAll(settings.id);
    this.#publish({ type: "agent.deleted", data: { name: settings.name } });
    await this.#events?.flush();
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
    this.#record = undefined;
    return null;
  }

  // Turns

  accept(order: TurnOrder): Promise<Acceptance> {
    return this.#accept(order).then(({ row, replayed }) => ({ execution: this.#view(row), replayed }));
  }

  async execute(order: TurnOrder): Promise<Acceptance> {
    const { row, replayed } = await this.#accept(order);
    const final = (await this.#queue.find(row.id)?.finished) ?? row;
    return { execution: this.#view(final), replayed };
  }

  async stream(order: TurnOrder): Promise<Acceptance & Following> {
    const { row, replayed } = await this.#accept(order);
    const body = this.#queue.find(row.id)?.follow(startCursor) ?? replay(row, startCursor);
    return { execution: this.#view(row), replayed, body };
  }

  async #accept(order: TurnOrder): Promise<{ row: ExecutionRow; replayed: boolean }> {
    const now = Date.now();
    const { settings } = this.#known;
    if (order.idempotency) {
      const known = this.#keys.find(order.idempotency, now);
      if (known !== null) return { row: this.#find(known), replayed: true };
    }
    if (settings.status !== "active") {
      throw new OrreryError("conflict", "The agent is inactive; set its status to active first.");
    }
    if (this.#queue.size >= queueLimit) {
      throw new OrreryError("rate_limited", `${queueLimit} turns wait on this agent already.`, {
        retryAfter: 5,
      });
    }
    const session = order.sessionId === undefined ? null : this.#store.session(order.sessionId);
    if (order.sessionId !== undefined && !session)
      throw new OrreryError("not_found", "The agent has no such session.");
    const sessionId = session?.id ?? newId(now);
    const row: ExecutionRow = {
      id: newExecutionId(settings.id, now),
      sessionId,
      previousId: session?.lastExecutionId ?? null,
      status: this.#queue.startsAtOnce(sessionId) ? "running" : "pending",
      request: {
        input: order.input,
        prompt: renderPrompt(settings.promptTemplate, order.input, order.variables),
        documents: order.documents.map(({ id, name, mediaType, size }) => ({ id, name, mediaType, size })),
        edgeLocation: order.edgeLocation,
      },
      outcome: null,
      createdAt: now,
      firstTokenAt: null,
      completedAt: null,
    };
    this.#store.insert(row, inputText(order.input).trim().slice(0, 80));
    for (const document of order.documents) this.#documents.add(document, sessionId, now);
    if (order.idempotency) this.#keys.keep(order.idempotency, row.id, now);
    this.#saveWork({ active: [...this.#work.active, row.id], unindexed: [...this.#work.unindexed, row.id] });
    const turn = this.#turn(row, true);
    this.#queue.add(turn);
    // The answer says that the turn will end; should the process die, the wake-up call keeps that promise.
    await (this.#wakeAt === 0 ? this.#wakeSoon() : this.#waking);
    return { row, replayed: false };
  }

  #turn(row: ExecutionRow, isNew: boolean): Turn {
    const host = { store: this.#store, sync: () => this.#ctx.storage.sync(), now: () => Date.now() };
    return new Turn(host, row, isNew);
  }

  async #run(turn: Turn): Promise<ExecutionRow> {
    const { row } = turn;
    const resumed = this.#resumed.delete(row.id);
    if (row.status === "pending") {
      row.status = "running";
      this.#store.start(row.id);
    }
    this.#outbox.schedule();
    this.#publish({
      type: "execution.started",
      executionId: row.id,
      data: { sessionId: row.sessionId, resumed },
    });
    const documents = this.#documents.list(row.sessionId);
    const final = await runTurn(
      turn,
      {
        settings: this.#known.settings,
        gateway: gatewayFor(this.#env),
        conversations: this.#conversations,
        tools: this.#toolHost(row, documents),
        documentNote: documentNote(documents),
      },
      resumed,
    );
    await this.#finish(turn);
    return final;
  }

  /** Writes the final state, then lets those who wait know. */
  async #finish(turn: Turn): Promise<void> {
    const { row } = turn;
    this.#saveFinal(turn);
    this.#conversations.add(row);
    await this.#ctx.storage.sync();
    turn.settle();
    if (this.#removing) return;
    this.#outbox.schedule();
    const { error, usage, latencyMs, model } = executionSummary(this.#known.settings.id, row);
    this.#publish({
      type: `execution.${row.status === "completed" || row.status === "failed" ? row.status : "cancelled"}`,
      executionId: row.id,
      data: {
        sessionId: row.sessionId,
        latencyMs,
        ...(model && { model }),
        ...(usage && { usage }),
        ...(error && { error }),
      },
    });
  }

  #saveFinal(turn: Turn): void {
    const { row } = turn;
    try {
      this.#store.finish(row, turn.logged);
    } catch (error) {
      // SQLite refuses values over 2 MB: the turn still ends, and says why.
      log.error("turn.too-large", { executionId: row.id, error });
      row.status = "failed";
      row.outcome = {
        items: [],
        restarts: turn.transcript.restarts,
        error: {
          code: "internal",
          message: "The turn grew too large to be kept; ask for less at once.",
          retryable: false,
        },
      };
      this.#store.finish(row, true);
    }
    this.#saveWork({
      active: this.#work.active.filter((id) => id !== row.id),
      unindexed: this.#work.unindexed.includes(row.id)
        ? this.#work.unindexed
        : [...this.#work.unindexed, row.id],
      requestsHandled: this.#work.requestsHandled + 1,
      lastActiveAt: row.completedAt,
    });
  }

  #toolHost(row: ExecutionRow, documents: Awaited<ReturnType<ToolHost["documents"]>>): ToolHost {
    return {
      tools: toolsFor(this.#env, this.#known.settings, documents.length > 0),
      documents: async () => documents,
      now: () => Date.now(),
      onCall: (call) =>
        this.#publish({
          type: "tool.called",
          executionId: row.id,
          data: { toolCallId: call.id, name: call.name },
        }),
      onResult: (call, result) =>
        this.#publish({
          type: "tool.returned",
          executionId: row.id,
          data: {
            toolCallId: call.id,
            name: call.name,
            failed: result.error !== undefined,
            durationMs: result.endedAt - result.startedAt,
          },
        }),
    };
  }

  follow(executionId: string, lastEventId: string | null): Following {
    const cursor = lastEventId === null ? startCursor : parseCursor(lastEventId);
    if (!cursor) {
      throw new OrreryError("invalid_request", "Last-Event-ID is not an id of this stream's events.", {
        errors: [{ path: "last-event-id", message: "expected <epoch>.<position>, as in an event's id" }],
      });
    }
    const turn = this.#queue.find(executionId);
    return { body: turn ? turn.follow(cursor) : replay(this.#find(executionId), cursor) };
  }

  execution(executionId: string): Execution {
    return this.#view(this.#find(executionId));
  }

  executions(query: {
    limit: number;
    cursor?: string | undefined;
    status?: ExecutionStatus | undefined;
  }): Page<Execution> {
    const rows = this.#store.executions(query.limit + 1, query.cursor, query.status);
    return pageOf(rows, query.limit, (row) => this.#view(row));
  }

  async cancel(executionId: string): Promise<Execution> {
    const row = this.#find(executionId);
    const turn = this.#queue.find(executionId);
    if (isFinal(row.status) || !turn) {
      if (row.status === "cancelled") return this.#view(row);
      throw new OrreryError("conflict", `The execution is ${row.status} already.`);
    }
    turn.abort.abort();
    if (this.#queue.withdraw(turn)) {
      turn.conclude("cancelled");
      await this.#finish(turn);
    }
    return this.#view(await turn.finished);
  }

  // Sessions

  sessions(query: { limit: number; cursor?: string | undefined }): Page<Session> {
    const rows = this.#store.sessions(query.limit + 1, query.cursor);
    return pageOf(rows, query.limit, (row) => sessionView(this.#known.settings.id, row));
  }

  session(sessionId: string): Session {
    return sessionView(this.#known.settings.id, this.#session(sessionId));
  }

  /** Cancels what runs in the session and removes it with all its executions. */
  async removeSession(sessionId: string): Promise<null> {
    const session = this.#session(sessionId);
    const turns = this.#queue.ofSession(sessionId);
    for (const turn of turns.toReversed()) await this.cancel(turn.row.id);
    const ids = this.#store.deleteSession(this.#store.session(sessionId) ?? session);
    this.#documents.removeSession(sessionId);
    this.#conversations.forget(sessionId);
    this.#saveWork({ unindexed: this.#work.unindexed.filter((id) => !ids.includes(id)) });
    await this.#registry.removeExecutions(ids);
    return null;
  }

  /** A session's messages, the newest page first; within a page, oldest first. */
  messages(sessionId: string, query: { limit: number; cursor?: string | undefined }): Page<Message> {
    const session = this.#session(sessionId);
    const from =
      query.cursor === undefined
        ? session.lastExecutionId
        : (this.#store.execution(query.cursor)?.previousId ?? null);
    const messages: Message[] = [];
    let oldest: ExecutionRow | undefined;
    for (const row of this.#store.backwards(from)) {
      // A turn has two messages, and a page does not part them.
      if (oldest && messages.length + 2 > query.limit) break;
      const live = this.#queue.find(row.id);
      messages.unshift(...messagesView(live?.row ?? row, live?.transcript.items));
      oldest = row;
    }
    return { items: messages, nextCursor: oldest?.previousId == null ? null : oldest.id };
  }

  // The index, and what outlives a crash

  async checkIndex(repair: boolean): Promise<IndexDifference[]> {
    const agentId = this.#known.settings.id;
    if (repair) await this.#outbox.flush();
    const { differences, wanting, extra } = await compareIndex(this.#registry, agentId, this.#allIndexed());
    if (repair) {
      for (let start = 0; start < Math.max(wanting.length, 1); start += 100) {
        await this.#registry.save(this.#indexedAgent(), wanting.slice(start, start + 100));
      }
      await this.#registry.removeExecutions(extra);
    }
    return differences;
  }

  *#allIndexed(): Generator<IndexedExecution> {
    for (let cursor: string | undefined; ;) {
      const rows = this.#store.executions(100, cursor);
      for (const row of rows) yield this.#indexed(row);
      cursor = rows.at(-1)?.id;
      if (!cursor || rows.length < 100) return;
    }
  }

  /** Takes up what another process left unfinished. Runs once, before the object serves anything. */
  recover(): void {
    if (!this.#record || this.#removing) return;
    for (const id of this.#work.active) {
      const row = this.#store.execution(id);
      if (!row || isFinal(row.status)) continue;
      if (row.status === "running") this.#resumed.add(id);
      this.#queue.add(this.#turn(row, row.status === "pending"));
    }
    this.#keys.sweep(Date.now());
    if (this.#work.active.length > 0 || this.#work.unindexed.length > 0) void this.#wakeSoon();
    if (this.#work.unindexed.length > 0) this.#outbox.schedule();
  }

  /** Answers the wake-up call: when the next is wanted, or null when there is nothing left to do. */
  async continueWork(): Promise<number | null> {
    this.#wakeAt = 0;
    if (!this.#record) return null;
    if (this.#removing) {
      // After this call has ended, since it ends by writing to what is removed.
      setTimeout(
        () => void this.remove().catch((error: unknown) => log.error("agent.removal-failed", { error })),
        0,
      );
      return null;
    }
    if (this.#work.unindexed.length > 0) await this.#outbox.flush().catch(() => {});
    if (this.#queue.size === 0 && this.#work.unindexed.length === 0) return null;
    this.#wakeAt = Date.now() + wakeMs;
    return this.#wakeAt;
  }

  #wakeSoon(): Promise<void> {
    this.#wakeAt = Date.now() + wakeMs;
    this.#waking = this.#host.wakeAt(this.#wakeAt);
    return this.#waking;
  }

  #markIndexed(ids: readonly string[], rows: readonly IndexedExecution[]): void {
    const versions = new Map(rows.map((row) => [row.summary.id, row.version]));
    const done = new Set(
      ids.filter((id) => {
        const now = this.#indexedExecution(id);
        return now === null || now.version === versions.get(id);
      }),
    );
    if (done.size > 0) this.#saveWork({ unindexed: this.#work.unindexed.filter((id) => !done.has(id)) });
  }

  #saveWork(change: Partial<WorkRecord>): void {
    this.#work = { ...this.#work, ...change };
    this.#ctx.storage.kv.put("work", this.#work);
  }

  #indexedAgent() {
    const { workspaceId, settings, version } = this.#known;
    const { requestsHandled, lastActiveAt } = this.#work;
    return { workspaceId, settings, version, requestsHandled, lastActiveAt };
  }

  #indexedExecution(id: string): IndexedExecution | null {
    const row = this.#queue.find(id)?.row ?? this.#store.execution(id);
    return row && this.#indexed(row);
  }

  #indexed(row: ExecutionRow): IndexedExecution {
    const version = isFinal(row.status) ? 3 : row.status === "pending" ? 1 : 2;
    return { summary: executionSummary(this.#known.settings.id, row), version };
  }

  #find(executionId: string): ExecutionRow {
    const row = this.#queue.find(executionId)?.row ?? this.#store.execution(executionId);
    if (!row) throw new OrreryError("not_found", "The agent has no such execution.");
    return row;
  }

  #session(sessionId: string) {
    const session = this.#store.session(sessionId);
    if (!session) throw new OrreryError("not_found", "The agent has no such session.");
    return session;
  }

  #view(row: ExecutionRow): Execution {
    return executionView(this.#known.settings.id, row, this.#queue.find(row.id)?.transcript.items);
  }

  #publish(event: Omit<EventDraft, "at" | "agentId">): void {
    const { workspaceId, settings } = this.#known;
    this.#events ??= publisher(this.#env.FLEETS, workspaceId);
    this.#events.publish({ ...event, at: timestamp(Date.now()), agentId: settings.id });
  }
}

function pageOf<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(view), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
