/** One batch of messages into Redis, by as few scripts as its kind allows. */
import { hashTagOf } from "../bridge-names.ts";
import type { RedisLink } from "../connection/contract.ts";
import { replyCode } from "../connection/failures.ts";
import { runScript, writeScript } from "../scripts.ts";
import { ceilingOf, ceilingSeconds, leasesLost } from "./cluster-leases.ts";
import { guardOf } from "./ready.ts";
import type { Ready } from "./ready.ts";

/** Seconds for which Redis remembers that a message was written, unless we say before that we know. */
export const guardSeconds = 86_400;

/** What became of one: `behind` another that failed in the same channel, or Redis's error. */
export type Written = "written" | "fenced" | "behind" | Error;

/** Writes messages in order, and forgets `spent` guards. Answers in the same order. @throws Error where the link is lost */
export async function writeBatch(
  link: RedisLink,
  batch: readonly Ready[],
  spent: readonly string[],
): Promise<Written[]> {
  if (!link.anySlots) return await writeToCluster(link, batch, spent);
  try {
    return await write(link, batch, spent);
  } catch (error) {
    // One channel that the user may not write to has the whole script refused: each is asked for by itself.
    if (replyCode(error) === null) throw error;
    return await writeByChannel(link, batch, () => []);
  }
}

async function write(link: RedisLink, batch: readonly Ready[], spent: readonly string[]): Promise<Written[]> {
  const whole = link.anySlots;
  const keys: string[] = [];
  const args: string[] = [String(guardSeconds), String(batch.length), whole ? "" : String(ceilingSeconds)];
  for (const ready of batch) {
    const { fence, keep, replaces } = ready.message;
    const guard = guardOf(ready, whole);
    const lease = fence === null ? guard : whole ? fence.key : ceilingOf(fence.key, ready.channel);
    keys.push(guard, ready.channel, lease, (whole && keep?.key) || guard);
    args.push(
      ready.mode,
      ready.text,
      ready.maxLength === null ? "" : String(ready.maxLength),
      fence === null ? "" : String(fence.token),
      whole && keep !== null ? keep.value : "",
      whole && keep !== null ? String(keep.seconds) : "",
      ready.mode === "streams" ? (replaces ?? "") : "",
    );
  }
  const answers = await runScript(link.commands, writeScript, [...keys, ...spent], args);
  if (!Array.isArray(answers)) throw new Error("Redis answered the outbox's script with no list");
  return batch.map((_, index) => writtenOf(answers[index]));
}

const writtenOf = (answer: unknown): Written =>
  answer === "written" || answer === "fenced" || answer === "behind" ? answer : new Error(String(answer));

/** A script for each channel: what Redis refuses is the channel's own. @throws Error where the link is lost */
async function writeByChannel(
  link: RedisLink,
  batch: readonly Ready[],
  spentOf: (channel: string) => readonly string[],
): Promise<Written[]> {
  const results = new Map<Ready, Written>();
  for (const [channel, messages] of Map.groupBy(batch, (ready) => ready.channel)) {
    const answers = await write(link, messages, spentOf(channel)).catch((error: unknown) => {
      if (!(error instanceof Error) || replyCode(error) === null) throw error;
      return messages.map((_, index): Written => (index === 0 ? error : "behind"));
    });
    for (const [index, ready] of messages.entries()) results.set(ready, answers[index] ?? "behind");
  }
  return batch.map((ready) => results.get(ready) ?? "behind");
}

/**
 * In a cluster a script has keys of one slot, and leases lie in others: they are looked at just before. What holds to the
 * instant is the ceiling of tokens in the channel's slot, which the script looks at. What stands beside a message is
 * written just after.
 */
async function writeToCluster(
  link: RedisLink,
  batch: readonly Ready[],
  spent: readonly string[],
): Promise<Written[]> {
  const lost = await leasesLost(link, batch);
  const ours = batch.filter((ready) => !lost.has(ready));
  const answers = await writeByChannel(link, ours, (channel) =>
    spent.filter((guard) => guard.includes(`:sent:{${hashTagOf(channel)}}:`)),
  );
  const results = new Map(ours.map((ready, index) => [ready, answers[index] ?? "behind"]));
  const beside = ours.flatMap((ready) =>
    results.get(ready) === "written" && ready.message.keep !== null ? [ready.message.keep] : [],
  );
  await link.commands.pipeline(
    beside.map(({ key, value, seconds }) => ["SET", key, value, "EX", String(seconds)]),
  );
  return batch.map((ready) => (lost.has(ready) ? "fenced" : (results.get(ready) ?? "behind")));
}
