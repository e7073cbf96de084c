/**
 * What the parts of this application expect of each other. The bridge's object reads messages and knows which agent
 * they are for; each agent's object takes tasks over and does them; ownership says which side a task belongs to; state
 * sync keeps an agent's state in step with Redis. No implementation lives here.
 */
import type {
  ConflictPolicy,
  FuseAgent,
  FuseAgentState,
  FusePriority,
  FuseTask,
  LegacyChannels,
  Migrate,
  MigrationMode,
  MigrationResult,
  Outcome,
  Page,
  ShadowDifference,
} from "@orrery/protocol";
import type { BridgePort, Delivery, Fence, Inbound, Outbound, Verdict } from "../../channels/index.ts";

export type Activity = FuseAgent["activity"];
export type Conflicts = Readonly<Record<string, ConflictPolicy>>;

/** An agent of ours as its bridge keeps it. */
export interface Member {
  /** Its name in the existing system. */
  readonly id: string;
  /** The agent of the platform that does its work. */
  readonly agentId: string;
  readonly mode: MigrationMode;
  readonly canaryPercent: number;
  readonly legacyChannels: LegacyChannels;
  readonly conflicts: Conflicts;
  readonly confidential: boolean;
  /** Whether `agentId` was made with it, and so goes with it. */
  readonly agentMade: boolean;
  readonly capabilities: readonly string[];
  readonly status: FuseAgentState["status"];
  readonly activity: Activity;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The agents of one bridge, in the bridge's own storage; what is changed is on disk with the object's next write. */
export interface Members {
  all(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  /** @throws OrreryError `not_found` */
  get(fuseAgentId: string): Member;
  /** Replaces the agent of the same id; D1 follows. */
  save(member: Member): void;
}

/** A task on its way from the bridge to an agent. */
export interface TaskDelivery {
  /** Its id in the existing system, or one made of the message: the idempotency key. */
  readonly taskId: string;
  /** `TASK`, a conversation's turn, or a task of an older peer. */
  readonly form: "task" | "conversation" | "bare";
  readonly source: string | null;
  readonly type: string | null;
  readonly priority: FusePriority;
  /** Epoch milliseconds. */
  readonly deadline: number | null;
  /** Turns of one conversation run one after another, in one session. */
  readonly conversation: string | null;
  /** Done without a word to anyone: the answer goes to {@link Ownership.shadowed}. */
  readonly shadow: boolean;
  readonly encrypted: boolean;
  /** Whether the answer goes out encrypted or not at all, however the task came. */
  readonly sealsAnswer?: boolean | undefined;
  /** The hand-off by which it comes: the same one brings it once, another brings it back to who gave it away. */
  readonly handOff?: string | undefined;
  /** How often the agent gave it up before and got it back. */
  readonly attempt?: number | undefined;
  /** The message as it came, with all its fields. */
  readonly message: Record<string, unknown>;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/** One agent's giving a task to another. */
export interface HandOff {
  readonly id: string;
  /** Who is to have it, by its name in the existing system; with `agentId` where it is one of ours. */
  readonly to: { readonly name: string; readonly agentId: string | null };
  /** Whose task alone it may be; null where anybody's. */
  readonly by: string | null;
}

/** Unfinished tasks on their way back, some at a time. */
export interface HandedBack {
  readonly tasks: TaskDelivery[];
  /** What to ask for the rest with; null where these were the last. */
  readonly next: number | null;
  readonly summary: Summary;
}

/** What became of each task that an agent was given, in the same order. `known`: it has it, or had it, already. */
export type Acceptance =
  | { readonly outcome: "accepted" | "known" }
  | { readonly outcome: "later" | "rejected"; readonly reason: string };

/** What an agent's object says of itself whenever it speaks to its bridge. */
export interface Summary {
  readonly state: FuseAgentState;
  /** Of the state; grows by each change. */
  readonly version: number;
  readonly activity: Activity;
  readonly tasks: FuseAgent["tasks"];
}

/** A change of an agent's state. Fields that are not named stay. */
export interface StateChange {
  readonly status?: FuseAgentState["status"];
  readonly capabilities?: readonly string[];
  readonly metrics?: FuseAgentState["metrics"];
}

/** A task that ended while nobody was to hear of it. */
export interface ShadowResult {
  readonly taskId: string;
  readonly outcome: "completed" | "failed";
  /** What would have been answered, or why it failed; null where it is not to be seen. */
  readonly text: string | null;
  readonly latencyMs: number;
  readonly costMicros: number;
}

/** What an agent's object answers to its bridge and to the API, over RPC. */
export interface FuseAgentStub {
  /** Takes tasks over durably: whatever is `accepted` is answered once, whatever becomes of the process. */
  accept(tasks: readonly TaskDelivery[]): Promise<{ answers: Acceptance[]; summary: Summary }>;
  summary(): Promise<Outcome<Summary>>;
  /**
   * Changes the state where it still has `expectedVersion` (compare-and-set; null: whatever it has). Answers with the
   * state as it then is, and whether it was changed.
   */
  changeState(
    change: StateChange,
    expectedVersion: number | null,
  ): Promise<{ changed: boolean; summary: Summary }>;
  setActivity(activity: Activity): Promise<Outcome<Summary>>;
  /**
   * Gives up what is unfinished: nothing of it will be answered here any more. The messages, as they came, are for
   * whoever is to do it, as many at once as a call carries: `after` is null, then the `next` of the last answer. Those
   * given up earlier and not yet {@link handedBack} are among them, so that a crash between loses none; so are those
   * whose answers were fenced. Answers that were there before are reported before this resolves.
   */
  handBack(after: number | null): Promise<HandedBack>;
  /** What was handed back has reached the other side. */
  handedBack(taskIds: readonly string[]): Promise<void>;
  /** Which of these it took over at some time, whatever became of them. */
  knows(taskIds: readonly string[]): Promise<string[]>;
  /** Which of these are not answered, or answered or given up and not known to be in Redis. */
  unsettled(taskIds: readonly string[]): Promise<string[]>;
  /** How many tasks are not answered, or answered and not known to be in Redis. */
  remaining(): Promise<number>;
  /**
   * Gives one task up for another agent, encrypted to that one where it came encrypted; asked again by the same
   * hand-off, it says the same. Null where there is none that is unfinished. Refused, and kept, where it is another's
   * than `by`, or cannot be encrypted to whom it is for, or is too long to be handed on.
   */
  release(taskId: string, handOff: HandOff): Promise<Outcome<TaskDelivery | null>>;
  /** Keeps a task that it gave up by this hand-off: nobody took it. */
  keep(taskId: string, handOff: string): Promise<void>;
  /**
   * Answers that are in Redis by now. Those `fenced` are not, since the lease was not ours: each waits for
   * {@link resend} or is handed back.
   */
  published(answered: readonly { taskId: string; outcome: Delivery["outcome"] }[]): Promise<void>;
  /** Reports the answers once more that were fenced, under the lease that is held now. */
  resend(): Promise<void>;
  tasks(query: {
    status?: FuseTask["status"] | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Outcome<Page<FuseTask>>>;
  task(taskId: string): Promise<Outcome<FuseTask>>;
  /** Where `by` is given, a task of somebody else is left alone: `forbidden`. */
  cancel(taskId: string, by?: string | null): Promise<Outcome<FuseTask>>;
  /** Keeps what another agent found that this one could do better. */
  improve(improvement: Improvement): Promise<void>;
  /** Ends what runs and removes all that the object keeps. */
  remove(): Promise<void>;
}

/** What somebody found that an agent could do better. */
export interface Improvement {
  /** The message's own id: the same message is kept once. */
  readonly id: string;
  readonly source: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a bridge's object answers to its agents, over RPC. */
export interface FuseBridgePort {
  /**
   * Takes over what an agent has to say: once this resolves it will reach Redis, unless its lease is lost. Names the tasks
   * whose answers it did not take, since no message has room for them.
   */
  report(workspaceId: string, fuseAgentId: string, report: Report): Promise<Outcome<{ tooLarge: string[] }>>;
}

/**
 * Which side a task belongs to. `ours`: an agent here does it and answers. `theirs`: the existing agent does, who hears
 * the shared channel itself. `shadow`: the existing agent answers, and ours does it unheard. `forward`: the existing
 * agent does it, and has to be handed it on its private channel. `moved`: ours had it and gave it to another agent.
 */
export type Side = "ours" | "theirs" | "shadow" | "forward" | "moved";

/** Who answers for an agent; its leases and migrations. Lives in the bridge's object. */
export interface Ownership {
  /**
   * Which side a task belongs to: decided once, durably, when it is first asked. Called for each task. `entry` is the
   * task's in the shared stream of tasks, where it came by one. One that was given away to its `source` comes back.
   */
  decide(
    fuseAgentId: string,
    taskId: string,
    by?: { entry?: string | undefined; source?: string | null },
  ): Side;
  /** Calls an agent with tasks that are ours; what is handed back waits until it has answered. */
  giving<Result>(fuseAgentId: string, work: () => Promise<Result>): Promise<Result>;
  /** Tasks that were ours are the agent's: it took them over, or had them. `heard`: their sender is told so. */
  taken(fuseAgentId: string, tasks: readonly { taskId: string; heard: boolean }[]): void;
  /** An agent of ours gave a task away. */
  moved(fuseAgentId: string, taskId: string, to: string): void;
  /** Which side of an agent a task belongs to that another one gives it, whatever was decided before. */
  receives(fuseAgentId: string, taskId: string): Side;
  /** What {@link decide} would say, which binds nobody: for choosing among agents. */
  prospect(fuseAgentId: string, taskId: string): Side;
  /** The agent that a task was decided for before; null where it was for none. It stays with that one. */
  assigned(taskId: string): string | null;
  /** All agents for which a task was decided, whichever side it is on. */
  deciders(taskId: string): readonly string[];
  /**
   * Hands a task, be it `forward` or `shadow`, to the existing agent's private channel; resolves when it is on disk. One
   * that hears the shared channels has it already, and nothing happens.
   */
  forward(fuseAgentId: string, delivery: TaskDelivery): Promise<void>;
  /** Under which lease answers of an agent go out: the last that was held, whether it still is or not. */
  fence(fuseAgentId: string): Fence;
  /** Whether the lease is ours, for some seconds at least, by our own clock. */
  holds(fuseAgentId: string): boolean;
  /** Results that passed which are none of ours: a shadow's counterpart, or of a private channel. One verdict each. */
  results(results: readonly LegacyResult[]): Promise<Verdict[]>;
  shadowed(fuseAgentId: string, results: readonly ShadowResult[]): void;
  /** Answers of an agent came back fenced: either the lease is claimed again and they are sent again, or handed back. */
  fenced(fuseAgentId: string): void;
  /** What became of messages of its own: what it forwarded and handed back. Others' keys are passed over. */
  delivered(deliveries: readonly Delivery[]): Promise<void>;
  connected(): Promise<void>;
  tick(now: number): Promise<void>;
  /** Private channels of existing agents, from which their results come. */
  extraChannels(): readonly { role: Inbound["role"]; name: string }[];
  /**
   * @throws OrreryError `conflict` while the existing agent lives, unless forced; `upstream_failed` without Redis;
   * `rate_limited` where ours is to answer and what it gave up before has no room to go
   */
  migrate(fuseAgentId: string, request: MigrateRequest): Promise<Omit<MigrationResult, "agent">>;
  /** An agent was added: what is private to it is listened to. */
  added(fuseAgentId: string): Promise<void>;
  /**
   * Has the existing system answer for an agent, hands it what is unfinished, gives the lease back and forgets the agent;
   * false while that is under way, and then it is to be asked again. With `force` all this is done as far as it can be now.
   */
  remove(fuseAgentId: string, force: boolean): Promise<boolean>;
  /** Its part of an agent's card. */
  card(fuseAgentId: string): Pick<FuseAgent, "lease" | "legacyAlive" | "migrating" | "shadow">;
  differences(
    fuseAgentId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Page<ShadowDifference>;
}

export type MigrateRequest = ReturnType<(typeof Migrate)["parse"]>;

/** A result of somebody else on a channel of results. */
export interface LegacyResult {
  readonly inbound: Inbound;
  /** Null where it names none, which only what comes by a private channel may. */
  readonly taskId: string | null;
  /** Whether it ends the task; else it is what an existing agent says meanwhile, by a private channel. */
  readonly final: boolean;
  /** Who it says it is of; null where it does not say. */
  readonly source: string | null;
  /** The result's or the error's text. */
  readonly text: string;
  readonly failed: boolean;
}

/** Keeps agents' state in step with Redis. Lives in the bridge's object. */
export interface StateSync {
  /** An agent of ours changed its state, or spoke for the first time since the bridge started. */
  changed(fuseAgentId: string, summary: Summary): void;
  connected(): Promise<void>;
  tick(now: number): Promise<void>;
  /** Why an agent's state cannot be kept in step; null where it can. */
  problem(fuseAgentId: string): string | null;
  /** Forgets an agent that is no more; its state stays in Redis, since the existing system may have use for it. */
  remove(fuseAgentId: string): Promise<void>;
}

/** What the bridge's object gives to ownership and state sync. */
export interface FuseHost {
  readonly env: Env;
  readonly port: BridgePort;
  readonly storage: DurableObjectStorage;
  readonly members: Members;
  agent(fuseAgentId: string): FuseAgentStub;
  /** What an agent last said of itself; null where it has not spoken since the bridge started. */
  summary(fuseAgentId: string): Summary | null;
  /** An agent answered with what it is now: the member follows. */
  heard(fuseAgentId: string, summary: Summary): void;
  /** Says `fuse.agent` to the workspace's consoles. */
  changed(fuseAgentId: string): void;
  now(): number;
}

/** As much of it as ownership uses. */
export type OwnershipHost = Omit<FuseHost, "env" | "summary">;

/** What an agent's object tells its bridge, gathered. */
export interface Report {
  readonly answers: readonly AnsweredTask[];
  readonly shadowed: readonly ShadowResult[];
  /** Other messages: progress, hand-offs. */
  readonly messages: readonly Outbound[];
  readonly summary: Summary;
}

/** A task's answer on its way to Redis. */
export interface AnsweredTask {
  readonly taskId: string;
  readonly value: Record<string, unknown>;
  /** Milliseconds from acceptance to the end. */
  readonly latencyMs: number;
  readonly failed: boolean;
}
