/** The application behind a bridge: what arrives, what agents report, and who answers for them, put together. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type {
  BridgePort,
  BridgeReceiver,
  Delivery,
  Inbound,
  Outbound,
  Verdict,
} from "../../../channels/index.ts";
import { publisher } from "../../../channels/index.ts";
import type { EventPublisher } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { flagsFor } from "../../../security/index.ts";
import type { FuseHost, LegacyResult, Ownership, Report, StateSync } from "../contract.ts";
import { encryptionRefusal } from "../messages/encryption-policy.ts";
import { parse } from "../messages/parse.ts";
import type { ParsedTask } from "../messages/parse.ts";
import { createOwnership } from "../migration/ownership.ts";
import { resultKey } from "../migration/private-results.ts";
import { FuseAgentIndex } from "../routing/agent-index.ts";
import { StoredMembers } from "../routing/members.ts";
import { createStateSync } from "../state/state-sync.ts";
import { fuseAgentStub } from "./bridge-access.ts";
import { coordinate } from "./coordination.ts";
import { Deliveries } from "./deliveries.ts";
import { HandOffs } from "./hand-offs.ts";
import { Monitor } from "./monitor.ts";
import { Peers } from "./peers.ts";
import { Roll } from "./roll.ts";
import { takeTasks } from "./tasks-in.ts";
import type { ArrivedTask } from "./tasks-in.ts";

export interface ReceiverSurroundings {
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  readonly port: BridgePort;
  now(): number;
  after(milliseconds: number, work: () => void): void;
}

const ignored: Verdict = { outcome: "ignored" };

export class FuseReceiver implements BridgeReceiver {
  readonly #at: ReceiverSurroundings;
  readonly members: StoredMembers;
  readonly roll: Roll;
  readonly ownership: Ownership;
  readonly state: StateSync;
  readonly index: FuseAgentIndex;
  readonly #monitor: Monitor;
  readonly #peers: Peers;
  readonly #handOffs: HandOffs;
  readonly #deliveries: Deliveries;
  #publisher: EventPublisher | undefined;

  constructor(at: ReceiverSurroundings) {
    this.#at = at;
    const { env, storage, port } = at;
    this.members = new StoredMembers(storage.sql);
    this.index = new FuseAgentIndex(env.DB);
    this.roll = new Roll({
      members: this.members,
      stub: (id) => fuseAgentStub(env, port.bridgeId, id),
      state: () => this.state,
      changed: (id) => this.changed(id),
      now: () => timestamp(at.now()),
    });
    const host: FuseHost = {
      env,
      port,
      storage,
      members: this.members,
      agent: (id) => this.roll.stub(id),
      summary: (id) => this.roll.summary(id),
      heard: (id, summary) => this.roll.heard(id, summary),
      changed: (id) => this.changed(id),
      now: () => at.now(),
    };
    this.ownership = createOwnership(host);
    this.state = createStateSync(host, this.ownership, flagsFor(env));
    this.#monitor = new Monitor(port);
    this.#peers = new Peers(storage.sql);
    this.#handOffs = new HandOffs({ sql: storage.sql, ...this.#parts() });
    this.#deliveries = new Deliveries({
      isMember: (id) => this.members.find(id) !== undefined,
      stub: (id) => this.roll.stub(id),
      fenced: (id) => this.ownership.fenced(id),
      after: (wait, work) => at.after(wait, work),
    });
  }

  get bridgeId(): string {
    return this.#at.port.bridgeId;
  }

  get workspaceId(): string {
    return this.#at.port.workspaceId;
  }

  /** What the parts that take messages share. */
  #parts() {
    return {
      roll: this.roll,
      ownership: this.ownership,
      members: () => this.members.all(),
      find: (id: string) => this.members.find(id),
      send: (messages: readonly Outbound[]) => this.#at.port.send(messages),
      now: () => this.#at.now(),
    };
  }

  // What arrives

  async receive(messages: readonly Inbound[]): Promise<Verdict[]> {
    const verdicts = Array.from(messages, () => ignored);
    // Tasks and results are taken many at once; what is said between them finds those before it done.
    let tasks: (ArrivedTask & { index: number })[] = [];
    let results: (LegacyResult & { index: number })[] = [];
    const takeGathered = async (): Promise<void> => {
      const [gatheredTasks, gatheredResults] = [tasks, results];
      [tasks, results] = [[], []];
      const [ofTasks, ofResults] = await Promise.all([
        gatheredTasks.length > 0 ? takeTasks(gatheredTasks, this.#taskParts()) : [],
        gatheredResults.length > 0 ? this.ownership.results(gatheredResults) : [],
      ]);
      for (const [at, { index }] of gatheredTasks.entries()) verdicts[index] = ofTasks[at] ?? ignored;
      for (const [at, { index }] of gatheredResults.entries()) verdicts[index] = ofResults[at] ?? ignored;
    };
    for (const [index, inbound] of messages.entries()) {
      if (inbound.own === true) continue;
      const parsed = parse(inbound.value, inbound.role, inbound.receivedAt);
      switch (parsed.kind) {
        case "task": {
          const refusal = this.#isOurs(parsed)
            ? encryptionRefusal(parsed.delivery, this.#at.port.channels[inbound.role].encryption)
            : null;
          if (refusal === null) tasks.push({ index, inbound, task: parsed });
          else verdicts[index] = { outcome: "rejected", reason: refusal };
          break;
        }
        case "result":
          results.push({ index, inbound, ...parsed });
          break;
        case "foreign":
          break;
        case "malformed":
          verdicts[index] = { outcome: "rejected", reason: parsed.reason };
          break;
        default:
          await takeGathered();
          verdicts[index] = await this.#coordinate(parsed);
      }
    }
    await takeGathered();
    return verdicts;
  }

  /** Whether a task may be done here: what others say to one another is theirs to protect. */
  #isOurs({ address }: ParsedTask): boolean {
    if (address.to !== "one") return true;
    const member = this.members.find(address.id);
    return member !== undefined && member.mode !== "legacy";
  }

  #taskParts() {
    return {
      ...this.#parts(),
      leastLoaded: async () =>
        (await flagsFor(this.#at.env).of(this.#at.port.workspaceId)).enabled("fuse-least-loaded"),
    };
  }

  async #coordinate(parsed: Parameters<typeof coordinate>[0]): Promise<Verdict> {
    try {
      return await coordinate(parsed, { ...this.#parts(), peers: this.#peers, handOffs: this.#handOffs });
    } catch (error) {
      log.warn("fuse.message-not-taken", { kind: parsed.kind, error });
      return {
        outcome: "later",
        reason: error instanceof OrreryError ? error.message : "it could not be taken",
      };
    }
  }

  // What agents report

  async report(fuseAgentId: string, { answers, shadowed, messages, summary }: Report): Promise<void> {
    const { agentId } = this.members.get(fuseAgentId);
    const fence = this.ownership.fence(fuseAgentId);
    const outbound = answers.map(({ taskId, value }): Outbound => ({
      key: resultKey(fuseAgentId, taskId),
      role: "results",
      value,
      signAs: { agentId },
      fence,
    }));
    if (outbound.length + messages.length > 0) {
      const { refused } = await this.#at.port.send([...outbound, ...messages]);
      if (refused.length > 0) log.warn("fuse.report-refused", { fuseAgentId, refused });
    }
    if (shadowed.length > 0) this.ownership.shadowed(fuseAgentId, shadowed);
    this.#monitor.note(fuseAgentId, answers, summary);
    this.roll.heard(fuseAgentId, summary);
  }

  async delivered(deliveries: readonly Delivery[]): Promise<void> {
    this.#deliveries.note(deliveries);
    await this.ownership.delivered(deliveries);
  }

  // What comes round

  async connected(): Promise<void> {
    await this.ownership.connected();
    await this.state.connected();
  }

  async tick(now: number): Promise<void> {
    const work = [
      this.ownership.tick(now),
      this.state.tick(now),
      this.#monitor.write(now),
      this.#handOffs.resume(),
      this.reindex(),
    ];
    for (const outcome of await Promise.allSettled(work)) {
      if (outcome.status === "rejected") log.warn("fuse.tick-failed", { error: outcome.reason as unknown });
    }
  }

  extraChannels(): ReturnType<Ownership["extraChannels"]> {
    return this.ownership.extraChannels();
  }

  /** Writes to the index what it does not have. */
  async reindex(): Promise<void> {
    const members = this.members.unindexed();
    await this.index.save(this.workspaceId, this.bridgeId, members);
    this.members.indexed(members);
  }

  /** Says `fuse.agent`. */
  changed(fuseAgentId: string): void {
    const member = this.members.find(fuseAgentId);
    const { bridgeId, workspaceId } = this.#at.port;
    const { mode, canaryPercent, activity, agentId } = member ?? {};
    this.#publisher ??= publisher(this.#at.env.FLEETS, workspaceId);
    this.#publisher.publish({
      type: "fuse.agent",
      at: timestamp(this.#at.now()),
      ...(agentId !== undefined && { agentId }),
      data: { fuseAgentId, bridgeId, ...(member ? { mode, canaryPercent, activity } : { removed: true }) },
    });
  }

  /** Forgets an agent that is no more. */
  forget(fuseAgentId: string): void {
    this.members.remove(fuseAgentId);
    this.roll.forget(fuseAgentId);
    this.#monitor.forget(fuseAgentId);
  }
}
