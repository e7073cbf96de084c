/** Keeps the state of a bridge's agents in step with Redis. */
import { OrreryError, valueOf } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { FlagId, WorkspaceFlags } from "../../../security/index.ts";
import type { FuseHost, Member, Ownership, StateChange, StateSync, Summary } from "../contract.ts";
import { answersHere } from "../migration/modes.ts";
import { SerialWork } from "../migration/serial-work.ts";
import { agentKeys } from "./agent-keys.ts";
import { beat } from "./legacy-signs.ts";
import { type Fields, isEqual, mergeStates } from "./merge.ts";
import { type Base, StateBases } from "./state-bases.ts";
import { type StateDocument, fieldsOfState, written } from "./state-document.ts";
import { readState, writeState } from "./state-scripts.ts";

/** Attempts against writers on both sides; the next tick tries again. */
const attempts = 5;

/** Feature flags of one workspace. */
export interface FlagReader {
  of(workspaceId: string): Promise<Pick<WorkspaceFlags, "enabled">>;
}

/** State sync of one bridge's agents, on the bridge's storage; `flags` is the isolate's `flagsFor(env)`. */
export const createStateSync = (
  host: Omit<FuseHost, "env">,
  ownership: Pick<Ownership, "holds">,
  flags: FlagReader,
): StateSync => new BridgeStateSync(host, ownership, flags);

/**
 * While the existing agent does the work, its state in Redis is followed. Once ours does, both are kept in step: what
 * changed on each side is told by the last state that both had, and written on each by compare-and-set, ours first, so
 * that whatever is cut off between is done again to the same end.
 */
class BridgeStateSync implements StateSync {
  readonly #host: Omit<FuseHost, "env">;
  readonly #ownership: Pick<Ownership, "holds">;
  readonly #flags: FlagReader;
  readonly #bases: StateBases;
  readonly #serial = new SerialWork();
  /** Both sides as they were when they were found, or brought, in step. */
  readonly #inStep = new Map<string, { raw: StateDocument["raw"]; version: number; mode: Member["mode"] }>();
  /** Why agents cannot be kept in step. */
  readonly #problems = new Map<string, string>();

  constructor(host: Omit<FuseHost, "env">, ownership: Pick<Ownership, "holds">, flags: FlagReader) {
    this.#host = host;
    this.#ownership = ownership;
    this.#flags = flags;
    this.#bases = new StateBases(host.storage.sql);
  }

  /** What peers read for their decisions is told at once; how busy the agent was, with the next tick. */
  changed(fuseAgentId: string, { state }: Summary): void {
    const base = this.#bases.newest(fuseAgentId)?.fields;
    const isUrgent = (name: "status" | "capabilities") => !isEqual(state[name], base?.[name]);
    if (!this.#host.port.connected || !(isUrgent("status") || isUrgent("capabilities"))) return;
    void this.#flags
      .of(this.#host.port.workspaceId)
      .then((flags) => this.#about(fuseAgentId, (member) => this.#sync(member, flags)));
  }

  connected(): Promise<void> {
    return this.#syncAll(false);
  }

  tick(): Promise<void> {
    return this.#syncAll(true);
  }

  problem(fuseAgentId: string): string | null {
    return this.#problems.get(fuseAgentId) ?? null;
  }

  async remove(fuseAgentId: string): Promise<void> {
    await this.#serial.run(fuseAgentId, async () => {
      this.#bases.remove(fuseAgentId);
      this.#inStep.delete(fuseAgentId);
      this.#problems.delete(fuseAgentId);
    });
  }

  async #syncAll(beats: boolean): Promise<void> {
    const flags = await this.#flags.of(this.#host.port.workspaceId);
    const each = async (member: Member): Promise<void> => {
      if (beats && this.#speaks(member))
        await beat(this.#host.port, member.id, { status: member.status, now: this.#host.now() });
      await this.#sync(member, flags);
    };
    await Promise.all(this.#host.members.all().map(({ id }) => this.#about(id, each)));
  }

  /** Whether ours speaks for the agent, so that its state here is more than a copy. */
  #speaks(member: Member): boolean {
    return answersHere(member) && this.#ownership.holds(member.id);
  }

  async #sync(member: Member, flags: Pick<WorkspaceFlags, "enabled">): Promise<void> {
    const on = (name: FlagId) => flags.enabled(name, member.agentId);
    // Where another has the lease, it is that one who keeps the state in step.
    if (!on("fuse-state-mirror") || (answersHere(member) && !this.#ownership.holds(member.id))) return;
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await this.#syncOnce(member, on("fuse-peer-writes"))) return;
    }
    log.debug("fuse.state-not-in-step", { fuseAgentId: member.id });
  }

  /** False where somebody wrote meanwhile, and it has to be looked at anew. */
  async #syncOnce(member: Member, takesTheirs: boolean): Promise<boolean> {
    const host = this.#host;
    const document = await readState(host.port, member.id);
    this.#note(member.id, document);
    if (document.kind === "other") return true;
    const summary = host.summary(member.id) ?? valueOf(await host.agent(member.id).summary());
    const seen = this.#inStep.get(member.id);
    if (seen?.version === summary.version && seen.mode === member.mode && sameRaw(seen.raw, document.raw)) {
      return true;
    }
    const base = this.#bases.newest(member.id);
    const ours = fieldsOfState(summary.state);
    const theirs = takesTheirs ? document.fields : (base?.fields ?? {});
    const merged = answersHere(member)
      ? mergeStates({ base: this.#ancestor(member.id, document, base), ours, theirs }, member.conflicts)
      : { ...ours, ...theirs };
    const version = await this.#take(member, summary, ours, merged);
    if (version === null) return false;
    const after = { raw: document.raw, version, mode: member.mode };
    if (!answersHere(member)) {
      this.#bases.save(member.id, { version: document.version ?? base?.version ?? 0, fields: merged });
      this.#inStep.set(member.id, after);
      return true;
    }
    const isWritten = base !== null && isEqual(merged, base.fields) && isEqual(merged, document.fields);
    if (isWritten) {
      this.#inStep.set(member.id, after);
      return true;
    }
    return this.#write(member, document, base, merged, after);
  }

  #note(agent: string, { kind, raw }: StateDocument): void {
    const before = this.problem(agent);
    const key = agentKeys(agent).state;
    const now = kind === "other" ? `${key} is a ${String(raw)} in Redis, and neither JSON nor a hash` : null;
    if (now === before) return;
    if (now === null) this.#problems.delete(agent);
    else {
      this.#problems.set(agent, now);
      log.warn("fuse.state-unreadable", { fuseAgentId: agent, kind: String(raw) });
    }
    this.#host.changed(agent);
  }

  /** What the document was made from: a version from long ago is no change of the newest. */
  #ancestor(agent: string, { version }: StateDocument, newest: Base | null): Fields | null {
    const read = version === null ? null : this.#bases.at(agent, version);
    return (read ?? newest)?.fields ?? null;
  }

  /** Changes ours to what was merged; answers its version then, or null where it was changed meanwhile. */
  async #take(member: Member, summary: Summary, ours: Fields, merged: Fields): Promise<number | null> {
    const differing = Object.keys(merged).filter((name) => !isEqual(merged[name], ours[name]));
    if (differing.length === 0) return summary.version;
    // The fields were read by the state's own schema.
    const change = Object.fromEntries(differing.map((name) => [name, merged[name]])) as StateChange;
    const answer = await this.#host.agent(member.id).changeState(change, summary.version);
    this.#host.heard(member.id, answer.summary);
    if (!answer.changed) return null;
    this.#host.changed(member.id);
    return answer.summary.version;
  }

  async #write(
    member: Member,
    before: StateDocument,
    base: Base | null,
    fields: Fields,
    after: { version: number; mode: Member["mode"] },
  ): Promise<boolean> {
    const version = Math.max(base?.version ?? 0, before.version ?? 0) + 1;
    const text = written(before, member.id, fields, version);
    if (!(await writeState(this.#host.port, member.id, before, text))) return false;
    this.#bases.save(member.id, { version, fields });
    const raw = typeof text === "string" ? text : { ...(before.raw as Record<string, string>), ...text };
    this.#inStep.set(member.id, { ...after, raw });
    return true;
  }

  /** Does something about an agent, if it is still there; what fails is tried again at the next tick. */
  async #about(agent: string, work: (member: Member) => Promise<void>): Promise<void> {
    try {
      await this.#serial.run(agent, async () => {
        const member = this.#host.members.find(agent);
        if (member !== undefined) await work(member);
      });
    } catch (error) {
      // Without Redis there is nothing to be in step with, and the bridge says that already.
      if (error instanceof OrreryError && error.code === "upstream_failed") return;
      log.warn("fuse.state-not-in-step", { fuseAgentId: agent, error });
    }
  }
}

const sameRaw = (one: StateDocument["raw"], other: StateDocument["raw"]): boolean =>
  one === other ||
  (one !== null && typeof one === "object" && typeof other === "object" && isEqual(one, other));
