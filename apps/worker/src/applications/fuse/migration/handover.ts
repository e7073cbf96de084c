/** Changes of who answers for an agent, and what keeps them in force. */
import { OrreryError, timestamp } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { Member, MigrateRequest, OwnershipHost } from "../contract.ts";
import { isLegacyAlive, silence } from "../state/legacy-signs.ts";
import type { Decisions } from "./decisions.ts";
import type { HandBacks } from "./hand-backs.ts";
import type { LeaseEntry } from "./lease.ts";
import type { ClaimOutcome, Leases } from "./leases.ts";
import {
  afterMigration,
  answersHere,
  asksForSilence,
  assertOneAnswers,
  givesTasksBack,
  leasePercent,
  needsLease,
} from "./modes.ts";
import type { PrivateResults } from "./private-results.ts";
import type { Transitions } from "./transitions.ts";

/** Errors after which a change goes on by itself. */
const waits: ReadonlySet<string> = new Set(["rate_limited", "upstream_failed"]);

interface Parts {
  readonly host: OwnershipHost;
  readonly decisions: Decisions;
  readonly leases: Leases;
  readonly handBacks: HandBacks;
  readonly privateResults: PrivateResults;
  readonly transitions: Transitions;
}

/**
 * To take over, the lease comes first and the mode after; to give back, the mode first, then the unfinished tasks, and
 * the lease last. So at no moment do both sides answer, and a change that was cut off goes on where it stopped.
 * Calls about one agent come one after the other.
 */
export class Handover {
  readonly #parts: Parts;
  readonly #legacyAlive = new Map<string, boolean>();
  /** Agents whose lease was renewed since this process began: what waited under it before was sent again. */
  readonly #resumed = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether the existing agent gave signs of life when they were looked for last; null before. */
  legacyAlive(agent: string): boolean | null {
    return this.#legacyAlive.get(agent) ?? null;
  }

  /** Changes the mode; says how many tasks were handed back so far. @throws as {@link Ownership.migrate} */
  async migrate(before: Member, request: MigrateRequest): Promise<number> {
    const { handBacks, host, transitions } = this.#parts;
    const after = afterMigration(before, request);
    // Tasks that were given up and are on no disk but the agent's are not left behind: where ours answers again, nobody
    // would send them later.
    const interrupted = transitions.find(before.id)?.step === "giving-back" && !handBacks.wasSent(before.id);
    const sendFirst = (): Promise<number> =>
      answersHere(after) ? handBacks.send(before) : this.#sendBack(before);
    const earlier = interrupted ? await sendFirst() : 0;
    const goesOn = interrupted && !handBacks.wasSent(before.id);
    if (needsLease(after)) await this.#take(before, after, request);
    const givesBack = givesTasksBack(before, after) || (needsLease(before) && !needsLease(after));
    host.storage.transactionSync(() => {
      this.#save(before, after);
      if (givesBack || goesOn) this.#beginGivingBack(after.id);
      else if (needsLease(after)) transitions.end(after.id);
    });
    await this.#wake(before, after);
    await host.port.listen();
    return givesBack ? earlier + (await this.#sendBack(after)) : earlier;
  }

  /** Renews what is ours, looks at what is not, and goes on with what is under way. @throws OrreryError `upstream_failed` */
  async tend(agent: string): Promise<void> {
    const { host, transitions } = this.#parts;
    await this.#finishTaking(host.members.get(agent));
    await this.#look(agent);
    if (needsLease(host.members.get(agent))) await this.#renew(host.members.get(agent));
    else if (transitions.find(agent) === null) await this.#watch(agent);
    await this.#sendKept(host.members.get(agent));
    await this.giveBackFurther(host.members.get(agent));
  }

  /** The lease goes back once everything that was said under it is in Redis. @throws as {@link tend} */
  async giveBackFurther(member: Member): Promise<void> {
    const { host, handBacks, leases, transitions } = this.#parts;
    if (transitions.find(member.id)?.step !== "giving-back") return;
    if (!handBacks.wasSent(member.id)) await handBacks.send(member);
    if (!handBacks.haveArrived(member.id)) return;
    if (!needsLease(member)) {
      await silence(host.port, member.id);
      await leases.giveBack(member.id);
    }
    transitions.end(member.id);
    handBacks.done(member.id);
    host.changed(member.id);
  }

  /**
   * Gives everything back, before the agent is removed: whoever asks again, until it is true, has lost nothing. With
   * `force` it is done as far as it can be at once.
   * @throws as {@link tend}
   */
  async leave(member: Member, force: boolean): Promise<boolean> {
    const { host, handBacks, leases, privateResults, transitions } = this.#parts;
    const { id } = member;
    const waitsForRedis = !force || host.port.connected;
    if (waitsForRedis) await this.#finishTaking(member);
    const now = host.members.get(id);
    if (answersHere(now)) await this.migrate(now, { mode: "legacy", force: false });
    const after = host.members.get(id);
    if (waitsForRedis) await this.giveBackFurther(after);
    else if (transitions.find(id)?.step === "giving-back" && !handBacks.wasSent(id)) {
      await handBacks.send(after, { force });
    }
    const isDone =
      transitions.find(id) === null &&
      privateResults.haveArrived(id) &&
      (await host.agent(id).remaining()) === 0;
    if (!isDone && !force) return false;
    if (waitsForRedis && leases.token(id) > 0 && leases.known(id)?.owner !== "legacy") {
      await silence(host.port, id);
      await leases.giveBack(id);
    }
    this.#legacyAlive.delete(id);
    this.#resumed.delete(id);
    handBacks.done(id);
    return true;
  }

  async #take(before: Member, after: Member, request: MigrateRequest): Promise<void> {
    const { host, leases, transitions } = this.#parts;
    if (!request.force && asksForSilence(before, after)) {
      assertOneAnswers(after, await this.#look(after.id));
    }
    // What is ours already needs no word from Redis, and for the way back none is needed ever.
    if (needsLease(before) && (leases.isSure(after.id) || !answersHere(after))) return;
    const earlier = transitions.find(after.id);
    const takeBack = (): void =>
      earlier === null ? transitions.end(after.id) : transitions.begin(after.id, earlier);
    transitions.begin(after.id, { step: "taking", request });
    let claimed: ClaimOutcome;
    try {
      claimed = await leases.claim(after.id, leasePercent(after), request.force ? "anyone" : "legacy");
    } catch (error) {
      takeBack();
      throw error;
    }
    if (claimed.outcome === "held") return;
    takeBack();
    host.changed(after.id);
    throw new OrreryError(
      "conflict",
      `Another bridge answers for ${after.id} (${claimed.to?.holder ?? "it gave no name"}). Take it back there, or force it.`,
    );
  }

  /** A process that ended between the lease and the mode had the lease, or was about to take it. */
  async #finishTaking(member: Member): Promise<void> {
    const { leases, transitions, host } = this.#parts;
    const transition = transitions.find(member.id);
    if (transition?.step !== "taking") return;
    const after = afterMigration(member, transition.request);
    const takeFrom = transition.request.force ? "anyone" : "legacy";
    const { outcome } = await leases.claim(member.id, leasePercent(after), takeFrom);
    host.storage.transactionSync(() => {
      if (outcome === "held") this.#save(member, after);
      transitions.end(member.id);
    });
    if (outcome === "held") await this.#wake(member, after);
    else log.warn("fuse.takeover-lost", { fuseAgentId: member.id });
  }

  /** One whose predecessor was stopped politely is inactive, as that one said, and would never begin. */
  async #wake(before: Member, after: Member): Promise<void> {
    if (answersHere(before) || !answersHere(after)) return;
    const { host } = this.#parts;
    const { summary } = await host.agent(after.id).changeState({ status: "active" }, null);
    host.heard(after.id, summary);
  }

  async #renew(member: Member): Promise<void> {
    const { decisions, leases } = this.#parts;
    const percent = leasePercent(member);
    const heldAt = leases.heldAt(member.id);
    let claimed = await leases.claim(member.id, percent, "nobody");
    if (claimed.outcome === "lost" && (claimed.to === null || !answersHere(member))) {
      claimed = await leases.claim(member.id, percent, "legacy");
    }
    if (claimed.outcome === "held" && !claimed.anew) decisions.forgetLate(member.id);
    if (claimed.outcome === "lost" && answersHere(member)) await this.#demote(member, claimed.to, heldAt);
  }

  /** Somebody took the agent from us, an operator by hand perhaps: what is unfinished is theirs now. */
  async #demote(member: Member, to: LeaseEntry | null, heldAt: number | null): Promise<void> {
    const { decisions, host } = this.#parts;
    log.warn("fuse.lease-lost", { fuseAgentId: member.id, owner: to?.owner, holder: to?.holder });
    const after: Member = { ...member, mode: "legacy" };
    host.storage.transactionSync(() => {
      // On private channels the existing agent has nothing but what it is handed.
      if (after.legacyChannels === "shared") decisions.leaveLate(after.id, heldAt);
      this.#save(member, after);
      this.#beginGivingBack(after.id);
    });
    await this.#sendBack(after);
  }

  /** Sees who owns an agent that is not ours. One that Redis says is ours was claimed by a call whose answer was lost. */
  async #watch(agent: string): Promise<void> {
    const { leases } = this.#parts;
    const entry = await leases.observe(agent);
    if (!leases.isOurs(entry)) return;
    await leases.claim(agent, null, "nobody");
    await leases.giveBack(agent);
  }

  /** Sends again what was kept back when the lease was not ours, or hands it back where it will not be. */
  async #sendKept(member: Member): Promise<void> {
    const { host, leases, privateResults } = this.#parts;
    const { id } = member;
    const mayWrite = !needsLease(member) || leases.isSure(id);
    if (mayWrite) {
      await privateResults.resend(id, !this.#resumed.has(id));
      this.#resumed.add(id);
    }
    if (answersHere(member)) {
      if (mayWrite && leases.takeFenced(id)) await host.agent(id).resend();
    } else if (leases.takeFenced(id)) {
      this.#beginGivingBack(id);
    }
  }

  /** What was sent before belongs to a change that is over: it is all looked at anew. */
  #beginGivingBack(agent: string): void {
    this.#parts.transitions.begin(agent, { step: "giving-back" });
    this.#parts.handBacks.done(agent);
  }

  /** With an outbox that is full, or a stream that cannot be reached, the rest follows as soon as it can. */
  async #sendBack(member: Member): Promise<number> {
    try {
      return await this.#parts.handBacks.send(member);
    } catch (error) {
      if (!(error instanceof OrreryError) || !waits.has(error.code)) throw error;
      return 0;
    }
  }

  async #look(agent: string): Promise<boolean> {
    const { host } = this.#parts;
    const alive = await isLegacyAlive(host.port, agent, host.now());
    const before = this.#legacyAlive.get(agent);
    this.#legacyAlive.set(agent, alive);
    if (before !== undefined && before !== alive) host.changed(agent);
    return alive;
  }

  #save(before: Member, member: Member): void {
    const { decisions, host, leases } = this.#parts;
    if (member.legacyChannels === "private") leases.notePrivate(member.id);
    if (givesTasksBack(before, member)) decisions.giveUp(member);
    if (answersHere(member) && !answersHere(before)) decisions.takeOver(member.id);
    host.members.save({ ...member, updatedAt: timestamp(host.now()) });
    host.changed(member.id);
  }
}
