/** One batch of messages into Redis, by as few scripts as its kind allows. */
import type { ChannelMode } from "@orrery/protocol";
import type { RedisLink } from "../connection/contract.ts";
import { runScript, writeScript } from "../scripts.ts";
import type { Waiting } from "./outbox.ts";

/** Seconds for which Redis remembers that a message was written, unless we say before that we know. */
const guardSeconds = 86_400;

/** A message ready to be written. */
export interface Ready {
  readonly message: Waiting;
  readonly channel: string;
  readonly mode: ChannelMode;
  readonly maxLength: number;
  /** As it goes out: JSON, signed where it is to be. */
  readonly text: string;
}

/** What became of one: `behind` another that failed in the same channel, or Redis's error. */
export type Written = "written" | "fenced" | "behind" | Error;

/** The part of a key that decides on its slot in a cluster. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags */
export const hashTagOf = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** The key that says that a message was written; in a cluster in the same slot as its channel. */
export function guardOf(namespace: string, { message, channel }: Ready, anySlots: boolean): string {
  return anySlots
    ? `${namespace}:sent:${message.key}`
    : `${namespace}:sent:{${hashTagOf(channel)}}:${message.key}`;
}

/** Writes messages in order, and forgets `spent` guards. Answers in the same order. @throws Error where the link is lost */
export async function writeBatch(
  link: RedisLink,
  namespace: string,
  batch: readonly Ready[],
  spent: readonly string[],
): Promise<Written[]> {
  if (link.anySlots) return await write(link, namespace, batch, spent, true);
  return await writeToCluster(link, namespace, batch, spent);
}

async function write(
  link: RedisLink,
  namespace: string,
  batch: readonly Ready[],
  spent: readonly string[],
  whole: boolean,
): Promise<Written[]> {
  const keys: string[] = [];
  const args: string[] = [String(guardSeconds), String(batch.length)];
  for (const ready of batch) {
    const { fence, keep } = ready.message;
    const guard = guardOf(namespace, ready, link.anySlots);
    keys.push(guard, ready.channel, (whole && fence?.key) || guard, (whole && keep?.key) || guard);
    args.push(
      ready.mode,
      ready.text,
      String(ready.maxLength),
      whole && fence !== null ? String(fence.token) : "",
      whole && keep !== null ? keep.value : "",
      whole && keep !== null ? String(keep.seconds) : "",
    );
  }
  const answers = await runScript(link.commands, writeScript, [...keys, ...spent], args);
  if (!Array.isArray(answers)) throw new Error("Redis answered the outbox's script with no list");
  return batch.map((_, index) => writtenOf(answers[index]));
}

const writtenOf = (answer: unknown): Written =>
  answer === "written" || answer === "fenced" || answer === "behind" ? answer : new Error(String(answer));

/**
 * In a cluster a script has keys of one slot: leases are looked at just before, and what stands beside a message is
 * written just after. A message is still written once; but a lease may change hands between the look and the writing.
 */
async function writeToCluster(
  link: RedisLink,
  namespace: string,
  batch: readonly Ready[],
  spent: readonly string[],
): Promise<Written[]> {
  const fenced = await fencedOf(link, namespace, batch);
  const results = new Map<Ready, Written>();
  const byChannel = Map.groupBy(batch, ({ channel }) => channel);
  for (const [channel, messages] of byChannel) {
    const ours = messages.filter((ready) => !fenced.has(ready));
    for (const ready of messages) if (fenced.has(ready)) results.set(ready, "fenced");
    const guards = spent.filter((guard) => guard.startsWith(`${namespace}:sent:{${hashTagOf(channel)}}:`));
    const answers = await write(link, namespace, ours, guards, false);
    for (const [index, ready] of ours.entries()) results.set(ready, answers[index] ?? "behind");
  }
  const beside = batch.flatMap((ready) =>
    results.get(ready) === "written" && ready.message.keep !== null ? [ready.message.keep] : [],
  );
  await link.commands.pipeline(
    beside.map(({ key, value, seconds }) => ["SET", key, value, "EX", String(seconds)]),
  );
  return batch.map((ready) => results.get(ready) ?? "behind");
}

/** Messages whose lease is not ours and that were not written before. */
async function fencedOf(link: RedisLink, namespace: string, batch: readonly Ready[]): Promise<Set<Ready>> {
  const leased = batch.filter(({ message }) => message.fence !== null);
  const answers = await link.commands.pipeline(
    leased.flatMap((ready) => [
      ["GET", ready.message.fence?.key ?? ""],
      ["EXISTS", guardOf(namespace, ready, false)],
    ]),
  );
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
