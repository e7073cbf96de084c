/** Leases of agents, as Redis keeps them. */
import { z } from "zod";
import type { BridgePort } from "../../../channels/index.ts";
import { agentKeys } from "../state/agent-keys.ts";
import { claimScript, giveBackScript } from "./lease-scripts.ts";

/** Milliseconds for which a lease is taken; it is renewed about every five seconds. */
export const leaseMs = 30_000;
/** Milliseconds before its end from which on a lease is not relied upon: clocks and the way to Redis are not exact. */
export const leaseMargin = 5_000;

/** What `agent:{id}:owner` says. */
export interface LeaseEntry {
  readonly owner: "orrery" | "legacy";
  readonly token: number;
  /** Epoch milliseconds by the clock of Redis; null where it has no end. */
  readonly until: number | null;
  /** The bridge that holds it. */
  readonly holder: string | null;
}

const Entry = z.object({
  owner: z.enum(["orrery", "legacy"]),
  token: z.number().int().nonnegative().catch(0),
  until: z.number().nullable().catch(null),
  holder: z.string().nullable().catch(null),
});

/** Null where there is no entry, or none that can be read. */
export function readEntry(raw: unknown): LeaseEntry | null {
  if (typeof raw !== "string" || raw === "") return null;
  try {
    return Entry.parse(JSON.parse(raw));
  } catch {
    // A peer's mistake: nobody is said to own the agent.
    return null;
  }
}

/** From whom a lease may be taken: see the script. */
export type TakeFrom = "nobody" | "legacy" | "anyone";

export interface Claim {
  readonly holder: string;
  /** The token that is held; 0 where none is. */
  readonly token: number;
  /** Of 100 tasks, how many are ours, where both sides answer; null where one does. */
  readonly percent: number | null;
  readonly takeFrom: TakeFrom;
  readonly milliseconds?: number;
}

/** Answers of the scripts. `token` is 0 where the lease is another's, who is then named in `before`. */
export interface LeaseAnswer {
  readonly token: number;
  /** The entry that was there before. */
  readonly before: LeaseEntry | null;
}

type Scripts = Pick<BridgePort, "script">;

const keysOf = (fuseAgentId: string): string[] => {
  const { owner, fence } = agentKeys(fuseAgentId);
  return [owner, fence];
};

const Answer = z.tuple([z.coerce.number().int().nonnegative(), z.string()]);

function answerOf(value: unknown): LeaseAnswer {
  const [token, raw] = Answer.parse(value);
  return { token, before: readEntry(raw) };
}

/** Takes or renews a lease. */
export async function claimLease(port: Scripts, fuseAgentId: string, claim: Claim): Promise<LeaseAnswer> {
  const { holder, token, percent, takeFrom, milliseconds = leaseMs } = claim;
  const args = [holder, String(token), String(milliseconds), String(percent ?? -1), takeFrom];
  return answerOf(await port.script(claimScript, keysOf(fuseAgentId), args));
}

/** Says that the existing system owns the agent again. */
export const giveLeaseBack = async (
  port: Scripts,
  fuseAgentId: string,
  { holder, token }: Pick<Claim, "holder" | "token">,
): Promise<LeaseAnswer> =>
  answerOf(await port.script(giveBackScript, keysOf(fuseAgentId), [holder, String(token)]));

/** Who owns the agent; null where nobody is said to. */
export const observeLease = async (
  port: Pick<BridgePort, "command">,
  fuseAgentId: string,
): Promise<LeaseEntry | null> => readEntry(await port.command("GET", agentKeys(fuseAgentId).owner));
