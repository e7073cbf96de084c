/** The agents of a bridge as its parts see them: who they are, what they last said of themselves, how to call them. */
import type { Activity, Member, StateSync, Summary } from "../contract.ts";
import type { FuseAgentObjectStub } from "./bridge-access.ts";
import type { StoredMembers } from "../routing/members.ts";

export interface RollHost {
  readonly members: StoredMembers;
  stub(fuseAgentId: string): FuseAgentObjectStub;
  state(): Pick<StateSync, "changed">;
  /** Says `fuse.agent` to the workspace's consoles. */
  changed(fuseAgentId: string): void;
  /** Shows people how many tasks wait and run. */
  load(fuseAgentId: string, tasks: number): void;
  now(): string;
}

export class Roll {
  readonly #host: RollHost;
  readonly #summaries = new Map<string, Summary>();

  constructor(host: RollHost) {
    this.#host = host;
  }

  stub(fuseAgentId: string): FuseAgentObjectStub {
    return this.#host.stub(fuseAgentId);
  }

  summary(fuseAgentId: string): Summary | null {
    return this.#summaries.get(fuseAgentId) ?? null;
  }

  load(fuseAgentId: string): number {
    const tasks = this.#summaries.get(fuseAgentId)?.tasks;
    return tasks ? tasks.queued + tasks.running : 0;
  }

  /** Hears what an agent says of itself; the member follows, and so does Redis where the state changed. */
  heard(fuseAgentId: string, summary: Summary): void {
    const before = this.#summaries.get(fuseAgentId);
    // Calls overtake one another: an older word does not undo a newer one.
    if (before && before.version > summary.version) return;
    this.#summaries.set(fuseAgentId, summary);
    const member = this.#host.members.find(fuseAgentId);
    if (!member) return;
    this.#host.load(fuseAgentId, this.load(fuseAgentId));
    const { state, activity } = summary;
    const same =
      member.status === state.status &&
      member.activity === activity &&
      sameCapabilities(member.capabilities, state.capabilities);
    if (!same) this.#save({ ...member, status: state.status, capabilities: state.capabilities, activity });
    if (before?.version !== summary.version) this.#host.state().changed(fuseAgentId, summary);
  }

  /** Has an agent pause, go on or drain. @throws OrreryError `not_found` */
  async setActivity(fuseAgentId: string, activity: Activity): Promise<void> {
    const outcome = await this.stub(fuseAgentId).setActivity(activity);
    if (outcome.ok) this.heard(fuseAgentId, outcome.value);
  }

  /** Changes what an agent can do. */
  async setCapabilities(fuseAgentId: string, capabilities: readonly string[]): Promise<void> {
    const member = this.#host.members.get(fuseAgentId);
    if (sameCapabilities(member.capabilities, capabilities)) return;
    const { summary } = await this.stub(fuseAgentId).changeState({ capabilities }, null);
    this.heard(fuseAgentId, summary);
  }

  forget(fuseAgentId: string): void {
    this.#summaries.delete(fuseAgentId);
  }

  #save(member: Member): void {
    this.#host.members.save({ ...member, updatedAt: this.#host.now() });
    this.#host.changed(member.id);
  }
}

/** Whether two lists name the same, in whatever order. */
export const sameCapabilities = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((capability) => other.includes(capability));
