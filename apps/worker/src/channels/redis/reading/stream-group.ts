/** A consumer group's commands, their answers read. */
import { replyCode } from "../connection/failures.ts";
import type { Command, RedisConnection } from "../connection/contract.ts";

/** An entry of a stream: its id, and names and values; null where it was deleted although it still waits for us. */
export interface Entry {
  readonly id: string;
  readonly fields: readonly string[] | null;
}

export interface GroupName {
  readonly group: string;
  readonly consumer: string;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const entriesOf = (value: unknown): Entry[] =>
  listOf(value).flatMap((entry) => {
    if (!Array.isArray(entry) || typeof entry[0] !== "string") return [];
    return [{ id: entry[0], fields: Array.isArray(entry[1]) ? entry[1].map(String) : null }];
  });

const head = ({ group, consumer }: GroupName, count: number): Command => [
  "XREADGROUP",
  "GROUP",
  group,
  consumer,
  "COUNT",
  String(count),
];

/** Makes the group, and the stream where there is none, to read what was added after `start`. One that is there stays. */
export async function joinGroup(
  connection: RedisConnection,
  stream: string,
  group: string,
  start: string,
): Promise<void> {
  try {
    await connection.call(["XGROUP", "CREATE", stream, group, start, "MKSTREAM"]);
  } catch (error) {
    if (replyCode(error) !== "BUSYGROUP") throw error;
  }
}

/** Entries that nobody of the group was given yet; waits up to `block` milliseconds for them, or not at all (null). */
export async function readNew(
  connection: RedisConnection,
  name: GroupName,
  streams: readonly string[],
  count: number,
  block: number | null,
): Promise<{ stream: string; entries: Entry[] }[]> {
  const wait = block === null ? [] : ["BLOCK", String(block)];
  const places = [...streams, ...streams.map(() => ">")];
  const answer = await connection.call([...head(name, count), ...wait, "STREAMS", ...places]);
  return listOf(answer).flatMap((part) => {
    if (!Array.isArray(part)) return [];
    return [{ stream: String(part[0]), entries: entriesOf(part[1]) }];
  });
}

/** Entries after `after` that this consumer was given and has not acknowledged. */
export async function readOwn(
  connection: RedisConnection,
  name: GroupName,
  stream: string,
  after: string,
  count: number,
): Promise<Entry[]> {
  const answer = await connection.call([...head(name, count), "STREAMS", stream, after]);
  const [part] = listOf(answer);
  return Array.isArray(part) ? entriesOf(part[1]) : [];
}

/** How often each of these entries was delivered. */
export async function deliveriesOf(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  entries: readonly Entry[],
): Promise<Map<string, number>> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const range = [first.id, last.id, String(entries.length)];
  const rows = listOf(await connection.call(["XPENDING", stream, group, ...range, consumer]));
  return new Map(
    rows.flatMap((row) => (Array.isArray(row) ? [[String(row[0]), Number(row[3])] as const] : [])),
  );
}

/** Entries by their ids, once more; those that were deleted meanwhile are missing. */
export async function claimOwn(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  ids: readonly string[],
): Promise<Entry[]> {
  return entriesOf(await connection.call(["XCLAIM", stream, group, consumer, "0", ...ids]));
}

/** Entries that another consumer was given and has left alone for `idle` milliseconds: they are ours from now on. */
export async function claimAbandoned(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  idle: number,
  count: number,
): Promise<Entry[]> {
  const command = ["XAUTOCLAIM", stream, group, consumer, String(idle), "0-0", "COUNT", String(count)];
  return entriesOf(listOf(await connection.call(command))[1]);
}

/** How many entries nobody was given yet, and how many wait for an acknowledgment; null where Redis cannot say. */
export function groupStatus(answer: unknown, group: string): { lag: number | null; pending: number | null } {
  for (const row of listOf(answer)) {
    const fields = listOf(row);
    const at = (name: string): unknown => {
      const index = fields.indexOf(name);
      return index === -1 ? undefined : fields[index + 1];
    };
    if (at("name") !== group) continue;
    const [lag, pending] = [at("lag"), at("pending")];
    return {
      lag: typeof lag === "number" ? lag : null,
      pending: typeof pending === "number" ? pending : null,
    };
  }
  return { lag: null, pending: null };
}
