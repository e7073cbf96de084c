/**
 * Identifiers. All are UUIDv7 (RFC 9562 §5.7): they sort by the time they were made.
 *
 * An execution's id also carries the last 40 bits of its agent's id, its *agent tag*, where a
 * UUIDv7 has random bits. Whoever holds an execution's id can thus find the agent that owns it in
 * the registry, before any index has heard of the execution.
 */
import { z } from "zod";

/** A UUIDv7 in its canonical lower-case text form. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "expected a UUIDv7")
  .meta({ id: "Id", description: "A UUIDv7.", example: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87" });
export type Id = z.infer<typeof Id>;

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Random bytes are asked for by the page: each asking costs more than the bytes. */
const page = new Uint8Array(1_024);
let taken = page.length;

/** Hexadecimal digits of so many random bytes. */
function randomHex(count: number): string {
  if (taken + count > page.length) {
    crypto.getRandomValues(page);
    taken = 0;
  }
  let text = "";
  for (const end = taken + count; taken < end; taken++) text += digits[page[taken] ?? 0];
  return text;
}

/** A digit from 8 to b: the variant that RFC 9562 asks for, and two random bits. */
function variantDigit(): string {
  if (taken === page.length) {
    crypto.getRandomValues(page);
    taken = 0;
  }
  return "89ab"[(page[taken++] ?? 0) & 3] ?? "8";
}

const format = (digits: string): Id =>
  `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;

let lastTime = 0;
let sequence = 0;

/** 48 bits of milliseconds, then a 12-bit counter that keeps ids of one process in order. */
function timeAndSequence(now: number): string {
  if (now > lastTime) {
    lastTime = now;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    lastTime += 1;
    sequence = 0;
  }
  return lastTime.toString(16).padStart(12, "0") + "7" + sequence.toString(16).padStart(3, "0");
}

/** A new UUIDv7; ids made by one process never go backwards. */
export function newId(now: number = Date.now()): Id {
  return format(timeAndSequence(now) + variantDigit() + randomHex(8).slice(1));
}

/** When an id was made: epoch milliseconds. */
export const timeOfId = (id: Id): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** The 10 hexadecimal digits by which an execution's id names its agent. */
export const agentTagOf = (id: Id): string => id.slice(-10);

/** A new id for an execution of `agentId`. Unique as long as one process makes an agent's ids. */
export function newExecutionId(agentId: Id, now: number = Date.now()): Id {
  return format(timeAndSequence(now) + variantDigit() + randomHex(3).slice(1) + agentTagOf(agentId));
}

/** A new id for an execution of the same agent, just after `id`, whatever the clock says by now. */
export function executionIdAfter(id: Id): Id {
  const last = Number.parseInt(id.slice(15, 18), 16);
  const [time, next] = last < 0xfff ? [timeOfId(id), last + 1] : [timeOfId(id) + 1, 0];
  const ordered = `${time.toString(16).padStart(12, "0")}7${next.toString(16).padStart(3, "0")}`;
  return format(ordered + variantDigit() + randomHex(3).slice(1) + agentTagOf(id));
}
