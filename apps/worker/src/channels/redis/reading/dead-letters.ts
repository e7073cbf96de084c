/** Messages that nobody could take over, in a stream of their own in Redis. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { ChannelRole, DeadLetter, Page } from "@orrery/protocol";
import type { RedisConnection, RedisLink } from "../connection/contract.ts";
import { buryScript, runScript } from "../scripts.ts";
import { shownPayload } from "../watching/message-outline.ts";
import type { Arrival } from "./intake.ts";

/** About how many are kept. */
const kept = 10_000;
/** Characters of a message that are kept, and that are shown. */
const keptCharacters = 1024 * 1024;
const shownCharacters = 16_384;
/** Letters that are read at once: each may be as long as a message. */
const readAtOnce = 8;

const keyOf = (namespace: string): string => `${namespace}:dead-letters`;

/** What is kept of a letter: names and values of an entry. */
function fieldsOf(arrival: Arrival, reason: string): string[] {
  const payload = arrival.text ?? "";
  const cut = payload.length > keptCharacters;
  const fields = {
    role: arrival.role,
    channel: arrival.channel,
    entry: arrival.id,
    reason,
    deliveries: String(arrival.deliveries),
    payload: cut ? payload.slice(0, 65_536) : payload,
    ...(cut && { cut: "1" }),
  };
  return Object.entries(fields).flat();
}

/** Moves an entry from its stream to the dead letters: in one step, but for a cluster, where it may come twice. */
export async function buryEntry(
  link: RedisLink,
  namespace: string,
  group: string,
  arrival: Arrival,
  reason: string,
): Promise<void> {
  const fields = fieldsOf(arrival, reason);
  if (link.anySlots) {
    const keys = [keyOf(namespace), arrival.channel];
    await runScript(link.commands, buryScript, keys, [group, arrival.id, String(kept), ...fields]);
    return;
  }
  await bury(link.commands, namespace, arrival, reason);
  await link.commands.call(["XACK", arrival.channel, group, arrival.id]);
}

/** Writes down a message that lies nowhere else. */
export async function bury(
  connection: RedisConnection,
  namespace: string,
  arrival: Arrival,
  reason: string,
): Promise<void> {
  const fields = fieldsOf(arrival, reason);
  await connection.call(["XADD", keyOf(namespace), "MAXLEN", "~", String(kept), "*", ...fields]);
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
  };
}

const lettersOf = (answer: unknown): Letter[] =>
  (Array.isArray(answer) ? answer : []).map(letterOf).filter((letter) => letter !== null);

export const countLetters = async (connection: RedisConnection, namespace: string): Promise<number> =>
  Number(await connection.call(["XLEN", keyOf(namespace)]));

/** A page of them, the newest first. */
export async function pageOfLetters(
  connection: RedisConnection,
  namespace: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<DeadLetter>> {
  const items: DeadLetter[] = [];
  for (let last = page.cursor; ;) {
    const before = last === undefined ? "+" : `(${last}`;
    const count = Math.min(readAtOnce, page.limit + 1 - items.length);
    const range = ["XREVRANGE", keyOf(namespace), before, "-", "COUNT", String(count)];
    const letters = lettersOf(await connection.call(range));
    items.push(...letters.map(shownLetter));
    last = letters.at(-1)?.id;
    if (items.length > page.limit) {
      const shown = items.slice(0, page.limit);
      return { items: shown, nextCursor: shown.at(-1)?.id ?? null };
    }
    if (letters.length < count) return { items, nextCursor: null };
  }
}

const shownLetter = (one: Letter): DeadLetter => ({
  id: one.id,
  role: one.role,
  reason: one.reason,
  payload: shownPayload(one.payload, shownCharacters),
  deliveries: one.deliveries,
  at: timestamp(Number(one.id.split("-")[0])),
});

/** Letters after `after`, the oldest first. */
export async function lettersAfter(
  connection: RedisConnection,
  namespace: string,
  after: string | null,
  limit: number,
): Promise<Letter[]> {
  const from = after === null ? "-" : `(${after}`;
  return lettersOf(await connection.call(["XRANGE", keyOf(namespace), from, "+", "COUNT", String(limit)]));
}

/** @throws OrreryError `not_found` */
export async function letter(connection: RedisConnection, namespace: string, id: string): Promise<Letter> {
  const [found] = lettersOf(await connection.call(["XRANGE", keyOf(namespace), id, id]));
  if (found === undefined) throw new OrreryError("not_found", "There is no such dead letter");
  return found;
}

/** Whether they were there to be removed. */
export async function removeLetters(
  connection: RedisConnection,
  namespace: string,
  ids: readonly string[],
): Promise<boolean> {
  return ids.length > 0 && Number(await connection.call(["XDEL", keyOf(namespace), ...ids])) > 0;
}
