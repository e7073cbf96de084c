/**
 * Leases in a cluster, where no script sees both a lease and a channel. So the highest token of each lease that was ever
 * in force is kept in the slot of each channel: its ceiling. Whoever takes a lease raises the ceilings before relying on
 * it, and nothing is written under a token below them, however late.
 *
 * Fencing at the resource: M. Kleppmann, "How to do distributed locking", 2016.
 */
import { hashTagOf } from "../bridge-names.ts";
import type { RedisLink } from "../connection/contract.ts";
import type { Fence } from "../contract.ts";
import { raiseScript, runScript } from "../scripts.ts";
import { guardOf } from "./ready.ts";
import type { Ready } from "./ready.ts";

/** Seconds that a ceiling stays, from when it was last raised: no process wakes up after longer than that. */
export const ceilingSeconds = 7 * 86_400;

/** The ceiling of a lease in the slot of a channel. Begins as the lease does, so that the same users may write it. */
export const ceilingOf = (leaseKey: string, channel: string): string =>
  `${leaseKey.replaceAll(/[{}]/g, "_")}:ceiling:{${hashTagOf(channel)}}`;

/** From when this resolves nothing is written to these channels under an older token of the same lease. */
export async function raiseCeilings(
  link: RedisLink,
  { key, token }: Fence,
  channels: readonly string[],
): Promise<void> {
  const ceilings = new Set(channels.map((channel) => ceilingOf(key, channel)));
  const args = [String(token), String(ceilingSeconds)];
  await Promise.all([...ceilings].map((ceiling) => runScript(link.commands, raiseScript, [ceiling], args)));
}

/** Messages whose lease is not ours at the moment, and that were not written before. @throws Error where nobody could say */
export async function leasesLost(link: RedisLink, batch: readonly Ready[]): Promise<Set<Ready>> {
  const leased = batch.filter(({ message }) => message.fence !== null);
  const answers = await link.commands.pipeline(
    leased.flatMap((ready) => [
      ["GET", ready.message.fence?.key ?? ""],
      ["EXISTS", guardOf(ready, false)],
    ]),
  );
  const failure = answers.find((answer) => answer instanceof Error);
  if (failure !== undefined) throw failure;
  const lost = leased.filter(
    ({ message }, index) =>
      answers[2 * index + 1] !== 1 && tokenOf(answers[2 * index]) !== message.fence?.token,
  );
  return new Set(lost);
}

function tokenOf(lease: unknown): number | null {
  if (typeof lease !== "string") return null;
  try {
    const value: unknown = JSON.parse(lease);
    return typeof value === "object" && value !== null && "token" in value ? Number(value.token) : null;
  } catch {
    return null; // A lease that nobody can read is nobody's.
  }
}
