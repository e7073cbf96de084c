/** What this bridge knows of its agents' leases, and how it takes, renews and gives them back. */
import type { BridgePort, Fence } from "../../../channels/index.ts";
import { agentKeys } from "../state/agent-keys.ts";
import {
  type LeaseEntry,
  type TakeFrom,
  claimLease,
  giveLeaseBack,
  leaseMargin,
  leaseMs,
  observeLease,
} from "./lease.ts";
import type { Sql } from "./store.ts";

/** How an agent's lease was seen last. */
export interface KnownLease {
  readonly owner: "orrery" | "legacy" | "none";
  readonly token: number;
  /** Epoch milliseconds by the clock of Redis. */
  readonly expiresAt: number | null;
}

/** `held`: it is ours, and was all the while unless `anew`. `lost`: somebody else has it, who is named; null where it is nobody's. */
export type ClaimOutcome = { outcome: "held"; anew: boolean } | { outcome: "lost"; to: LeaseEntry | null };

type Port = Pick<BridgePort, "bridgeId" | "script" | "command" | "enforce">;

/**
 * Leases of one bridge's agents. A lease is relied upon only until a margin before its end, counted by our own clock
 * from before Redis was asked, so that neither a slow answer nor a process that slept makes it longer. Whatever the
 * clock says, what is published goes by the token that Redis compares.
 */
export class Leases {
  readonly #sql: Sql;
  readonly #port: Port;
  readonly #now: () => number;
  /** As they are on disk: asked for with each answer. */
  readonly #tokens = new Map<string, number>();
  readonly #known = new Map<string, KnownLease>();
  /** Until when each lease that is ours is relied upon, by our own clock. */
  readonly #sureUntil = new Map<string, number>();
  /** When each was ours for certain last, by our own clock; of those that were since this process began. */
  readonly #heldAt = new Map<string, number>();

  constructor(sql: Sql, port: Port, now: () => number) {
    this.#sql = sql;
    this.#port = port;
    this.#now = now;
  }

  /** The last token that was ours; 0 where none ever was. */
  token(agent: string): number {
    const known = this.#tokens.get(agent);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec(`SELECT token FROM ownership_leases WHERE agent = ?`, agent).toArray();
    const token = Number(row?.["token"] ?? 0);
    this.#tokens.set(agent, token);
    return token;
  }

  /** What is on disk of an agent is gone: what is remembered of it, too. */
  forget(agent: string): void {
    this.#tokens.delete(agent);
    this.#known.delete(agent);
    this.#sureUntil.delete(agent);
    this.#heldAt.delete(agent);
  }

  /** When the lease was ours for certain last, before Redis was asked; null where it was not since this process began. */
  heldAt(agent: string): number | null {
    return this.#heldAt.get(agent) ?? null;
  }

  /** Under which answers of an agent go out. Without a lease it is one that lets nothing through. */
  fence(agent: string): Fence {
    return { key: agentKeys(agent).owner, token: this.token(agent) };
  }

  /** Whether the lease is ours, and will be for as long as one message to Redis takes. */
  isSure(agent: string): boolean {
    return this.#now() < (this.#sureUntil.get(agent) ?? 0);
  }

  known(agent: string): KnownLease | null {
    return this.#known.get(agent) ?? null;
  }

  /** Notes that answers were kept back, because the lease was not ours when they were to be written. */
  noteFenced(agent: string): void {
    this.#note(agent, "fenced");
  }

  /** Whether answers were kept back since this was asked last. */
  takeFenced(agent: string): boolean {
    const rows = this.#sql
      .exec(`UPDATE ownership_leases SET fenced = 0 WHERE agent = ? AND fenced = 1 RETURNING agent`, agent)
      .toArray();
    return rows.length > 0;
  }

  /** Notes that the existing agent is on private channels. */
  notePrivate(agent: string): void {
    this.#note(agent, "was_private");
  }

  /** Agents whose existing counterparts ever were on private channels. */
  everPrivate(): Set<string> {
    const rows = this.#sql.exec(`SELECT agent FROM ownership_leases WHERE was_private = 1`).toArray();
    return new Set(rows.map(({ agent }) => String(agent)));
  }

  /** Takes the lease, or renews it. @throws OrreryError `upstream_failed` */
  async claim(agent: string, percent: number | null, takeFrom: TakeFrom): Promise<ClaimOutcome> {
    const askedAt = this.#now();
    const held = this.token(agent);
    const answer = await claimLease(this.#port, agent, {
      holder: this.#port.bridgeId,
      token: held,
      percent,
      takeFrom,
    });
    if (answer.token === 0) {
      this.#lost(agent, answer.before);
      return { outcome: "lost", to: answer.before };
    }
    if (answer.token !== held) this.#keepToken(agent, answer.token);
    await this.#port.enforce(this.fence(agent));
    this.#sureUntil.set(agent, askedAt + leaseMs - leaseMargin);
    this.#heldAt.set(agent, askedAt);
    this.#known.set(agent, { owner: "orrery", token: answer.token, expiresAt: askedAt + leaseMs });
    return { outcome: "held", anew: answer.token !== held };
  }

  /** Says that the existing system owns the agent; nothing where it never was ours. @throws as {@link claim} */
  async giveBack(agent: string): Promise<void> {
    const token = this.token(agent);
    // From here on it is not relied upon, whether Redis answers or not.
    this.#sureUntil.delete(agent);
    if (token === 0) return;
    const answer = await giveLeaseBack(this.#port, agent, { holder: this.#port.bridgeId, token });
    if (answer.token === 0) {
      this.#lost(agent, answer.before);
      return;
    }
    await this.#port.enforce({ ...this.fence(agent), token: answer.token });
    this.#known.set(agent, { owner: "legacy", token: answer.token, expiresAt: null });
  }

  /** Looks who owns an agent that is not ours. @throws as {@link claim} */
  async observe(agent: string): Promise<LeaseEntry | null> {
    const entry = await observeLease(this.#port, agent);
    this.#lost(agent, entry);
    return entry;
  }

  /** Whether this bridge is the one that the entry names. */
  isOurs = (entry: LeaseEntry | null): boolean =>
    entry?.owner === "orrery" && entry.holder === this.#port.bridgeId;

  #note(agent: string, column: "fenced" | "was_private"): void {
    this.#sql.exec(
      `INSERT INTO ownership_leases (agent, ${column}) VALUES (?, 1)
       ON CONFLICT (agent) DO UPDATE SET ${column} = 1`,
      agent,
    );
  }

  #lost(agent: string, entry: LeaseEntry | null): void {
    this.#sureUntil.delete(agent);
    this.#known.set(agent, {
      owner: entry?.owner ?? "none",
      token: entry?.token ?? 0,
      expiresAt: entry?.until ?? null,
    });
  }

  #keepToken(agent: string, token: number): void {
    this.#sql.exec(
      `INSERT INTO ownership_leases (agent, token) VALUES (?1, ?2) ON CONFLICT (agent) DO UPDATE SET token = ?2`,
      agent,
      token,
    );
    this.#tokens.set(agent, token);
  }
}
