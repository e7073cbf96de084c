/** A consumer group's commands, their answers read. */
import { replyCode } from "../connection/failures.ts";
import type { RedisConnection } from "../connection/contract.ts";
import { runScript } from "../scripts.ts";
import { messageLimit, textOfFields } from "./message-text.ts";
import { claimScript, joinScript, readScript } from "./stream-scripts.ts";

/** Bytes at which one read stops: a batch of entries is as large, and one entry more. */
const roomBytes = 8 * 1024 * 1024;
/** UTF-8 has at most three bytes for a character of ours: what has more bytes has too many characters. */
const mostBytes = 3 * messageLimit;
/** Bytes of an entry that is too large that are looked at. */
const headBytes = 64 * 1024;

/** An entry of a stream. */
export type Entry =
  | { readonly id: string; readonly state: "whole"; readonly text: string }
  /** It has no message in it. */
  | { readonly id: string; readonly state: "empty" }
  /** Too large to be read: `text` is the beginning. */
  | { readonly id: string; readonly state: "large"; readonly text: string; readonly bytes: number }
  /** Deleted, although it still waits for us; or nobody's to claim any more. */
  | { readonly id: string; readonly state: "gone" };

/** Entries of one stream, in order. */
export interface Read {
  readonly stream: string;
  readonly entries: readonly Entry[];
}

export interface GroupName {
  readonly group: string;
  readonly consumer: string;
}

/** An entry that was given to a consumer and is not acknowledged. */
export interface Pending {
  readonly id: string;
  /** Milliseconds since it was given. */
  readonly idle: number;
  readonly deliveries: number;
}

/** An entry to be claimed, and how often it counts as delivered from then on. */
export interface Claim {
  readonly id: string;
  readonly deliveries: number;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Entries as the scripts answer them. */
const shownEntries = (value: unknown): Entry[] =>
  listOf(value).flatMap((one): Entry[] => {
    const [id, state, text, bytes] = listOf(one);
    if (typeof id !== "string") return [];
    if (state === "whole") return [{ id, state, text: String(text) }];
    if (state === "large") return [{ id, state, text: String(text), bytes: Number(bytes) }];
    return [{ id, state: state === "empty" ? "empty" : "gone" }];
  });

/** Entries as Redis itself answers them. */
const plainEntries = (value: unknown): Entry[] =>
  listOf(value).flatMap((one): Entry[] => {
    const [id, fields] = listOf(one);
    if (typeof id !== "string") return [];
    if (!Array.isArray(fields)) return [{ id, state: "gone" }];
    const text = textOfFields(fields.map(String));
    return [text === null ? { id, state: "empty" } : { id, state: "whole", text }];
  });

/**
 * Makes the group, and the stream where there is none, to read what was added after `start`. One that is there stays.
 * What the consumer has in the group `before` goes with it.
 */
export async function joinGroup(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  start: string,
  before: string | null,
): Promise<void> {
  try {
    await runScript(connection, joinScript, [stream], [group, start, consumer, before ?? ""]);
  } catch (error) {
    if (replyCode(error) !== "BUSYGROUP") throw error;
  }
}

/** Removes the group with all that it knows. A stream that is not there has none. */
export async function leaveGroup(
  connection: RedisConnection,
  { group }: GroupName,
  stream: string,
): Promise<void> {
  try {
    await connection.call(["XGROUP", "DESTROY", stream, group]);
  } catch (error) {
    // The stream is no more, or is something else by now.
    if (replyCode(error) !== "ERR" && replyCode(error) !== "WRONGTYPE") throw error;
  }
}

/** Up to `count` entries that nobody of the group was given yet, as many as fit. Null where no script may read them. */
export async function readNew(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  streams: readonly string[],
  count: number,
): Promise<Read[] | null> {
  const sizes = [count, roomBytes, mostBytes, headBytes].map(String);
  try {
    const answer = listOf(await runScript(connection, readScript, streams, [group, consumer, ...sizes]));
    return streams.map((stream, index) => ({ stream, entries: shownEntries(answer[index]) }));
  } catch (error) {
    // Redis before 6.2 has scripts read no streams.
    if (/not allowed from script/i.test(String(error))) return null;
    throw error;
  }
}

/** The same without looking at their size; waits up to `block` milliseconds for the first, or not at all (null). */
export async function readAtOnce(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  streams: readonly string[],
  count: number,
  block: number | null,
): Promise<Read[]> {
  const wait = block === null ? [] : ["BLOCK", String(block)];
  const head = ["XREADGROUP", "GROUP", group, consumer, "COUNT", String(count), ...wait];
  const answer = await connection.call([...head, "STREAMS", ...streams, ...streams.map(() => ">")]);
  return listOf(answer).map((part) => {
    const [stream, entries] = listOf(part);
    return { stream: String(stream), entries: plainEntries(entries) };
  });
}

/** Up to `count` entries after `after` that a consumer was given and has not acknowledged: their ids alone. */
export async function pendingOf(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  after: string | null,
  count: number,
): Promise<Pending[]> {
  const from = after === null ? "-" : idAfter(after);
  const command = ["XPENDING", stream, group, from, "+", String(count), consumer];
  return listOf(await connection.call(command)).flatMap((row) => {
    const [id, , idle, deliveries] = listOf(row);
    return typeof id === "string" ? [{ id, idle: Number(idle), deliveries: Number(deliveries) }] : [];
  });
}

/** The smallest id after another. */
function idAfter(id: string): string {
  const [milliseconds = "0", sequence = "0"] = id.split("-");
  return `${milliseconds}-${BigInt(sequence) + 1n}`;
}

/** The first of these entries, as many as fit, given to the consumer (again) where they were left alone for `idle`. */
export async function claim(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
  claims: readonly Claim[],
  idle = 0,
): Promise<Entry[]> {
  const sizes = [roomBytes, mostBytes, headBytes, idle].map(String);
  const ids = claims.flatMap(({ id, deliveries }) => [id, String(deliveries)]);
  return shownEntries(
    await runScript(connection, claimScript, [stream], [group, consumer, ...sizes, ...ids]),
  );
}

/** Other consumers of the group that were given something. None where Redis does not let us ask. */
export async function othersOf(
  connection: RedisConnection,
  { group, consumer }: GroupName,
  stream: string,
): Promise<GroupName[]> {
  const [answer] = await connection.pipeline([["XINFO", "CONSUMERS", stream, group]]);
  if (answer instanceof Error) {
    if (replyCode(answer) === "NOPERM") return [];
    throw answer;
  }
  return listOf(answer).flatMap((row) => {
    const { name, pending } = fieldsOf(row);
    return typeof name === "string" && name !== consumer && Number(pending) > 0
      ? [{ group, consumer: name }]
      : [];
  });
}

/** How many entries nobody was given yet, and how many wait for an acknowledgment; null where Redis cannot say. */
export function groupStatus(answer: unknown, group: string): { lag: number | null; pending: number | null } {
  for (const row of listOf(answer)) {
    const { name, lag, pending } = fieldsOf(row);
    if (name !== group) continue;
    return {
      lag: typeof lag === "number" ? lag : null,
      pending: typeof pending === "number" ? pending : null,
    };
  }
  return { lag: null, pending: null };
}

/** A list of names and values, by name. */
function fieldsOf(row: unknown): Record<string, unknown> {
  const list = listOf(row);
  const fields: Record<string, unknown> = {};
  for (let index = 0; index + 1 < list.length; index += 2) fields[String(list[index])] = list[index + 1];
  return fields;
}
