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

/** An agent that is to be one of the bridge's. */
export type NewMember = Omit<Member, "activity" | "createdAt" | "status" | "updatedAt">;

/**
 * The bridge of a workspace to the New Fuse's Redis: what arrives goes to the agents that it is for, and what they
 * answer goes out. Called by RPC, for a workspace; to any other this bridge, and its agents, do not exist.
 */
export class FuseBridgeObject extends RedisBridgeObject {
  #receiver: FuseReceiver | undefined;

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
  override async remove(
    workspaceId: string,
    options: { force?: boolean | undefined } = {},
  ): Promise<Outcome<null>> {
    const dismissed = await this.#for(workspaceId, async (fuse) => {
      for (const { id } of fuse.members.all()) await this.#dismiss(fuse, id);
      return null;
    });
    return dismissed.ok ? await super.remove(workspaceId, options) : dismissed;
  }

  /** {@link FuseBridgePort.report} */
  report(workspaceId: string, fuseAgentId: string, report: Report): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (fuse) => {
      await fuse.report(fuseAgentId, report);
      return null;
    });
  }

  /** Makes an agent one of the bridge's. @throws OrreryError `conflict` where there is one of that name */
  enrol(workspaceId: string, member: NewMember): Promise<Outcome<FuseAgent>> {
    return this.#for(workspaceId, async (fuse) => {
      const { id, agentId, confidential, capabilities } = member;
      if (fuse.members.find(id)) throw new OrreryError("conflict", `The bridge has an agent ${id} already.`);
      const identity = { workspaceId, bridgeId: fuse.bridgeId, id, agentId, confidential };
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
      await fuse.ownership.added(id);
      await fuse.reindex();
      fuse.changed(id);
      return await this.#card(fuse, id);
    });
  }

  /**
   * Removes an agent and all that is kept of it here and in Redis; its lease is given back first, with what it has not
   * finished. The agent of the platform goes, too, where it was made with it.
   */
  dismiss(workspaceId: string, fuseAgentId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (fuse) => {
      await this.#dismiss(fuse, fuseAgentId);
      return null;
    });
  }

  async #dismiss(fuse: FuseReceiver, fuseAgentId: string): Promise<void> {
    const { agentId, agentMade } = fuse.members.get(fuseAgentId);
    await fuse.ownership.remove(fuseAgentId);
    await fuse.state.remove(fuseAgentId);
    await fuse.roll.stub(fuseAgentId).remove();
    if (agentMade) {
      const removed = await agentStub(this.env, agentId).remove(fuse.workspaceId);
      // Somebody may have deleted it before.
      if (!removed.ok && removed.refusal.code !== "not_found") valueOf(removed);
    }
    await fuse.index.remove(fuse.bridgeId, fuseAgentId);
    fuse.forget(fuseAgentId);
    fuse.changed(fuseAgentId);
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
      await fuse.reindex().catch((error: unknown) => log.warn("fuse.index-behind", { error }));
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
  ): Promise<Outcome<{ found: FoundAgent[]; existing: string[] }>> {
    return this.visit(workspaceId, async (port) => {
      const found = await findAgents(port, ids ?? undefined);
      const { members } = this.#fuse(port);
      return { found, existing: found.map(({ id }) => id).filter((id) => members.find(id) !== undefined) };
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
      flags: flags.all(member.agentId),
      createdAt: member.createdAt,
      updatedAt: member.updatedAt,
      ...fuse.ownership.card(fuseAgentId),
    };
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
