/** What the modes of migration ask for, and when a change of mode is refused. Pure: what Redis says is given. */
import { OrreryError } from "@orrery/protocol";
import type { Member, MigrateRequest } from "../contract.ts";

/** Of 100 tasks, how many are ours in a canary that nobody gave a percentage. */
const firstShare = 10;

/** Whether agents here do tasks of their own in this mode. */
export const answersHere = ({ mode }: Pick<Member, "mode">): boolean =>
  mode === "canary" || mode === "orrery";

/**
 * Whether what is said for the agent goes through this bridge, which needs the lease: where ours answers, and where the
 * existing agent answers on a private channel.
 */
export const needsLease = (member: Pick<Member, "mode" | "legacyChannels">): boolean =>
  answersHere(member) || member.legacyChannels === "private";

/** What the lease says of shares: null where all tasks are one side's. */
export const leasePercent = ({ mode, canaryPercent }: Member): number | null =>
  mode === "canary" ? canaryPercent : null;

/** The agent as it is to be. */
export function afterMigration(member: Member, request: MigrateRequest): Member {
  const { mode, percent, legacyChannels } = request;
  const kept = member.canaryPercent > 0 ? member.canaryPercent : firstShare;
  return {
    ...member,
    mode,
    canaryPercent: mode === "canary" ? (percent ?? kept) : member.canaryPercent,
    legacyChannels: legacyChannels ?? member.legacyChannels,
  };
}

/** Whether a change of mode might make two sides answer, so that it must be known whether the existing agent lives. */
export const asksForSilence = (before: Member, after: Member): boolean =>
  answersHere(after) &&
  after.legacyChannels === "shared" &&
  !(answersHere(before) && before.legacyChannels === "shared" && before.mode === after.mode);

/** @throws OrreryError `conflict` where both sides, or neither, would answer for some of its tasks */
export function assertOneAnswers(after: Member, legacyAlive: boolean): void {
  if (after.mode === "canary") {
    throw new OrreryError(
      "conflict",
      `A canary needs an existing agent on private channels: on shared ones ${
        legacyAlive ? "both sides would answer our share" : "nobody would answer the other share"
      }. Force it where the existing agent reads who owns a task.`,
    );
  }
  if (legacyAlive) {
    throw new OrreryError(
      "conflict",
      `The existing agent ${after.id} still gives signs of life, and both sides would answer. Stop it, move it to ` +
        "private channels, or force it.",
    );
  }
}

/** Whether unfinished tasks of ours become the existing agent's. */
export const givesTasksBack = (before: Member, after: Member): boolean =>
  answersHere(before) && !answersHere(after);
