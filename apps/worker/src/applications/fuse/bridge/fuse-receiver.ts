/** The application behind a bridge: what arrives, what agents report, and who answers for them, put together. */
import { timestamp } from "@orrery/protocol";
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
import { flagsFor, keyringFor } from "../../../security/index.ts";
import type { AnsweredTask, FuseHost, Ownership, Report, StateSync } from "../contract.ts";
import { resultKey } from "../migration/message-keys.ts";
import { createOwnership } from "../migration/ownership.ts";
import { SerialWork } from "../migration/serial-work.ts";
import { FuseAgentIndex } from "../routing/agent-index.ts";
import { StoredMembers } from "../routing/members.ts";
import { createStateSync } from "../state/state-sync.ts";
import { Arrivals } from "./arrivals.ts";
import { fuseAgentStub } from "./bridge-access.ts";
import { Cancels } from "./cancels.ts";
import { isConcealed } from "./concealed.ts";
import { Deliveries } from "./deliveries.ts";
import { HandOffs } from "./hand-offs.ts";
import { Monitor } from "./monitor.ts";
import { Peers } from "./peers.ts";
import { Roll } from "./roll.ts";
import { SealedWords } from "./sealed-words.ts";

export interface ReceiverSurroundings {
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  readonly port: BridgePort;
  now(): number;
  after(milliseconds: number, work: () => void): void;
}

export class FuseReceiver implements BridgeReceiver {
  readonly #at: ReceiverSurroundings;
  readonly members: StoredMembers;
  readonly roll: Roll;
  readonly ownership: Ownership;
  readonly state: StateSync;
  readonly #index: FuseAgentIndex;
  /** What is written to the index is written in turn. */
  readonly #indexing = new SerialWork();
  readonly #monitor: Monitor;
  readonly #handOffs: HandOffs;
  readonly #cancels: Cancels;
  readonly #arrivals: Arrivals;
  readonly #deliveries: Deliveries;
  #publisher: EventPublisher | undefined;

  constructor(at: ReceiverSurroundings) {
    this.#at = at;
    const { env, storage, port } = at;
    this.members = new StoredMembers(storage.sql);
    this.#index = new FuseAgentIndex(env.DB);
    this.roll = new Roll({
      members: this.members,
      stub: (id) => fuseAgentStub(env, port.bridgeId, id),
      state: () => this.state,
      changed: (id) => this.changed(id),
      load: (id, tasks) => this.#monitor.load(id, tasks),
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
    this.#monitor = new Monitor({ port, kv: storage.kv });
    const parts = {
      roll: this.roll,
      ownership: this.ownership,
      peers: new Peers(storage.sql),
      members: () => this.members.all(),
      find: (id: string) => this.members.find(id),
      send: (messages: readonly Outbound[]) => port.send(messages),
      now: () => at.now(),
    };
    this.#cancels = new Cancels({
      sql: storage.sql,
      ...parts,
      isUnderWay: (taskId) => this.#handOffs.isUnderWay(taskId),
    });
    this.#handOffs = new HandOffs({ sql: storage.sql, port, ...parts, cancels: this.#cancels });
    const words = new SealedWords({
      keyring: () => keyringFor(env, port.workspaceId),
      find: parts.find,
      policy: (role) => port.channels[role].encryption,
    });
    this.#arrivals = new Arrivals({
      ...parts,
      env,
      port,
      handOffs: this.#handOffs,
      cancels: this.#cancels,
      words,
    });
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

  get isConnected(): boolean {
    return this.#at.port.connected;
  }

  get workspaceId(): string {
    return this.#at.port.workspaceId;
  }

  // What arrives

  receive(messages: readonly Inbound[]): Promise<Verdict[]> {
    return this.#arrivals.receive(messages);
  }

  // What agents report

  /** {@link FuseBridgePort.report} */
  async report(
    fuseAgentId: string,
    { answers, shadowed, messages, summary }: Report,
  ): Promise<{ tooLarge: string[] }> {
    const { agentId } = this.members.get(fuseAgentId);
    const fence = this.ownership.fence(fuseAgentId);
    const outbound = answers.map(({ taskId, value }): Outbound => ({
      key: resultKey(fuseAgentId, taskId),
      role: "results",
      value,
      signAs: { agentId },
      fence,
    }));
    const said = messages.map((message): Outbound => ({ ...message, fence }));
    const all = [...outbound, ...said];
    const sent = all.length > 0 ? await this.#at.port.send(all) : null;
    const refused = new Set(sent?.refused.map(({ key }) => key));
    if (refused.size > 0) log.warn("fuse.report-refused", { fuseAgentId, refused: sent?.refused });
    const isTaken = ({ taskId }: AnsweredTask): boolean => !refused.has(resultKey(fuseAgentId, taskId));
    const known = new Set(sent?.known);
    const isNew = (answer: AnsweredTask): boolean =>
      isTaken(answer) && !known.has(resultKey(fuseAgentId, answer.taskId));
    if (shadowed.length > 0) this.ownership.shadowed(fuseAgentId, shadowed);
    this.#monitor.answered(fuseAgentId, answers.filter(isNew));
    this.roll.heard(fuseAgentId, summary);
    return { tooLarge: answers.filter((answer) => !isTaken(answer)).map(({ taskId }) => taskId) };
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
    this.#cancels.tidy();
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

  conceals(value: Record<string, unknown>): boolean {
    return isConcealed(value, { ownership: this.ownership, members: () => this.members.all() });
  }

  /** Tells agents now what became of their answers. */
  tellDeliveries(): Promise<void> {
    return this.#deliveries.tell();
  }

  /** Writes to the index what it does not have. */
  reindex(): Promise<void> {
    return this.#indexing.run(this.bridgeId, async () => {
      const members = this.members.unindexed();
      await this.#index.save(this.workspaceId, this.bridgeId, members);
      this.members.indexed(members);
    });
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

  /** Forgets an agent that is no more, here and where it is listed and watched. */
  async forget(fuseAgentId: string): Promise<void> {
    await this.#indexing.run(this.bridgeId, async () => {
      await this.#index.remove(this.bridgeId, fuseAgentId);
      this.members.remove(fuseAgentId);
      this.roll.forget(fuseAgentId);
      this.#monitor.forget(fuseAgentId);
    });
    await this.#monitor.write(this.#at.now());
  }

  removed(): Promise<void> {
    return this.#indexing.run(this.bridgeId, () => this.#index.removeAll(this.bridgeId));
  }
}
