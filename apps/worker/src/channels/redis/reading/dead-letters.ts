/** Messages that nobody could take over, in a stream of their own in Redis. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { ChannelRole, DeadLetter, Page } from "@orrery/protocol";
import type { RedisConnection, RedisLink } from "../connection/contract.ts";
import { hashTagOf } from "../bridge-names.ts";
import { buryOursScript, buryScript, runScript } from "../scripts.ts";
import { shownPayload } from "../watching/message-outline.ts";
import type { Arrival } from "./intake.ts";
import { parseText } from "./message-text.ts";

/** About how many are kept. */
const kept = 10_000;
/** Characters of a message that are kept, and that are shown. */
const keptCharacters = 1024 * 1024;
const shownCharacters = 16_384;
/** Letters that are read at once: each may be as long as a message. */
const readAtOnce = 8;

/** Seconds for which it is known that a message of ours was buried. */
const guardSeconds = 86_400;

/** Where they lie: in the bridge's own stream, and what it left in the one of all bridges of its namespace. */
export interface LetterKeys {
  readonly own: string;
  readonly shared: string | null;
}

const cutPayload = (payload: string, cut: boolean): Record<string, string> =>
  cut ? { payload: payload.slice(0, 65_536), cut: "1" } : { payload };

/** What is kept of a letter: names and values of an entry. */
function fieldsOf(arrival: Arrival, reason: string): string[] {
  const payload = arrival.text ?? "";
  const fields = {
    role: arrival.role,
    channel: arrival.channel,
    entry: arrival.id,
    reason,
    deliveries: String(arrival.deliveries),
    ...cutPayload(payload, arrival.bytes !== undefined || payload.length > keptCharacters),
  };
  return Object.entries(fields).flat();
}

/** Moves an entry from its stream to the dead letters: in one step, but for a cluster, where it may come twice. */
export async function buryEntry(
  link: RedisLink,
  letters: string,
  group: string,
  arrival: Arrival,
  reason: string,
): Promise<void> {
  const fields = fieldsOf(arrival, reason);
  if (link.anySlots) {
    const keys = [letters, arrival.channel];
    await runScript(link.commands, buryScript, keys, [group, arrival.id, String(kept), ...fields]);
    return;
  }
  await bury(link.commands, letters, arrival, reason);
  await link.commands.call(["XACK", arrival.channel, group, arrival.id]);
}

/** Writes down a message that lies nowhere else. */
export async function bury(
  connection: RedisConnection,
  letters: string,
  arrival: Arrival,
  reason: string,
): Promise<void> {
  const fields = fieldsOf(arrival, reason);
  await connection.call(["XADD", letters, "MAXLEN", "~", String(kept), "*", ...fields]);
}

/** Writes down a message of ours that can never be written where it belongs; once. */
export async function buryOurs(
  connection: RedisConnection,
  letters: string,
  message: { seq: number; key: string; role: ChannelRole; channel: string; value: string },
  reason: string,
): Promise<void> {
  const { seq, key, role, channel, value } = message;
  const fields = {
    role,
    channel,
    entry: key,
    reason: `ours, and never to be written: ${reason}`,
    deliveries: "0",
    ours: "1",
    ...cutPayload(value, value.length > keptCharacters),
  };
  const keys = [letters, `${letters}:ours:{${hashTagOf(letters)}}:${seq}`];
  const args = [guardSeconds, kept].map(String);
  await runScript(connection, buryOursScript, keys, [...args, ...Object.entries(fields).flat()]);
}

/** A letter as it lies in Redis. */
export interface Letter {
  readonly id: string;
  readonly role: ChannelRole;
  readonly channel: string;
  readonly entry: string;
  readonly reason: string;
  readonly deliveries: number;
  readonly payload: string;
  readonly cut: boolean;
  /** Whether it is a message of ours, which could not be written. */
  readonly ours: boolean;
}

const roles: readonly string[] = ["coordination", "tasks", "results"] satisfies ChannelRole[];

function letterOf(entry: unknown): Letter | null {
  if (!Array.isArray(entry) || typeof entry[0] !== "string" || !Array.isArray(entry[1])) return null;
  const list: readonly unknown[] = entry[1];
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < list.length; index += 2) {
    fields.set(String(list[index]), String(list[index + 1]));
  }
  const role = fields.get("role") ?? "";
  return {
    id: entry[0],
    role: roles.includes(role) ? (role as ChannelRole) : "tasks",
    channel: fields.get("channel") ?? "",
    entry: fields.get("entry") ?? entry[0],
    reason: fields.get("reason") ?? "",
    deliveries: Number(fields.get("deliveries")) || 0,
    payload: fields.get("payload") ?? "",
    cut: fields.has("cut"),
    ours: fields.has("ours"),
  };
}

/** Letters from one id to another, those of both streams in one order. @throws Error where Redis does not answer */
async function range(
  connection: RedisConnection,
  { own, shared }: LetterKeys,
  [from, to]: readonly [from: string, to: string],
  count: number,
  order: "XRANGE" | "XREVRANGE",
): Promise<Letter[]> {
  const keys = shared === null ? [own] : [own, shared];
  const answers = await connection.pipeline(
    keys.map((key) => [order, key, from, to, "COUNT", String(count)]),
  );
  const letters = answers.flatMap((answer) => {
    if (answer instanceof Error) throw answer;
    return (Array.isArray(answer) ? answer : []).map(letterOf).filter((one) => one !== null);
  });
  const sign = order === "XRANGE" ? 1 : -1;
  return letters.toSorted((one, other) => sign * inOrder(one.id, other.id)).slice(0, count);
}

/** Below, at or above zero as one id is smaller than, the same as, or greater than the other. */
function inOrder(one: string, other: string): number {
  const [[time = 0, number = 0], [otherTime = 0, otherNumber = 0]] = [one, other].map((id) =>
    id.split("-").map(Number),
  ) as [number[], number[]];
  return time - otherTime || number - otherNumber;
}

/** How many there are in each of the two streams. @throws Error where Redis does not answer */
export async function countLetters(
  connection: RedisConnection,
  { own, shared }: LetterKeys,
): Promise<{ own: number; shared: number }> {
  const answers = await connection.pipeline([own, shared ?? own].map((key) => ["XLEN", key]));
  const failure = answers.find((answer) => answer instanceof Error);
  if (failure !== undefined) throw failure;
  return { own: Number(answers[0]), shared: shared === null ? 0 : Number(answers[1]) };
}

/** Whether people may not see what a message says; see {@link BridgeReceiver.conceals}. */
type Conceals = (value: Record<string, unknown>) => boolean;

/** A page of them, the newest first. */
export async function pageOfLetters(
  connection: RedisConnection,
  keys: LetterKeys,
  page: { limit: number; cursor?: string | undefined },
  conceals: Conceals,
): Promise<Page<DeadLetter>> {
  const items: DeadLetter[] = [];
  for (let last = page.cursor; ;) {
    const before = last === undefined ? "+" : `(${last}`;
    const count = Math.min(readAtOnce, page.limit + 1 - items.length);
    const letters = await range(connection, keys, [before, "-"], count, "XREVRANGE");
    items.push(...letters.map((one) => shownLetter(one, conceals)));
    last = letters.at(-1)?.id;
    if (items.length > page.limit) {
      const shown = items.slice(0, page.limit);
      return { items: shown, nextCursor: shown.at(-1)?.id ?? null };
    }
    if (letters.length < count) return { items, nextCursor: null };
  }
}

function shownLetter(one: Letter, conceals: Conceals): DeadLetter {
  const parsed = parseText(one.payload);
  const isConcealed = "value" in parsed && conceals(parsed.value);
  return {
    id: one.id,
    role: one.role,
    reason: one.reason,
    payload: isConcealed ? "(confidential)" : shownPayload(one.payload, shownCharacters),
    deliveries: one.deliveries,
    at: timestamp(Number(one.id.split("-")[0])),
  };
}

/** Letters after `after` up to `until`, the oldest first. */
export const lettersBetween = (
  connection: RedisConnection,
  keys: LetterKeys,
  { after, until }: { after: string | null; until: string },
  limit: number,
): Promise<Letter[]> => range(connection, keys, [after === null ? "-" : `(${after}`, until], limit, "XRANGE");

/** The id of the newest; null where there is none. */
export const newestLetter = async (connection: RedisConnection, keys: LetterKeys): Promise<string | null> =>
  (await range(connection, keys, ["+", "-"], 1, "XREVRANGE"))[0]?.id ?? null;

/** @throws OrreryError `not_found` */
export async function letter(connection: RedisConnection, keys: LetterKeys, id: string): Promise<Letter> {
  const [found] = await range(connection, keys, [id, id], 1, "XRANGE");
  if (found === undefined) throw new OrreryError("not_found", "There is no such dead letter");
  return found;
}

/** Whether they were there to be removed. */
export async function removeLetters(
  connection: RedisConnection,
  { own, shared }: LetterKeys,
  ids: readonly string[],
): Promise<boolean> {
  if (ids.length === 0) return false;
  const removed = Number(await connection.call(["XDEL", own, ...ids]));
  if (removed === ids.length || shared === null) return removed > 0;
  return removed + Number(await connection.call(["XDEL", shared, ...ids])) > 0;
}
