/** What an agent's object is made of and what it knows of itself, apart from how it is reached. */
import { OrreryError } from "@orrery/protocol";
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
import { AnswerStore } from "../tasks/answer-store.ts";
import { Conversations } from "../tasks/conversations.ts";
import { GivenUpTasks } from "../tasks/given-up-tasks.ts";
import { StepJournal } from "../tasks/step-journal.ts";
import { TaskStore } from "../tasks/task-store.ts";
import { AgentRecord } from "./agent-record.ts";
import type { Identity } from "./agent-record.ts";
import { ContentSeal } from "./content-seal.ts";
import { Doing } from "./doing.ts";
import { HandingOver } from "./handing-over.ts";
import { Improvements } from "./improvements.ts";
import { PromptVariables } from "./prompt-variables.ts";
import { SeenCiphertexts } from "./seen-ciphertexts.ts";
import { takeOver } from "./taking.ts";
import { TaskContent } from "./task-content.ts";
import { TaskEvents } from "./task-events.ts";
import { TaskList } from "./task-list.ts";

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
  readonly doing: Doing;
  readonly handing: HandingOver;
  readonly #at: CoreSurroundings;
  readonly #record: AgentRecord;
  readonly #store: TaskStore;
  readonly #answers: AnswerStore;
  readonly #givenUp: GivenUpTasks;
  readonly #ciphertexts: SeenCiphertexts;
  readonly #journal: StepJournal;
  readonly #conversations: Conversations;
  readonly #improvements: Improvements;
  readonly #seal: ContentSeal;
  readonly #content: TaskContent;
  readonly #wakeUp: WakeUp;
  #toldAgainAt = 0;

  constructor(at: CoreSurroundings) {
    this.#at = at;
    const { storage, env } = at;
    const identity = (): Identity => this.#record.identity;
    const now = (): number => at.now();
    const after = (wait: number, work: () => void): void => at.after(wait, work);
    this.#record = new AgentRecord(storage.kv);
    this.#store = new TaskStore(storage.sql);
    this.#answers = new AnswerStore(storage.sql);
    this.#givenUp = new GivenUpTasks(storage.sql);
    this.#ciphertexts = new SeenCiphertexts(storage.sql, now);
    this.#seal = new ContentSeal(() => keyringFor(env, identity().workspaceId), identity);
    this.#content = new TaskContent(this.#store, this.#answers, this.#seal, identity);
    this.#journal = new StepJournal(storage.sql, this.#seal);
    this.#improvements = new Improvements(storage.sql, this.#seal);
    this.#conversations = new Conversations(storage.sql, now);
    const shared = {
      store: this.#store,
      answers: this.#answers,
      content: this.#content,
      journal: this.#journal,
      summary: () => this.summary(),
      now,
    };
    this.doing = new Doing({
      ...shared,
      env,
      record: this.#record,
      conversations: this.#conversations,
      variables: new PromptVariables(
        () => agentStub(env, identity().agentId).describe(identity().workspaceId),
        this.#improvements,
        now,
      ),
      events: new TaskEvents(env.FLEETS, identity, after),
      task: (taskId) => this.list.get(taskId),
      report: async (report) => {
        const { workspaceId, bridgeId, id } = identity();
        const outcome = await at.bridge(bridgeId).report(workspaceId, id, report);
        if (!outcome.ok) throw new OrreryError(outcome.refusal.code, outcome.refusal.message);
        return outcome.value.tooLarge;
      },
      after,
    });
    const { doing } = this;
    this.list = new TaskList(this.#store, doing.pool, identity);
    this.handing = new HandingOver({
      ...shared,
      givenUp: this.#givenUp,
      seal: this.#seal,
      pool: doing.pool,
      settled: () => doing.settled(),
      waits: (row) => doing.wait(row),
      gone: (taskIds) => doing.gone(taskIds),
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
    // One of the same name may have been here before, in this very process.
    if (!this.#record.exists) this.doing.reporter.start();
    this.#migrate();
    this.#record.make(identity, capabilities);
    return this.summary();
  }

  #migrate(): void {
    const parts = [this.#store, this.#journal, this.#conversations, this.#improvements, this.#ciphertexts];
    for (const part of parts) part.migrate();
  }

  // Its tasks

  async accept(tasks: readonly TaskDelivery[]): Promise<{ answers: Acceptance[]; summary: Summary }> {
    await this.#seal.ready();
    const { workspaceId, agentId } = this.#record.identity;
    const flags = await flagsFor(this.#at.env).of(workspaceId);
    this.#record.setAgeing(flags.enabled("fuse-ageing", agentId));
    const answers = takeOver(tasks, {
      record: this.#record,
      store: this.#store,
      givenUp: this.#givenUp,
      ciphertexts: this.#ciphertexts,
      content: this.#content,
      doing: this.doing,
    });
    if (answers.some(({ outcome }) => outcome === "accepted")) await this.#wakeUp.soon();
    this.doing.pool.begin();
    return { answers, summary: this.summary() };
  }

  /** What a task that has ended was answered with; null where it has not, or its answer is in Redis by now. */
  answerTo(taskId: string): Promise<AnsweredTask | null> {
    return this.#content.answerTo(taskId);
  }

  knows(taskIds: readonly string[]): string[] {
    return this.#store.known(taskIds);
  }

  unsettled(taskIds: readonly string[]): string[] {
    return this.#store.unsettled(taskIds);
  }

  /** Tasks of which somebody is still to hear. */
  get remaining(): number {
    return this.#record.exists ? this.#store.remaining : 0;
  }

  published(answered: readonly { taskId: string; outcome: Delivery["outcome"] }[]): void {
    const idsOf = (ofThese: typeof answered): string[] => ofThese.map(({ taskId }) => taskId);
    const fenced = idsOf(answered.filter(({ outcome }) => outcome === "fenced"));
    // What can never be written lies with the dead letters: to tell it again brings it no further.
    const settled = idsOf(answered.filter(({ outcome }) => outcome !== "fenced"));
    if (settled.length > 0) this.#answers.published(settled, this.#at.now());
    if (fenced.length > 0) this.#answers.fence(fenced);
  }

  /** Tells the bridge once more of answers that the lease kept from Redis. */
  async resend(): Promise<void> {
    const fenced = this.#answers.fenced();
    if (fenced.length === 0) return;
    // Before they go: an answer that may be in Redis soon is not to be given up to the existing agent as well.
    this.#answers.resent(fenced);
    await this.doing.reporter.again(fenced);
  }

  // Its state

  summary(): Summary {
    const { queued, running } = this.doing.pool;
    return this.#record.summary(queued, running);
  }

  async changeState(
    change: StateChange,
    expectedVersion: number | null,
  ): Promise<{ changed: boolean; summary: Summary }> {
    if (expectedVersion !== null && expectedVersion !== this.#record.version) {
      return { changed: false, summary: this.summary() };
    }
    this.#record.change(change);
    if (change.capabilities) await this.#tellPlatform([...change.capabilities]);
    this.doing.pool.begin();
    return { changed: true, summary: this.summary() };
  }

  /** The platform's agent shows the same capabilities; its own status is its operator's. */
  async #tellPlatform(capabilities: string[]): Promise<void> {
    const { workspaceId, agentId } = this.#record.identity;
    const outcome = await agentStub(this.#at.env, agentId).update(workspaceId, { capabilities });
    if (!outcome.ok) log.warn("fuse.capabilities-not-shown", { agentId, reason: outcome.refusal.message });
  }

  /** One that is to go on is active, too, whatever was said of it before. */
  setActivity(activity: Activity): Summary {
    this.#record.setActivity(activity);
    if (activity === "running") this.#record.change({ status: "active" });
    this.doing.pool.begin();
    return this.summary();
  }

  async improve(improvement: Improvement): Promise<void> {
    await this.#seal.ready();
    this.#improvements.add(improvement);
  }

  async remove(): Promise<void> {
    if (!this.#record.exists) return;
    this.doing.reporter.stop();
    for (const { taskId } of this.#store.unfinished()) this.doing.pool.drop(taskId);
    await this.doing.settled();
    await this.#wakeUp.done();
    // One that an earlier process set, of which nothing is known here.
    await this.#at.storage.deleteAlarm();
    await this.#at.storage.deleteAll();
    this.#record.forget();
  }

  // What outlives a crash

  /** Takes up what another process left unfinished. Runs once, before the object serves anything. */
  recover(): void {
    if (!this.#record.exists) return;
    this.#migrate();
    for (const row of this.#store.unfinished()) this.doing.pool.add(row, this.#record.ageing);
    this.doing.pool.begin();
    if (this.#answers.waitingSince() !== null) this.#again();
    this.#sweep();
    if (this.#unsettled) {
      void this.#wakeUp.soon().catch((error: unknown) => log.error("fuse.wake-up-not-set", { error }));
    }
  }

  #again(): void {
    this.#toldAgainAt = this.#at.now();
    this.doing.reporter.again().catch((error: unknown) => log.warn("fuse.report-failed", { error }));
  }

  /** Whether something is to be done, or told, or not known to be in Redis. */
  get #unsettled(): boolean {
    return this.doing.isBusy || this.#answers.waitingSince() !== null;
  }

  #sweep(): void {
    this.#store.sweep(this.#at.now());
    this.#conversations.sweep();
    this.#ciphertexts.sweep();
  }

  /** Answers the wake-up call: when the next is wanted, or null when there is nothing left to do. */
  continueWork(): number | null {
    if (!this.#record.exists) return null;
    const now = this.#at.now();
    this.doing.pool.begin();
    this.#sweep();
    // Perhaps Redis has them, and who was to say so died before it did.
    const oldest = this.#answers.waitingSince() ?? now;
    if (now - Math.max(oldest, this.#toldAgainAt) >= tellAgainMs) this.#again();
    return this.#wakeUp.next(this.#unsettled);
  }
}
