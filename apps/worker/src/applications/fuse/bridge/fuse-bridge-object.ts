import { OrreryError, timestamp, valueOf } from "@orrery/protocol";
import type { FuseAgent, MigrationResult, Outcome, Page, ShadowDifference } from "@orrery/protocol";
import { agentStub } from "../../../agents/index.ts";
import { RedisBridgeObject } from "../../../channels/index.ts";
import type { BridgePort, BridgeReceiver } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { flagsFor } from "../../../security/index.ts";
import type { Activity, Member, MigrateRequest, Report, Summary } from "../contract.ts";
import { type FoundAgent, findAgents } from "../migration/found-agents.ts";
import { FuseReceiver } from "./fuse-receiver.ts";

/** Milliseconds that the removal of an agent may take, and between two looks whether it is done. */
const patienceMs = 20_000;
const lookMs = 100;
/** Errors after which a removal is gone on with. */
const passing: ReadonlySet<string> = new Set(["rate_limited", "upstream_failed"]);

/** How something is removed: with `force` although something is lost by it. */
export interface Removal {
  readonly force?: boolean | undefined;
}

/** An agent that is to be one of the bridge's. */
export type NewMember = Omit<Member, "activity" | "createdAt" | "status" | "updatedAt">;

/**
 * The bridge of a workspace to the New Fuse's Redis: what arrives goes to the agents that it is for, and what they
 * answer goes out. Called by RPC, for a workspace; to any other this bridge, and its agents, do not exist.
 */
export class FuseBridgeObject extends RedisBridgeObject {
  #receiver: FuseReceiver | undefined;
  /** Names of agents that are being made. */
  readonly #enrolling = new Set<string>();

  protected override receiver(port: BridgePort): BridgeReceiver {
    return this.#fuse(port);
  }

  #fuse(port: BridgePort): FuseReceiver {
    this.#receiver ??= new FuseReceiver({
      env: this.env,
      storage: this.ctx.storage,
      port,
      now: () => Date.now(),
      after: (milliseconds, work) => void setTimeout(work, milliseconds),
    });
    return this.#receiver;
  }

  /** Removes the bridge with its agents; see {@link dismiss}. */
  override async remove(workspaceId: string, { force = false }: Removal = {}): Promise<Outcome<null>> {
    const dismissed = await this.#for(workspaceId, async (fuse) => {
      const all = await Promise.allSettled(
        fuse.members.all().map(({ id }) => this.#dismiss(fuse, id, force)),
      );
      const failed = all.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      return null;
    });
    return dismissed.ok ? await super.remove(workspaceId, { force }) : dismissed;
  }

  /** {@link FuseBridgePort.report} */
  report(workspaceId: string, fuseAgentId: string, report: Report): Promise<Outcome<{ tooLarge: string[] }>> {
    return this.#for(workspaceId, (fuse) => fuse.report(fuseAgentId, report));
  }

  /**
   * Makes an agent one of the bridge's. Where this fails, it is none.
   * @throws OrreryError `conflict` where there is one of that name
   */
  enrol(workspaceId: string, member: NewMember): Promise<Outcome<FuseAgent>> {
    return this.#for(workspaceId, async (fuse) => {
      const { id } = member;
      if (fuse.members.find(id) || this.#enrolling.has(id)) {
        throw new OrreryError("conflict", `The bridge has an agent ${id} already.`);
      }
      this.#enrolling.add(id);
      try {
        await this.#enrol(fuse, member);
      } finally {
        this.#enrolling.delete(id);
      }
      return await this.#card(fuse, id);
    });
  }

  async #enrol(fuse: FuseReceiver, member: NewMember): Promise<void> {
    const { workspaceId, bridgeId } = fuse;
    const { id, agentId, confidential, capabilities } = member;
    const identity = { workspaceId, bridgeId, id, agentId, confidential };
    const summary = valueOf(await fuse.roll.stub(id).initialize(identity, capabilities));
    const now = timestamp(Date.now());
    const { state, activity } = summary;
    fuse.members.save({
      ...member,
      capabilities: state.capabilities,
      status: state.status,
      activity,
      createdAt: now,
      updatedAt: now,
    });
    fuse.roll.heard(id, summary);
    // From here on it is one: what fails of the rest is done by the next tick.
    await fuse.ownership
      .added(id)
      .catch((error: unknown) => log.warn("fuse.agent-not-listened-to", { fuseAgentId: id, error }));
    await this.#reindex(fuse);
    fuse.changed(id);
  }

  /**
   * Removes an agent and all that is kept of it here; of what is in Redis, what existing agents know stays, and the last
   * token of its lease. From the first moment the existing system answers for it; it goes when what it has not finished, and
   * what it answered, is in Redis and its lease is given back. With `force` it goes at once. The agent of the platform goes,
   * too, where it was made with it.
   * @throws OrreryError `conflict` where this takes longer: it goes on by itself, and is to be asked for again
   */
  dismiss(workspaceId: string, fuseAgentId: string, { force = false }: Removal = {}): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (fuse) => {
      await this.#dismiss(fuse, fuseAgentId, force);
      return null;
    });
  }

  async #dismiss(fuse: FuseReceiver, fuseAgentId: string, force: boolean): Promise<void> {
    const { agentId, agentMade } = fuse.members.get(fuseAgentId);
    await this.#giveUp(fuse, fuseAgentId, force);
    await fuse.state.remove(fuseAgentId);
    await fuse.roll.stub(fuseAgentId).remove();
    if (agentMade) {
      const removed = await agentStub(this.env, agentId).remove(fuse.workspaceId);
      // Somebody may have deleted it before.
      if (!removed.ok && removed.refusal.code !== "not_found") valueOf(removed);
    }
    await fuse.forget(fuseAgentId);
    fuse.changed(fuseAgentId);
  }

  /** Has the existing system answer for an agent, and waits until nothing of it is left here. */
  async #giveUp(fuse: FuseReceiver, fuseAgentId: string, force: boolean): Promise<void> {
    const until = Date.now() + patienceMs;
    for (;;) {
      const isGone = await fuse.ownership.remove(fuseAgentId, force).catch((error: unknown) => {
        if (error instanceof OrreryError && passing.has(error.code)) return false;
        throw error;
      });
      if (isGone) return;
      if (Date.now() >= until || !fuse.isConnected) break;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      await fuse.tellDeliveries();
    }
    const why = fuse.isConnected ? "" : " There is no connection to Redis.";
    throw new OrreryError(
      "conflict",
      `The existing system answers for ${fuseAgentId} now; what ours has not finished is still on its way there.${why} Ask again, or force it, and that is lost.`,
    );
  }

  /** The cards of agents; those that are not the bridge's are left out. */
  agents(workspaceId: string, fuseAgentIds: readonly string[]): Promise<Outcome<FuseAgent[]>> {
    return this.#for(workspaceId, async (fuse) => {
      const known = fuseAgentIds.filter((id) => fuse.members.find(id));
      return await Promise.all(known.map((id) => this.#card(fuse, id)));
    });
  }

  setActivity(workspaceId: string, fuseAgentId: string, activity: Activity): Promise<Outcome<FuseAgent>> {
    return this.#for(workspaceId, async (fuse) => {
      fuse.members.get(fuseAgentId);
      await fuse.roll.setActivity(fuseAgentId, activity);
      return await this.#card(fuse, fuseAgentId);
    });
  }

  /** Changes who answers for an agent. */
  migrate(
    workspaceId: string,
    fuseAgentId: string,
    request: MigrateRequest,
  ): Promise<Outcome<MigrationResult>> {
    return this.#for(workspaceId, async (fuse) => {
      fuse.members.get(fuseAgentId);
      const result = await fuse.ownership.migrate(fuseAgentId, request);
      await this.#reindex(fuse);
      return { ...result, agent: await this.#card(fuse, fuseAgentId) };
    });
  }

  /** Tasks that both sides did. */
  differences(
    workspaceId: string,
    fuseAgentId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Outcome<Page<ShadowDifference>>> {
    return this.#for(workspaceId, (fuse) => {
      fuse.members.get(fuseAgentId);
      return fuse.ownership.differences(fuseAgentId, query);
    });
  }

  /** Agents of the existing system that Redis tells of, and which of them are the bridge's already. */
  importable(
    workspaceId: string,
    ids: readonly string[] | null,
  ): Promise<Outcome<{ found: FoundAgent[]; existing: string[]; truncated: boolean }>> {
    return this.visit(workspaceId, async (port) => {
      const { members } = this.#fuse(port);
      const known = new Map(members.all().map(({ id, capabilities }) => [id, capabilities]));
      const { found, truncated } = await findAgents(port, known, ids ?? undefined);
      return { found, existing: found.map(({ id }) => id).filter((id) => known.has(id)), truncated };
    });
  }

  async #card(fuse: FuseReceiver, fuseAgentId: string): Promise<FuseAgent> {
    const member = fuse.members.get(fuseAgentId);
    const summary = fuse.roll.summary(fuseAgentId) ?? (await this.#ask(fuse, fuseAgentId));
    const flags = await flagsFor(this.env).of(fuse.workspaceId);
    return {
      id: member.id,
      bridgeId: fuse.bridgeId,
      agentId: member.agentId,
      mode: member.mode,
      canaryPercent: member.canaryPercent,
      legacyChannels: member.legacyChannels,
      state: summary.state,
      activity: summary.activity,
      conflicts: { ...member.conflicts },
      tasks: summary.tasks,
      stateProblem: fuse.state.problem(fuseAgentId),
      flags: flags.all(member.agentId),
      createdAt: member.createdAt,
      updatedAt: member.updatedAt,
      ...fuse.ownership.card(fuseAgentId),
    };
  }

  /** Writes to the index what it does not have, now or at the next tick. */
  async #reindex(fuse: FuseReceiver): Promise<void> {
    await fuse.reindex().catch((error: unknown) => log.warn("fuse.index-behind", { error }));
  }

  /** An agent that has not spoken since the bridge started is asked. */
  async #ask(fuse: FuseReceiver, fuseAgentId: string): Promise<Summary> {
    const summary = valueOf(await fuse.roll.stub(fuseAgentId).summary());
    fuse.roll.heard(fuseAgentId, summary);
    return summary;
  }

  #for<Value>(
    workspaceId: string,
    work: (fuse: FuseReceiver) => Value | Promise<Value>,
  ): Promise<Outcome<Value>> {
    return this.visit(workspaceId, (port) => work(this.#fuse(port)));
  }
}
