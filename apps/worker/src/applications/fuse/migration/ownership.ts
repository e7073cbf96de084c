/** Who answers for each agent of a bridge: decisions, leases and changes of mode, put together. */
import { type MigrationResult, OrreryError, timestamp } from "@orrery/protocol";
import type { Delivery, Fence, Verdict } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { assertTaken } from "../assert-taken.ts";
import type {
  LegacyResult,
  Member,
  MigrateRequest,
  Ownership,
  OwnershipHost,
  ShadowResult,
  Side,
  TaskDelivery,
} from "../contract.ts";
import { Decisions, sideOf } from "./decisions.ts";
import { Giving } from "./giving.ts";
import { HandBacks, taskForLegacy } from "./hand-backs.ts";
import { Handover } from "./handover.ts";
import { Leases } from "./leases.ts";
import { keysOfAgent, readKey } from "./message-keys.ts";
import { privateResults } from "./private-channels.ts";
import { PrivateResults } from "./private-results.ts";
import { ResultVerdicts } from "./result-verdicts.ts";
import { SerialWork } from "./serial-work.ts";
import { ShadowBook } from "./shadow-book.ts";
import { SharedStream } from "./shared-stream.ts";
import { forgetAgent, migrateStore } from "./store.ts";
import { Transitions } from "./transitions.ts";

/** Leases and migrations of one bridge's agents, on the bridge's storage. */
export function createOwnership(host: OwnershipHost): Ownership {
  const { sql } = host.storage;
  const now = () => host.now();
  migrateStore(sql);
  const decisions = new Decisions(sql, now);
  const leases = new Leases(sql, host.port, now);
  const shadows = new ShadowBook(sql, now);
  const giving = new Giving();
  const stream = new SharedStream(host, decisions);
  const handBacks = new HandBacks({ sql, host, decisions, stream, giving });
  const kept = new PrivateResults(sql, host, leases);
  const verdicts = new ResultVerdicts({ sql, host, decisions, shadows, privateResults: kept });
  const transitions = new Transitions(sql, now);
  const handover = new Handover({ host, decisions, leases, handBacks, privateResults: kept, transitions });
  return new BridgeOwnership({
    host,
    decisions,
    stream,
    giving,
    leases,
    shadows,
    handBacks,
    kept,
    verdicts,
    transitions,
    handover,
  });
}

interface Parts {
  readonly host: OwnershipHost;
  readonly decisions: Decisions;
  readonly stream: SharedStream;
  readonly giving: Giving;
  readonly leases: Leases;
  readonly shadows: ShadowBook;
  readonly handBacks: HandBacks;
  readonly kept: PrivateResults;
  readonly verdicts: ResultVerdicts;
  readonly transitions: Transitions;
  readonly handover: Handover;
}

class BridgeOwnership implements Ownership {
  readonly #parts: Parts;
  /** One thing at a time is done about an agent's lease. */
  readonly #serial = new SerialWork();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  decide(fuseAgentId: string, taskId: string, by: Parameters<Ownership["decide"]>[2] = {}): Side {
    const { decisions, host } = this.#parts;
    const { entry = null, source = null } = by;
    return decisions.decide(host.members.get(fuseAgentId), taskId, entry, source);
  }

  giving<Result>(fuseAgentId: string, work: () => Promise<Result>): Promise<Result> {
    return this.#parts.giving.run(fuseAgentId, work);
  }

  taken(fuseAgentId: string, tasks: readonly { taskId: string; heard: boolean }[]): void {
    this.#parts.decisions.taken(fuseAgentId, tasks);
  }

  moved(fuseAgentId: string, taskId: string, to: string): void {
    this.#parts.decisions.move(fuseAgentId, taskId, to);
  }

  receives(fuseAgentId: string, taskId: string): Side {
    const { decisions, host } = this.#parts;
    return decisions.receive(host.members.get(fuseAgentId), taskId);
  }

  prospect(fuseAgentId: string, taskId: string): Side {
    const { decisions, host } = this.#parts;
    return decisions.find(fuseAgentId, taskId)?.side ?? sideOf(host.members.get(fuseAgentId), taskId);
  }

  assigned(taskId: string): string | null {
    return this.#parts.decisions.of(taskId)[0]?.agent ?? null;
  }

  deciders(taskId: string): readonly string[] {
    return this.#parts.decisions.of(taskId).map(({ agent }) => agent);
  }

  async forward(fuseAgentId: string, delivery: TaskDelivery): Promise<void> {
    const { host } = this.#parts;
    const member = host.members.get(fuseAgentId);
    if (member.legacyChannels !== "private") return;
    assertTaken(await host.port.send([taskForLegacy(host, member, delivery, "forward")]));
  }

  fence(fuseAgentId: string): Fence {
    return this.#parts.leases.fence(fuseAgentId);
  }

  holds(fuseAgentId: string): boolean {
    return this.#parts.leases.isSure(fuseAgentId);
  }

  results(results: readonly LegacyResult[]): Promise<Verdict[]> {
    return this.#parts.verdicts.decide(results);
  }

  shadowed(fuseAgentId: string, results: readonly ShadowResult[]): void {
    for (const result of results) this.#parts.shadows.ours(fuseAgentId, result);
  }

  fenced(fuseAgentId: string): void {
    this.#parts.leases.noteFenced(fuseAgentId);
  }

  async delivered(deliveries: readonly Delivery[]): Promise<void> {
    this.#parts.kept.delivered(deliveries);
    for (const { key, outcome } of deliveries) {
      const acknowledged = outcome === "fenced" ? readKey("ack", key) : null;
      if (acknowledged) this.#parts.decisions.noteLate(acknowledged.agent, acknowledged.taskId);
    }
    const arrived = await this.#parts.handBacks.delivered(deliveries);
    // Whoever tells us of deliveries does not wait until Redis has answered about leases.
    for (const agent of arrived)
      void this.#about(agent, (member) => this.#parts.handover.giveBackFurther(member));
  }

  connected(): Promise<void> {
    return this.#tendAll();
  }

  async tick(): Promise<void> {
    await this.#tendAll();
    this.#parts.decisions.tidy();
    this.#parts.shadows.tidy();
    await this.#clearStream();
  }

  /** What is told goes from the stream in time, so that it can be forgotten. */
  async #clearStream(): Promise<void> {
    const { stream } = this.#parts;
    await Promise.all(
      Array.from(stream.old(), ([agent, tasks]) =>
        this.#about(agent, (member) => stream.clearOld(member, tasks)),
      ),
    );
  }

  extraChannels(): readonly { role: "results"; name: string }[] {
    const { host, leases } = this.#parts;
    const before = leases.everPrivate();
    return host.members
      .all()
      .filter(({ id, legacyChannels }) => legacyChannels === "private" || before.has(id))
      .map(({ id }) => ({ role: "results" as const, name: privateResults(host.port, id) }));
  }

  migrate(fuseAgentId: string, request: MigrateRequest): Promise<Omit<MigrationResult, "agent">> {
    return this.#serial.run(fuseAgentId, async () => {
      const member = this.#parts.host.members.get(fuseAgentId);
      return { handedBack: await this.#parts.handover.migrate(member, request) };
    });
  }

  async added(fuseAgentId: string): Promise<void> {
    const { handover, host, leases } = this.#parts;
    if (host.members.get(fuseAgentId).legacyChannels !== "private") return;
    leases.notePrivate(fuseAgentId);
    await host.port.listen();
    await this.#about(fuseAgentId, () => handover.tend(fuseAgentId));
  }

  remove(fuseAgentId: string, force: boolean): Promise<boolean> {
    const { host, handover, leases, shadows } = this.#parts;
    return this.#serial.run(fuseAgentId, async () => {
      const member = host.members.find(fuseAgentId);
      if (member !== undefined && !(await handover.leave(member, force))) return false;
      forgetAgent(host.storage.sql, fuseAgentId);
      // One that is made again under its name has none of its tasks.
      for (const prefix of keysOfAgent(fuseAgentId)) host.port.forgetAll(prefix);
      leases.forget(fuseAgentId);
      shadows.forget(fuseAgentId);
      return true;
    });
  }

  card(fuseAgentId: string): ReturnType<Ownership["card"]> {
    const { handover, leases, shadows, transitions } = this.#parts;
    const lease = leases.known(fuseAgentId);
    return {
      lease: lease && {
        owner: lease.owner,
        token: lease.token,
        expiresAt: lease.expiresAt === null ? null : timestamp(lease.expiresAt),
      },
      legacyAlive: handover.legacyAlive(fuseAgentId),
      migrating: transitions.find(fuseAgentId) !== null,
      shadow: shadows.counts(fuseAgentId),
    };
  }

  differences(
    fuseAgentId: string,
    query: { limit: number; cursor?: string | undefined },
  ): ReturnType<Ownership["differences"]> {
    return this.#parts.shadows.differences(fuseAgentId, query);
  }

  async #tendAll(): Promise<void> {
    const { host, handover } = this.#parts;
    await Promise.all(host.members.all().map(({ id }) => this.#about(id, () => handover.tend(id))));
  }

  /** Does something about an agent, if it is still there; what fails is tried again at the next tick. */
  async #about(agent: string, work: (member: Member) => Promise<void>): Promise<void> {
    try {
      await this.#serial.run(agent, async () => {
        const member = this.#parts.host.members.find(agent);
        if (member !== undefined) await work(member);
      });
    } catch (error) {
      // Without Redis there is nothing to be done about leases, and the bridge says that already.
      if (error instanceof OrreryError && error.code === "upstream_failed") return;
      log.warn("fuse.ownership-not-tended", { fuseAgentId: agent, error });
    }
  }
}
