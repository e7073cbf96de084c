import { DurableObject } from "cloudflare:workers";
import { OrreryError, outcomeOf } from "@orrery/protocol";
import type { FuseAgentState, FuseTask, FuseTaskStatus, Outcome, Page } from "@orrery/protocol";
import type { Delivery } from "../../../channels/index.ts";
import type {
  Acceptance,
  Activity,
  FuseAgentStub,
  HandOff,
  HandedBack,
  Improvement,
  StateChange,
  Summary,
  TaskDelivery,
} from "../contract.ts";
import type { Fields } from "../messages/fields.ts";
import { parse } from "../messages/parse.ts";
import { fuseBridgePort } from "../bridge/bridge-access.ts";
import type { Identity } from "./agent-record.ts";
import { FuseAgentCore } from "./fuse-agent-core.ts";

/**
 * The Durable Object of one agent of the New Fuse, named `<bridge id>/<agent's name there>`: its inbox, and its
 * contract with the existing system. The work is done by an ordinary agent of the platform. It is called by RPC, by
 * its bridge and by the API's routes, which have made sure of the workspace.
 */
export class NewFuseAgent extends DurableObject<Env> implements FuseAgentStub {
  readonly #core: FuseAgentCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new FuseAgentCore({
      storage: ctx.storage,
      env,
      bridge: (bridgeId) => fuseBridgePort(env, bridgeId),
      now: () => Date.now(),
      after: (milliseconds, work) => void setTimeout(work, milliseconds),
    });
    this.#core.recover();
  }

  /** The wake-up call that is set whenever there is work: after a crash it is what takes it up again. */
  override async alarm(): Promise<void> {
    const next = this.#core.continueWork();
    if (next !== null) await this.ctx.storage.setAlarm(next);
  }

  // As the existing system knows an agent

  /** Makes the agent, or tells it again what it is; what it did so far stays. */
  initialize(identity: Identity, capabilities: readonly string[]): Promise<Outcome<Summary>> {
    return outcomeOf(() => this.#core.initialize(identity, capabilities));
  }

  /**
   * Takes a task over durably, in either format; its result goes to the channel of results. A task that is there
   * already is not taken twice.
   */
  handleTask(task: Fields): Promise<Outcome<FuseTask>> {
    return outcomeOf(() => this.#taken(task));
  }

  /** Takes a task over as {@link handleTask} does, and answers with what is told to Redis, too, when it has ended. */
  executeTask(task: Fields): Promise<Outcome<Record<string, unknown>>> {
    return outcomeOf(async () => {
      const { id } = await this.#taken(task);
      await this.#core.doing.ending(id);
      const answered = await this.#core.answerTo(id);
      if (!answered) throw new OrreryError("conflict", "The task's answer was given already.");
      return answered.value;
    });
  }

  async #taken(task: Fields): Promise<FuseTask> {
    const parsed = parse(task, "tasks", Date.now());
    if (parsed.kind !== "task") {
      const reason = parsed.kind === "malformed" ? parsed.reason : `it is a message of kind ${parsed.kind}`;
      throw new OrreryError("invalid_request", `This is no task: ${reason}.`);
    }
    const delivery = { ...parsed.delivery, shadow: false };
    const [acceptance] = (await this.#core.accept([delivery])).answers;
    if (acceptance?.outcome === "later" || acceptance?.outcome === "rejected") {
      throw new OrreryError("rate_limited", `The task was not taken: ${acceptance.reason}.`, {
        retryAfter: 5,
      });
    }
    return this.#core.list.get(delivery.taskId);
  }

  state(): Promise<Outcome<FuseAgentState>> {
    return outcomeOf(() => this.#core.summary().state);
  }

  // As its bridge knows it

  accept(tasks: readonly TaskDelivery[]): Promise<{ answers: Acceptance[]; summary: Summary }> {
    return this.#core.accept(tasks);
  }

  summary(): Promise<Outcome<Summary>> {
    return outcomeOf(() => this.#core.summary());
  }

  changeState(
    change: StateChange,
    expectedVersion: number | null,
  ): Promise<{ changed: boolean; summary: Summary }> {
    return this.#core.changeState(change, expectedVersion);
  }

  setActivity(activity: Activity): Promise<Outcome<Summary>> {
    return outcomeOf(() => this.#core.setActivity(activity));
  }

  handBack(after: number | null): Promise<HandedBack> {
    return this.#core.handing.handBack(after);
  }

  async handedBack(taskIds: readonly string[]): Promise<void> {
    await Promise.resolve(this.#core.handing.handedBack(taskIds));
  }

  async knows(taskIds: readonly string[]): Promise<string[]> {
    return await Promise.resolve(this.#core.knows(taskIds));
  }

  async unsettled(taskIds: readonly string[]): Promise<string[]> {
    return await Promise.resolve(this.#core.unsettled(taskIds));
  }

  async remaining(): Promise<number> {
    return await Promise.resolve(this.#core.remaining);
  }

  release(taskId: string, handOff: HandOff): Promise<Outcome<TaskDelivery | null>> {
    return outcomeOf(() => this.#core.handing.release(taskId, handOff));
  }

  async keep(taskId: string, handOff: string): Promise<void> {
    await Promise.resolve(this.#core.handing.keep(taskId, handOff));
  }

  async published(answered: readonly { taskId: string; outcome: Delivery["outcome"] }[]): Promise<void> {
    await Promise.resolve(this.#core.published(answered));
  }

  resend(): Promise<void> {
    return this.#core.resend();
  }

  improve(improvement: Improvement): Promise<void> {
    return this.#core.improve(improvement);
  }

  tasks(query: {
    status?: FuseTaskStatus | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Outcome<Page<FuseTask>>> {
    return outcomeOf(() => this.#core.list.page(query));
  }

  task(taskId: string): Promise<Outcome<FuseTask>> {
    return outcomeOf(() => this.#core.list.get(taskId));
  }

  cancel(taskId: string, by: string | null = null): Promise<Outcome<FuseTask>> {
    return outcomeOf(() => this.#core.doing.cancel(taskId, by));
  }

  remove(): Promise<void> {
    return this.#core.remove();
  }
}
