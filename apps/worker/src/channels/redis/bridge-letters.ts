/** What may be done with dead letters. */
import { OrreryError } from "@orrery/protocol";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { RedisLink } from "./connection/contract.ts";
import { letter, lettersBetween, newestLetter, removeLetters } from "./reading/dead-letters.ts";
import type { Letter, LetterKeys } from "./reading/dead-letters.ts";
import type { Arrival, Intake, Judged } from "./reading/intake.ts";

/** Letters that are taken in again at once. */
const batchLetters = 8;

export interface LetterParts {
  readonly link: RedisLink;
  readonly keys: LetterKeys;
  readonly settings: BridgeSettings;
  readonly intake: Intake;
  /** Resolves when what was taken over is on disk. */
  readonly sync: () => Promise<void>;
}

/**
 * Hands one letter to the application again, as if its message had just come; it leaves the dead letters when it is
 * taken over. Nobody else hears of it: others had the message when it came.
 * @throws OrreryError `not_found`, or `conflict` where it is not taken over this time either
 */
export async function replayLetter(parts: LetterParts, letterId: string): Promise<void> {
  const one = await letter(parts.link.commands, parts.keys, letterId);
  if (one.ours) throw new OrreryError("conflict", "It is a message of ours, which nobody here can take over");
  if (one.cut) throw new OrreryError("conflict", "It was too large to be kept as a whole");
  const [judged] = await replay(parts, [one]);
  if (judged === undefined || isTaken(judged)) return;
  const { verdict } = judged;
  throw new OrreryError(
    "conflict",
    `It was not taken over this time either: ${"reason" in verdict ? verdict.reason : "nobody said why"}`,
  );
}

/** {@link replayLetter} for all there are now; says how many were taken over. */
export async function replayAll(parts: LetterParts): Promise<number> {
  const { link, keys } = parts;
  const until = await newestLetter(link.commands, keys);
  if (until === null) return 0;
  let replayed = 0;
  for (let after: string | null = null; ;) {
    const letters: Letter[] = await lettersBetween(link.commands, keys, { after, until }, batchLetters);
    const last = letters.at(-1);
    if (last === undefined) return replayed;
    after = last.id;
    const judged = await replay(
      parts,
      letters.filter(({ cut, ours }) => !cut && !ours),
    );
    replayed += judged.filter(isTaken).length;
  }
}

async function replay(
  { link, keys, settings, intake, sync }: LetterParts,
  letters: readonly Letter[],
): Promise<Judged[]> {
  const judged = await intake.judge(letters.map((one) => arrivalOf(settings, one)));
  await sync();
  const taken = letters.filter((_, index) => {
    const one = judged[index];
    return one !== undefined && isTaken(one);
  });
  await removeLetters(
    link.commands,
    keys,
    taken.map(({ id }) => id),
  );
  return judged;
}

const isTaken = ({ verdict }: Judged): boolean =>
  verdict.outcome === "accepted" || verdict.outcome === "ignored";

const arrivalOf = (settings: BridgeSettings, one: Letter): Arrival => ({
  id: one.entry,
  role: one.role,
  channel: one.channel,
  ownChannel: one.channel === settings.channels[one.role].name,
  text: one.payload,
  // The time of an entry is in its id; what was published has been buried as soon as it came.
  at: Number((one.entry.includes("-") ? one.entry : one.id).split("-")[0]),
  deliveries: one.deliveries + 1,
  echo: false,
});
