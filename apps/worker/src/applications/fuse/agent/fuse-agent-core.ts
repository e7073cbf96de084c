/** What an agent's object does, apart from how it is reached. */
import { OrreryError } from "@orrery/protocol";
import type { FuseTask } from "@orrery/protocol";
import { WakeUp, agentStub } from "../../../agents/index.ts";
import { log } from "../../../observability/index.ts";
import type { Delivery } from "../../../channels/index.ts";
import { flagsFor, keyringFor } from "../../../security/index.ts";
import type {
  Acceptance,
  Activity,
  AnsweredTask,
  FuseBridgePort,
  Improvement,
  StateChange,
  Summary,
  TaskDelivery,
} from "../contract.ts";
import { Conversations } from "../tasks/conversations.ts";
import { StepJournal } from "../tasks/step-journal.ts";
import { TaskPool } from "../tasks/task-pool.ts";
import type { Ended, Ran, Running } from "../tasks/task-pool.ts";
import { TaskStore } from "../tasks/task-store.ts";
import type { TaskRow } from "../tasks/task-store.ts";
import { AgentRecord } from "./agent-record.ts";
import type { Identity } from "./agent-record.ts";
import { ContentSeal } from "./content-seal.ts";
import { Improvements } from "./improvements.ts";
import { PromptVariables } from "./prompt-variables.ts";
import { Reporter } from "./reporter.ts";
import { TaskContent } from "./task-content.ts";
import { TaskEvents } from "./task-events.ts";
import { TaskList } from "./task-list.ts";
import { doTask, hearsProgress, progressOf } from "./task-work.ts";

/** Milliseconds after which an answer of which nothing was heard is told again. */
const tellAgainMs = 60_000;

export interface CoreSurroundings {
  storage: DurableObjectStorage;
  env: Env;
  bridge(bridgeId: string): FuseBridgePort;
  now(): number;
  after(milliseconds: number, work: () => void): void;
}

export class FuseAgentCore {
  readonly list: TaskList;
  readonly #at: CoreSurroundings;
  readonly #record: AgentRecord;
  readonly #store: TaskStore;
  readonly #journal: StepJournal;
  readonly #conversations: Conversations;
  readonly #improvements: Improvements;
  readonly #seal: ContentSeal;
  readonly #content: TaskContent;
  readonly #events: TaskEvents;
  readonly #variables: PromptVariables;
  readonly #pool: TaskPool;
  readonly #reporter: Reporter;
  readonly #wakeUp: WakeUp;
  #toldAgainAt = 0;
  /** Those who wait until nothing is on its way; meanwhile nothing begins. */
  #settling = 0;
  /** Conclusions on their way to the reporter. */
  readonly #concluding = new Set<Promise<void>>();
  /** Those who wait for a task's end. */
  readonly #waiters = new Map<string, (() => void)[]>();

  constructor(at: CoreSurroundings) {
    this.#at = at;
    const { storage, env } = at;
    const identity = (): Identity => this.#record.identity;
    this.#record = new AgentRecord(storage.kv);
    this.#store = new TaskStore(storage.sql);
    this.#seal = new ContentSeal(() => keyringFor(env, identity().workspaceId), identity);
    this.#content = new TaskContent(this.#store, this.#seal, identity);
    this.#journal = new StepJournal(storage.sql, this.#seal);
    this.#improvements = new Improvements(storage.sql, this.#seal);
    this.#conversations = new Conversations(storage.sql);
    this.#events = new TaskEvents(env.FLEETS, identity, (wait, work) => at.after(wait, work));
    this.#variables = new PromptVariables(
      () => agentStub(env, identity().agentId).describe(identity().workspaceId),
      this.#improvements,
      () => at.now(),
    );
    this.#pool = new TaskPool({
      store: this.#store,
      now: () => at.now(),
      after: (wait, work) => at.after(wait, work),
      held: () => this.#held(),
      run: (running) => this.#run(running),
      ended: (ended) => this.#ended(ended),
      progressed: (running, step) => void this.#progressed(running, step),
    });
    this.list = new TaskList(this.#store, this.#pool, identity);
    this.#reporter = new Reporter({
      store: this.#store,
      report: async (report) => {
        const { workspaceId, bridgeId, id } = identity();
        const outcome = await at.bridge(bridgeId).report(workspaceId, id, report);
        if (!outcome.ok) throw new OrreryError(outcome.refusal.code, outcome.refusal.message);
        this.#pool.begin();
      },
      ended: (endings, heard) => {
        // Of shadows the existing agent keeps count.
        if (heard.length > 0) {
          this.#record.ended(
            heard.map(({ status }) => status),
            at.now(),
          );
        }
        for (const { taskId } of endings) {
          this.#journal.forget(taskId);
          this.#told(taskId);
        }
      },
      summary: () => this.summary(),
      reopen: ({ taskId }, kept) => this.#content.reopened(taskId, kept),
      after: (wait, work) => at.after(wait, work),
    });
    this.#wakeUp = new WakeUp({
      set: (time) => storage.setAlarm(time),
      clear: () => storage.deleteAlarm(),
    });
  }

  initialize(identity: Identity, capabilities: readonly string[]): Summary {
    if (this.#record.exists && this.#record.identity.workspaceId !== identity.workspaceId) {
      throw new OrreryError("not_found", "There is no such agent.");
    }
    for (const part of [this.#store, this.#journal, this.#conversations, this.#improvements]) part.migrate();
    this.#record.make(identity, capabilities);
    return this.summary();
  }

  summary(): Summary {
    return this.#record.summary(this.#pool.queued, this.#pool.running);
  }

  // Taking tasks over

  async accept(tasks: readonly TaskDelivery[]): Promise<{ answers: Acceptance[]; summary: Summary }> {
    await this.#seal.ready();
    const { workspaceId, agentId } = this.#record.identity;
    const flags = await flagsFor(this.#at.env).of(workspaceId);
    const ageing = flags.enabled("fuse-ageing", agentId);
    const answers = tasks.map((task) => this.#take(task, ageing));
    if (answers.some(({ outcome }) => outcome === "accepted")) await this.#wakeUp.soon();
    this.#pool.begin();
    return { answers, summary: this.summary() };
  }

  #take(task: TaskDelivery, ageing: boolean): Acceptance {
    const { taskId } = task;
    const refusal = this.#refusal();
    if (refusal !== null) {
      return this.#store.has(taskId) ? { outcome: "known" } : { outcome: "later", reason: refusal };
    }
    const seq = this.#store.insert(task, this.#content.kept(task));
    if (seq === null) return { outcome: "known" };
    this.#pool.add({ ...task, acceptedAt: task.receivedAt, seq }, ageing);
    this.#events.changed(taskId, "queued");
    return { outcome: "accepted" };
  }

  /** Why no task is taken now; null where they are. */
  #refusal(): string | null {
    if (this.#record.activity === "draining") return "the agent takes no new tasks";
    return this.#pool.full ? "the agent has as many tasks as it can hold" : null;
  }

  // Doing them

  #held(): boolean {
    if (this.#settling > 0) return true;
    const { activity } = this.#record;
    return activity === "paused" || this.#record.state().status === "inactive" || this.#reporter.overfull;
  }

  #run(running: Running): Promise<Ran> {
    this.#events.changed(running.row.taskId, "running");
    const { identity } = this.#record;
    return doTask(running, identity, {
      content: this.#content,
      conversations: this.#conversations,
      journal: this.#journal,
      variables: this.#variables,
      agent: () => agentStub(this.#at.env, identity.agentId),
      after: (wait, work) => this.#at.after(wait, work),
    });
  }

  #ended(ended: Ended): void {
    const { taskId } = ended.row;
    const concluding = this.#content
      .conclude(ended, this.#at.now())
      .then((conclusion) => {
        this.#reporter.conclude(conclusion);
        this.#events.changed(taskId, conclusion.ending.status);
      })
      .catch((error: unknown) => log.error("fuse.task-not-concluded", { taskId, error }))
      .finally(() => this.#concluding.delete(concluding));
    this.#concluding.add(concluding);
  }

  async #progressed(running: Running, step: { done: number; of: number } | null): Promise<void> {
    if (!hearsProgress(running.row)) return;
    const { identity } = this.#record;
    const flags = await flagsFor(this.#at.env).of(identity.workspaceId);
    if (!flags.enabled("fuse-progress", identity.agentId)) return;
    this.#reporter.say(progressOf(running, step, identity, this.#at.now()));
  }

  // Stopping them

  /** @throws OrreryError `not_found`, or `conflict` where it has ended otherwise */
  async cancel(taskId: string): Promise<FuseTask> {
    this.list.get(taskId);
    const ended = this.ending(taskId);
    if (this.#pool.stop(taskId, { outcome: "cancelled", error: "The task was cancelled." })) await ended;
    else await this.#settled();
    const task = this.list.get(taskId);
    if (task.status !== "cancelled") {
      throw new OrreryError("conflict", `The task is ${task.status} already.`);
    }
    return task;
  }

  /** Resolves when a task has ended here, and its end is written down. */
  ending(taskId: string): Promise<void> {
    if (this.#store.row(taskId)?.status !== "queued") return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(taskId);
      if (waiters) waiters.push(resolve);
      else this.#waiters.set(taskId, [resolve]);
    });
  }

  #told(taskId: string): void {
    for (const resolve of this.#waiters.get(taskId) ?? []) resolve();
    this.#waiters.delete(taskId);
  }

  /** What a task that has ended was answered with; null where it has not, or its answer is in Redis by now. */
  answerTo(taskId: string): Promise<AnsweredTask | null> {
    return this.#content.answerTo(taskId);
  }

  // Handing over

  async handBack(): Promise<{ tasks: TaskDelivery[]; summary: Summary }> {
    await this.#seal.ready();
    await this.#settled();
    const unfinished = Map.groupBy(this.#store.unfinished(), ({ shadow }) => (shadow ? "shadow" : "ours"));
    const idsOf = (rows: readonly TaskRow[] = []): string[] => rows.map(({ taskId }) => taskId);
    const shadows = idsOf(unfinished.get("shadow"));
    const given = [...idsOf(unfinished.get("ours")), ...this.#store.fenced()];
    for (const taskId of [...shadows, ...given]) this.#pool.drop(taskId);
    if (given.length > 0) this.#store.handBack(given, this.#at.now());
    // The existing agent has these; nobody waits for ours.
    this.#store.abandon(shadows, this.#at.now());
    for (const taskId of given) this.#gone(taskId);
    return {
      tasks: this.#store.handedBack().map((row) => this.#content.delivery(row)),
      summary: this.summary(),
    };
  }

  /** Resolves at a moment at which whatever has ended is on disk, and was told or could not be. */
  async #settled(): Promise<void> {
    this.#settling += 1;
    try {
      while (this.#concluding.size > 0 || this.#reporter.busy) {
        await Promise.all(this.#concluding);
        await this.#reporter.settled();
      }
    } finally {
      this.#settling -= 1;
    }
  }

  handedBack(taskIds: readonly string[]): void {
    this.#store.forgetMessages(taskIds);
    for (const taskId of taskIds) this.#journal.forget(taskId);
  }

  async release(taskId: string): Promise<TaskDelivery | null> {
    await this.#seal.ready();
    await this.#settled();
    const row = this.#store.row(taskId);
    if (!row || this.#store.message(taskId) === null) return null;
    // Given up before, and not known to have arrived.
    if (row.status === "handed-back") return this.#content.delivery(row);
    if (row.status !== "queued") return null;
    const task = this.#content.delivery(row);
    this.#pool.drop(taskId);
    this.#store.handBack([taskId], this.#at.now());
    this.#gone(taskId);
    this.#pool.begin();
    return task;
  }

  #gone(taskId: string): void {
    this.#events.changed(taskId, "handed-back");
    this.#told(taskId);
  }

  published(answered: readonly { taskId: string; outcome: Delivery["outcome"] }[]): void {
    const idsOf = (ofThese: typeof answered): string[] => ofThese.map(({ taskId }) => taskId);
    const fenced = idsOf(answered.filter(({ outcome }) => outcome === "fenced"));
    // What can never be written lies with the dead letters: to tell it again brings it no further.
    const settled = idsOf(answered.filter(({ outcome }) => outcome !== "fenced"));
    if (settled.length > 0) this.#store.published(settled, this.#at.now());
    if (fenced.length > 0) this.#store.fence(fenced);
  }

  /** Tells the bridge once more of answers that the lease kept from Redis. */
  async resend(): Promise<void> {
    const fenced = this.#store.fenced();
    if (fenced.length > 0) await this.#reporter.again(fenced);
  }

  // State

  async changeState(
    change: StateChange,
    expectedVersion: number | null,
  ): Promise<{ changed: boolean; summary: Summary }> {
    if (expectedVersion !== null && expectedVersion !== this.#record.version) {
      return { changed: false, summary: this.summary() };
    }
    this.#record.change(change);
    if (change.capabilities) await this.#tellPlatform([...change.capabilities]);
    this.#pool.begin();
    return { changed: true, summary: this.summary() };
  }

  /** The platform's agent shows the same capabilities; its own status is its operator's. */
  async #tellPlatform(capabilities: string[]): Promise<void> {
    const { workspaceId, agentId } = this.#record.identity;
    const outcome = await agentStub(this.#at.env, agentId).update(workspaceId, { capabilities });
    if (!outcome.ok) log.warn("fuse.capabilities-not-shown", { agentId, reason: outcome.refusal.message });
  }

  setActivity(activity: Activity): Summary {
    this.#record.setActivity(activity);
    this.#pool.begin();
    return this.summary();
  }

  async improve(improvement: Improvement): Promise<void> {
    await this.#seal.ready();
    this.#improvements.add(improvement);
  }

  async remove(): Promise<void> {
    if (!this.#record.exists) return;
    for (const { taskId } of this.#store.unfinished()) this.#pool.drop(taskId);
    await this.#settled();
    await this.#at.storage.deleteAlarm();
    await this.#at.storage.deleteAll();
    this.#record.forget();
  }

  // What outlives a crash

  /** Takes up what another process left unfinished. Runs once, before the object serves anything. */
  recover(): void {
    if (!this.#record.exists) return;
    for (const row of this.#store.unfinished()) this.#pool.add(row, true);
    this.#pool.begin();
    if (this.#store.unanswered(0, 1).length > 0) this.#again();
    this.#store.sweep(this.#at.now());
    if (this.#unsettled) {
      void this.#wakeUp.soon().catch((error: unknown) => log.error("fuse.wake-up-not-set", { error }));
    }
  }

  #again(): void {
    this.#toldAgainAt = this.#at.now();
    this.#reporter.again().catch((error: unknown) => log.warn("fuse.report-failed", { error }));
  }

  /** Whether something is to be done, or told, or not known to be in Redis. */
  get #unsettled(): boolean {
    return this.#pool.busy || this.#concluding.size > 0 || this.#store.unanswered(0, 1).length > 0;
  }

  /** Answers the wake-up call: when the next is wanted, or null when there is nothing left to do. */
  continueWork(): number | null {
    if (!this.#record.exists) return null;
    const now = this.#at.now();
    this.#pool.begin();
    this.#store.sweep(now);
    // Perhaps Redis has them, and who was to say so died before it did.
    const oldest = this.#store.unanswered(0, 1)[0]?.row.endedAt ?? now;
    if (now - Math.max(oldest, this.#toldAgainAt) >= tellAgainMs) this.#again();
    return this.#wakeUp.next(this.#unsettled);
  }
}
