/** What an agent's object does, apart from how it is reached. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { Agent, Document, Execution, ExecutionStatus, Page } from "@orrery/protocol";
import { DocumentStore } from "../memory/index.ts";
import type { StoredDocument } from "../memory/index.ts";
import { log } from "../observability/index.ts";
import { AgentDocuments, everySession } from "./agent-documents.ts";
import { AgentEvents } from "./agent-events.ts";
import { AgentIndex } from "./agent-index.ts";
import { AgentRecords } from "./agent-records.ts";
import { AgentSeal } from "./agent-seal.ts";
import { AgentSessions } from "./agent-sessions.ts";
import { AgentSpending } from "./agent-spending.ts";
import { accountFor, createAnswerCache } from "../models/index.ts";
import type { AgentSettings, VersionedAgent } from "./agent-settings.ts";
import { AgentTurns } from "./agent-turns.ts";
import { AgentUpkeep } from "./agent-upkeep.ts";
import { Conversations } from "./conversation.ts";
import { ExecutionColumns } from "./execution-columns.ts";
import { ExecutionStore } from "./execution-store.ts";
import type { ExecutionRow } from "./execution-store.ts";
import { executionView } from "./execution-view.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import type { IndexDifference } from "./index-check.ts";
import { pageOf } from "./pages.ts";
import type { PageRequest } from "./pages.ts";
import { Registry } from "./registry.ts";
import type { CallOutcome, OrderedCall } from "./tool-step.ts";
import type { TurnOrder } from "./turn-order.ts";
import { WakeUp } from "./wake-up.ts";

export interface Acceptance {
  execution: Execution;
  /** True where an idempotency key had been used before. */
  replayed: boolean;
}

export interface Following {
  body: ReadableStream<Uint8Array>;
}

/** What a caller who wants the stream is told: little, since the stream says the rest. */
export interface StreamAcceptance extends Following {
  executionId: string;
  replayed: boolean;
}

/** What an agent's object gives to what it does. */
export interface AgentSurroundings {
  /** The object's durable wake-up call. */
  wakeUp: { set: (time: number) => Promise<void>; clear: () => Promise<void> };
  /** Keeps the object in memory until what it returns is called. */
  visit: () => () => void;
}

export class AgentCore {
  readonly sessions: AgentSessions;
  readonly upkeep: AgentUpkeep;
  readonly #storage: DurableObjectStorage;
  readonly #fleets: Env["FLEETS"];
  /** Answers of models that other agents of the workspace may be given. */
  readonly #answers: Pick<ReturnType<typeof createAnswerCache>, "forget">;
  readonly #records: AgentRecords;
  readonly #seal: AgentSeal;
  readonly #store: ExecutionStore;
  readonly #documents: AgentDocuments;
  readonly #files: DocumentStore;
  readonly #keys: IdempotencyKeys;
  readonly #conversations: Conversations;
  readonly #registry: Registry;
  readonly #spending: AgentSpending;
  readonly #index: AgentIndex;
  readonly #events: AgentEvents;
  readonly #wakeUp: WakeUp;
  readonly #turns: AgentTurns;
  /** The removal that is under way. */
  #removal: Promise<null> | null = null;

  constructor(storage: DurableObjectStorage, env: Env, { wakeUp, visit }: AgentSurroundings) {
    this.#storage = storage;
    this.#fleets = env.FLEETS;
    this.#answers = createAnswerCache(env);
    this.#records = new AgentRecords(storage.kv);
    this.#seal = new AgentSeal(env, this.#records);
    this.#records.sealWith(this.#seal);
    this.#store = new ExecutionStore(storage.sql, new ExecutionColumns(this.#seal));
    this.#files = new DocumentStore(env.FILES, () => this.#seal.vault());
    this.#documents = new AgentDocuments(storage.sql, this.#files, this.#seal);
    this.#keys = new IdempotencyKeys(storage.sql, this.#seal);
    this.#conversations = new Conversations(this.#store);
    this.#registry = new Registry(env.DB);
    const spending = new AgentSpending(accountFor(env), this.#records);
    this.#spending = spending;
    this.#index = new AgentIndex(
      this.#records,
      this.#store,
      this.#registry,
      spending,
      (id) => this.#turns.live(id)?.row ?? null,
    );
    this.#events = new AgentEvents(env.FLEETS, this.#records);
    this.#wakeUp = new WakeUp(wakeUp);
    this.#turns = new AgentTurns({
      env,
      records: this.#records,
      store: this.#store,
      documents: this.#documents,
      keys: this.#keys,
      conversations: this.#conversations,
      index: this.#index,
      events: this.#events,
      spending,
      seal: this.#seal,
      wakeUp: this.#wakeUp,
      sync: () => storage.sync(),
      visit,
    });
    this.upkeep = new AgentUpkeep({
      records: this.#records,
      turns: this.#turns,
      index: this.#index,
      documents: this.#documents,
      events: this.#events,
      keys: this.#keys,
      wakeUp: this.#wakeUp,
      sync: () => storage.sync(),
      remove: () => this.#removeOrLog(),
    });
    this.sessions = new AgentSessions({
      records: this.#records,
      store: this.#store,
      turns: this.#turns,
      documents: this.#documents,
      conversations: this.#conversations,
      index: this.#index,
      wakeUp: this.#wakeUp,
      forgetAnswers: (...of) => this.#answers.forget(...of),
    });
  }

  /** @throws OrreryError `not_found` unless this is an agent of that workspace. */
  assertExists(workspaceId: string): void {
    if (this.#records.known.workspaceId !== workspaceId || this.#records.removing) {
      throw new OrreryError("not_found", "There is no such agent.");
    }
  }

  /** Makes ready to read and write for a while what is sealed. For others than confidential agents, nothing to do. */
  async unlock(): Promise<void> {
    if (!this.#seal.active) return;
    await this.#seal.ready();
    // A key that does not open for want of its key-encryption key may open again: until then the agent can be removed.
    if (this.#seal.settled) this.#records.openPrompt();
    if (!this.#seal.lost) return;
    // What cannot be read on disk any more is not to be read in memory either.
    this.#conversations.forgetAll();
    this.#store.forgetWords();
  }

  // The agent itself

  /**
   * With `ephemeral`, the agent is made for {@link runOnce}.
   * @throws OrreryError `conflict`; for a confidential agent also where its workspace cannot seal anything
   */
  async create(workspaceId: string, settings: AgentSettings, ephemeral = false): Promise<void> {
    if (settings.confidential) await this.#seal.assertAble(workspaceId);
    if (this.#records.exists) throw new OrreryError("conflict", "There is an agent with this id already.");
    this.upkeep.made(ephemeral);
    this.#records.save({ workspaceId, settings, version: 1, ...(ephemeral && { ephemeral }) });
    this.#store.migrate();
    // With the same write: an agent is never there without the call that makes it known, or removes it after its turn.
    void this.#wakeUp.soon();
  }

  // Its documents

  /** Gives the agent itself a document. @throws OrreryError `conflict` where it holds as many as it can */
  giveDocument(document: StoredDocument): Document {
    this.#seal.assertUsable();
    return this.#documents.give(document, Date.now());
  }

  /** The agent's own documents, or those of one of its sessions. */
  listDocuments({ limit, cursor }: PageRequest, sessionId?: string): Page<Document> {
    if (sessionId !== undefined) this.sessions.get(sessionId);
    const rows = this.#documents.page(sessionId ?? everySession, limit + 1, cursor);
    return pageOf(rows, limit, (document) => document);
  }

  document(id: string): Document {
    return this.#documents.get(id);
  }

  /** Where a document lies that the agent, or any session of its, has. @throws OrreryError `not_found` */
  storedDocument(id: string): StoredDocument {
    return this.#documents.stored(id);
  }

  /** @throws OrreryError `not_found` */
  async removeDocument(id: string): Promise<null> {
    void this.#wakeUp.soon();
    await this.#documents.remove(id);
    return null;
  }

  /** Lets the index and the workspace know of a new or changed agent. */
  async announce(type: "agent.created" | "agent.updated"): Promise<Agent> {
    await this.#wakeUp.soon();
    // Before the answer, so that a list shows what was just done.
    await this.#index.flush();
    this.#events.changed(type);
    return this.agent();
  }

  agent(): Agent {
    return this.#records.agent();
  }

  versioned(): VersionedAgent {
    return { agent: this.agent(), version: this.#records.known.version };
  }

  /** @throws OrreryError `conflict` (412) where the settings are none of the `versions` that may be changed */
  async update(patch: Partial<AgentSettings>, versions?: readonly number[]): Promise<VersionedAgent> {
    const { sealedPrompt, ...record } = this.#records.known;
    if (versions && !versions.includes(record.version)) {
      throw new OrreryError(
        "conflict",
        "The agent was changed since: get it again, and see what still applies.",
        {
          status: 412,
        },
      );
    }
    const updated = { ...record.settings, ...patch, updatedAt: timestamp(Date.now()) };
    if (updated.systemPrompt === undefined) delete updated.systemPrompt;
    const kept = sealedPrompt && !Object.hasOwn(patch, "systemPrompt");
    this.#records.save({
      ...record,
      settings: updated,
      version: record.version + 1,
      ...(kept && { sealedPrompt }),
    });
    await this.announce("agent.updated");
    return this.versioned();
  }

  /**
   * Removes all there is of the agent, once for all who ask meanwhile. What a crash interrupts, the next wake-up call
   * goes on with.
   */
  remove(): Promise<null> {
    this.#removal ??= this.#removeAll().finally(() => {
      this.#removal = null;
    });
    return this.#removal;
  }

  async #removeAll(): Promise<null> {
    const { workspaceId, settings, ephemeral } = this.#records.known;
    const { id } = settings;
    this.#records.beginRemoval();
    await this.#wakeUp.soon();
    await this.#turns.stop();
    await this.#index.stop();
    await this.#index.book();
    await this.#spending.retire();
    if (!ephemeral) await this.#registry.removeAgent(id);
    await this.#files.deleteAll(id);
    await this.#answers.forget(workspaceId, id);
    if (!ephemeral) await this.#fleets.getByName(workspaceId).dismiss(id);
    this.#events.changed("agent.deleted");
    await this.#events.flush();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    this.#records.forget();
    return null;
  }

  // Executions

  async accept(order: TurnOrder): Promise<Acceptance> {
    const { row, replayed } = await this.#turns.accept(order);
    return { execution: this.#view(row), replayed };
  }

  async execute(order: TurnOrder): Promise<Acceptance> {
    const { row, replayed } = await this.#turns.accept(order);
    return { execution: this.#view(await this.#turns.final(row)), replayed };
  }

  /**
   * Runs the one turn that the agent was made for, and removes the agent. A crash changes nothing of that: the turn is
   * taken up again, and the wake-up call removes what is left after it.
   * @throws OrreryError as accepting a turn does
   */
  async runOnce(order: TurnOrder): Promise<Execution> {
    try {
      const { row } = await this.#turns.accept(order);
      return this.#view(await this.#turns.final(row));
    } finally {
      // The answer is not lost for it.
      await this.#removeOrLog();
    }
  }

  /** Removes the agent, if nobody has yet. What fails of it, the wake-up call goes on with. */
  async #removeOrLog(): Promise<void> {
    if (!this.#records.exists) return;
    await this.remove().catch((error: unknown) => log.error("agent.removal-failed", { error }));
  }

  /**
   * Runs one of the agent's tools outside any turn. `resumed` says that it may have run before.
   * @throws OrreryError `conflict` where the agent is inactive
   */
  callTool(call: Omit<OrderedCall, "signal">): Promise<CallOutcome> {
    return this.#turns.callTool(call);
  }

  async stream(order: TurnOrder): Promise<StreamAcceptance> {
    const { row, replayed } = await this.#turns.accept(order);
    const following = this.follow(row.id, null);
    await this.#outgoing();
    return { executionId: row.id, replayed, ...following };
  }

  /**
   * Resolves when what a turn began with is on its way. Its request to a model and the answer to its caller leave
   * together, when the row of the turn is on disk, and to answer takes longer than to ask: so the model is asked first.
   */
  async #outgoing(): Promise<void> {
    await this.#storage.sync();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  follow(executionId: string, lastEventId: string | null): Following {
    return { body: this.#turns.follow(executionId, lastEventId) };
  }

  execution(executionId: string): Execution {
    return this.#view(this.#turns.row(executionId));
  }

  executions({
    limit,
    cursor,
    status,
  }: PageRequest & { status?: ExecutionStatus | undefined }): Page<Execution> {
    return pageOf(this.#store.executions(limit + 1, cursor, status), limit, (row) => this.#view(row));
  }

  async cancel(executionId: string): Promise<Execution> {
    return this.#view(await this.#turns.cancel(executionId));
  }

  // The index

  checkIndex(repair: boolean): Promise<IndexDifference[]> {
    return this.#index.check(repair);
  }

  #view(row: ExecutionRow): Execution {
    return executionView(this.#records.settings.id, row, this.#turns.live(row.id)?.transcript);
  }
}
