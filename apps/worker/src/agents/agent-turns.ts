/** The turns of one agent: accepted durably, run in order, followed, cancelled, taken up after a crash. */
import { OrreryError, isFinal, newId } from "@orrery/protocol";
import { log } from "../observability/index.ts";
import { documentNote, everySession } from "./agent-documents.ts";
import type { AgentDocuments } from "./agent-documents.ts";
import type { AgentEvents } from "./agent-events.ts";
import type { AgentIndex } from "./agent-index.ts";
import type { AgentRecords } from "./agent-records.ts";
import { unindexedToo } from "./agent-settings.ts";
import type { AgentSeal } from "./agent-seal.ts";
import type { AgentSpending } from "./agent-spending.ts";
import { toolsFor } from "./agent-tools.ts";
import type { Conversations } from "./conversation.ts";
import { unreadableText } from "./execution-columns.ts";
import { ExecutionIds } from "./execution-ids.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { gatewayFor, gatherEmbeddings } from "../models/index.ts";
import type { IdempotencyKeys } from "./idempotency-keys.ts";
import { inputText } from "./prompt.ts";
import { runTurn } from "./run-turn.ts";
import type { TurnContext } from "./run-turn.ts";
import { saveFinal } from "./save-final.ts";
import { parseCursor, startCursor } from "./transcript.ts";
import type { Cursor } from "./transcript.ts";
import { callTool } from "./tool-step.ts";
import type { CallOutcome, OrderedCall } from "./tool-step.ts";
import { rowOf } from "./turn-order.ts";
import type { TurnOrder } from "./turn-order.ts";
import { TurnQueue } from "./turn-queue.ts";
import { Turn, notOfThisStream, replay } from "./turn.ts";
import type { WakeUp } from "./wake-up.ts";

/** Turns that may wait on one agent, and characters of what they ask: they are held in memory. */
const queueLimit = 1_000;
const queuedCharacters = 8_000_000;

/** The parts of an agent that its turns work with. */
export interface TurnParts {
  env: Env;
  records: AgentRecords;
  store: ExecutionStore;
  documents: AgentDocuments;
  keys: IdempotencyKeys;
  conversations: Conversations;
  index: AgentIndex;
  events: AgentEvents;
  spending: AgentSpending;
  seal: AgentSeal;
  wakeUp: WakeUp;
  /** Resolves when everything written so far is on disk. */
  sync: () => Promise<void>;
  /** Keeps the object in memory until what it returns is called. */
  visit: () => () => void;
}

export class AgentTurns {
  readonly #parts: TurnParts;
  readonly #queue = new TurnQueue((turn) => this.#run(turn));
  readonly #batches = gatherEmbeddings();
  /** Turns that another process left running. */
  readonly #resumed = new Set<string>();
  /** Ids of executions that are not final, in their order. */
  readonly #open = new Set<string>();
  /** Sessions that are being removed: nothing begins in them any more. */
  readonly #closing = new Set<string>();
  readonly #ids = new ExecutionIds();
  /** Characters of what the turns in the queue ask. */
  #characters = 0;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  get busy(): boolean {
    return this.#queue.size > 0;
  }

  live(executionId: string): Turn | undefined {
    return this.#queue.find(executionId);
  }

  /** @throws OrreryError `not_found` */
  row(executionId: string): ExecutionRow {
    const row = this.live(executionId)?.row ?? this.#parts.store.execution(executionId);
    if (!row) throw new OrreryError("not_found", "The agent has no such execution.");
    return row;
  }

  /**
   * Accepts a turn: once this resolves, it will end, whatever happens to the process.
   * @throws OrreryError `conflict`, `rate_limited`, `not_found`, `invalid_request`, `idempotency_mismatch`
   */
  async accept(order: TurnOrder): Promise<{ row: ExecutionRow; replayed: boolean }> {
    const { records, store, documents, keys, seal, wakeUp } = this.#parts;
    const now = Date.now();
    seal.assertUsable();
    if (records.promptLost) {
      throw new OrreryError(
        "conflict",
        "The agent's system prompt was lost with the workspace's key: set it anew, or to null.",
      );
    }
    if (order.idempotency) {
      const known = keys.find(order.idempotency, now);
      if (known !== null) return { row: this.row(known), replayed: true };
    }
    this.#assertOpen();
    const row = this.#newRow(order, now);
    this.#assertRoom(row);
    store.insert(row, inputText(order.input).trim().slice(0, 80));
    for (const document of order.documents) documents.add(document, row.sessionId, now);
    if (order.idempotency) keys.keep(order.idempotency, row.id, now);
    this.#open.add(row.id);
    records.noteWork(unindexedToo(records.work, row.id));
    this.#enqueue(this.#turn(row, true));
    // The answer says that the turn will end; should the process die, the wake-up call keeps that promise.
    await wakeUp.soon();
    return { row, replayed: false };
  }

  #enqueue(turn: Turn): void {
    this.#characters += charactersOf(turn.row);
    this.#queue.add(turn);
  }

  /** @throws OrreryError `not_found` where the agent is no more, or about to be; `conflict` where it is inactive */
  #assertOpen(): void {
    const { records } = this.#parts;
    if (records.removing) throw new OrreryError("not_found", "There is no such agent.");
    if (records.settings.status !== "active") {
      throw new OrreryError("conflict", "The agent is inactive; set its status to active first.");
    }
  }

  /** @throws OrreryError `rate_limited` where as many turns wait as the object can hold */
  #assertRoom(row: ExecutionRow): void {
    const { size } = this.#queue;
    if (size < queueLimit && (size === 0 || this.#characters + charactersOf(row) <= queuedCharacters)) return;
    throw new OrreryError("rate_limited", `${size} turns wait on this agent already.`, { retryAfter: 5 });
  }

  #newRow(order: TurnOrder, now: number): ExecutionRow {
    const { records, store } = this.#parts;
    const session = order.sessionId === undefined ? null : store.session(order.sessionId);
    if (order.sessionId !== undefined && (!session || this.#closing.has(session.id))) {
      throw new OrreryError("not_found", "The agent has no such session.");
    }
    const sessionId = session?.id ?? newId(now);
    return rowOf(order, records.settings, {
      id: this.#ids.next(records.settings.id, records.work.openSince, now),
      sessionId,
      previousId: session?.lastExecutionId ?? null,
      status: this.#queue.startsAtOnce(sessionId) ? "running" : "pending",
      createdAt: now,
    });
  }

  /** Runs one of the agent's tools outside any turn. @throws OrreryError `conflict` where the agent is inactive */
  async callTool(call: Omit<OrderedCall, "signal">): Promise<CallOutcome> {
    this.#assertOpen();
    const { env, records, documents } = this.#parts;
    const known = documents.list(everySession);
    const host = {
      tools: toolsFor(env, records.known, known.length > 0),
      documents: async () => known,
      now: () => Date.now(),
    };
    return await callTool(host, { ...call, signal: new AbortController().signal });
  }

  /** The row in its final state. */
  async final(row: ExecutionRow): Promise<ExecutionRow> {
    return (await this.live(row.id)?.finished) ?? row;
  }

  /**
   * The stream of an execution, from after `lastEventId` if one is given.
   * @throws OrreryError `not_found`, or `invalid_request` for an id that is none of ours.
   */
  follow(executionId: string, lastEventId: string | null): ReadableStream<Uint8Array> {
    const cursor = cursorOf(lastEventId);
    const { visit } = this.#parts;
    return this.live(executionId)?.follow(cursor) ?? replay(this.row(executionId), cursor, visit);
  }

  /** @throws OrreryError `not_found`, or `conflict` where it has ended otherwise. */
  async cancel(executionId: string): Promise<ExecutionRow> {
    const row = this.row(executionId);
    const turn = this.live(executionId);
    if (isFinal(row.status) || !turn) return cancelled(row);
    turn.abort.abort();
    if (this.#queue.withdraw(turn)) {
      turn.conclude("cancelled");
      await this.#end(turn);
    }
    // It may have been at its end just then.
    return cancelled(await turn.finished);
  }

  /**
   * Lets nothing begin in a session any more, and ends what runs and waits there, the last first.
   * @returns opens the session again, where it was not removed after all
   */
  async close(sessionId: string): Promise<() => void> {
    this.#closing.add(sessionId);
    for (const turn of this.#queue.ofSession(sessionId).toReversed()) {
      turn.abort.abort();
      if (this.#queue.withdraw(turn)) {
        turn.conclude("cancelled");
        await this.#end(turn);
      }
      await turn.finished;
    }
    return () => void this.#closing.delete(sessionId);
  }

  /** Stops everything; resolves when all turns have ended. */
  async stop(): Promise<void> {
    this.#queue.abortAll();
    await this.#queue.idle();
  }

  /**
   * Takes up what another process left unfinished, but for what has been taken up already.
   * @throws OrreryError where something cannot be opened just now: it is for another time then, as is what came after
   */
  recover(): void {
    const { records, store } = this.#parts;
    for (const id of store.open(records.work.openSince)) {
      const row = this.#queue.find(id) ? null : store.execution(id);
      if (!row) continue;
      const turn = row.unreadable ? null : this.#turn(row, row.status === "pending");
      store.join(row);
      this.#ids.seen(id);
      if (!turn) {
        this.#giveUp(row);
        continue;
      }
      this.#open.add(id);
      records.noteWork(unindexedToo(records.work, id));
      if (row.status === "running") this.#resumed.add(id);
      this.#enqueue(turn);
    }
  }

  /** Ends an execution whose request nobody can read any more. */
  #giveUp(row: ExecutionRow): void {
    const error = { code: "not_found", message: unreadableText, retryable: false } as const;
    row.status = "failed";
    row.completedAt = Date.now();
    row.outcome = { items: [], restarts: [], error };
    this.#parts.store.finish(row, true, true);
    this.#saveWork(row);
  }

  #turn(row: ExecutionRow, isNew: boolean): Turn {
    const { store, sync, visit } = this.#parts;
    return new Turn({ store, sync, visit, now: () => Date.now() }, row, isNew);
  }

  async #run(turn: Turn): Promise<void> {
    const { records, store, index, events, seal } = this.#parts;
    const { row } = turn;
    const resumed = this.#resumed.delete(row.id);
    if (row.status === "pending") {
      row.status = "running";
      store.start(row.id);
    }
    index.schedule();
    events.started(row, resumed);
    const release = seal.hold();
    const { confidential } = records.settings;
    await runTurn(turn, { prepare: () => this.#contextOf(turn), resumed, confidential });
    await this.#end(turn).finally(release);
  }

  #contextOf(turn: Turn): TurnContext {
    const { env, records, conversations, events, documents, spending } = this.#parts;
    const { row } = turn;
    const known = documents.list(row.sessionId);
    return {
      caller: spending.caller(row),
      settings: records.settings,
      gateway: gatewayFor(env),
      conversations,
      documentNote: documentNote(known),
      batches: this.#batches,
      readDocument: (document) => documents.bytes(document),
      spent: () => void spending.bookEarly(row, turn.transcript),
      tools: {
        tools: toolsFor(env, records.known, known.length > 0),
        documents: async () => known,
        now: () => Date.now(),
        onCall: (call) => events.called(row, call),
        onResult: (call, result) => events.returned(row, call, result),
      },
    };
  }

  /** Ends a turn that is concluded, for its agent and for all who wait. Never rejects. */
  async #end(turn: Turn): Promise<void> {
    const { id } = turn.row;
    this.#characters -= charactersOf(turn.row);
    try {
      await this.#finish(turn);
    } catch (error) {
      // Nothing can be written just now. On disk the turn is under way, and is taken up at the next start.
      log.error("turn.not-finished", { executionId: id, error });
      turn.fail();
    }
  }

  /** Writes the final state, then lets those who wait know. */
  async #finish(turn: Turn): Promise<void> {
    const { records, store, conversations, index, events, spending, sync } = this.#parts;
    saveFinal(store, turn);
    this.#saveWork(turn.row);
    conversations.add(turn.row);
    await sync();
    turn.settle();
    if (turn.row.outcome) void spending.bookEarly(turn.row, turn.row.outcome);
    if (records.removing) return;
    index.ended(turn.row);
    events.ended(turn.row);
  }

  /** Notes that an execution is final. */
  #saveWork(row: ExecutionRow): void {
    const { records } = this.#parts;
    const oldest = this.#open.values().find((id) => id !== row.id);
    records.saveWork({
      openSince: oldest ?? this.#ids.newest,
      ...unindexedToo(records.work, row.id),
      requestsHandled: records.work.requestsHandled + 1,
      lastActiveAt: row.completedAt,
    });
    this.#open.delete(row.id);
  }
}

const charactersOf = ({ request: { input, prompt } }: ExecutionRow): number =>
  inputText(input).length + prompt.length;

/** @throws OrreryError `conflict` where it has ended otherwise */
function cancelled(row: ExecutionRow): ExecutionRow {
  if (row.status === "cancelled") return row;
  throw new OrreryError("conflict", `The execution is ${row.status} already.`);
}

function cursorOf(lastEventId: string | null): Cursor {
  const cursor = lastEventId === null ? startCursor : parseCursor(lastEventId);
  if (cursor) return cursor;
  throw notOfThisStream();
}
