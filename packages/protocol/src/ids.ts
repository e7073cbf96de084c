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

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

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

/** The same bytes, the first two bits set to the variant that RFC 9562 asks for. */
function withVariant(random: Uint8Array): Uint8Array {
  const [first = 0] = random;
  random[0] = (first & 0x3f) | 0x80;
  return random;
}

/** A new UUIDv7; ids made by one process never go backwards. */
export function newId(now: number = Date.now()): Id {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return format(timeAndSequence(now) + hex(withVariant(random)));
}

/** The 10 hexadecimal digits by which an execution's id names its agent. */
export const agentTagOf = (id: Id): string => id.slice(-10);

/** A new id for an execution of `agentId`. Unique as long as one process makes an agent's ids. */
export function newExecutionId(agentId: Id, now: number = Date.now()): Id {
  const random = crypto.getRandomValues(new Uint8Array(3));
  return format(timeAndSequence(now) + hex(withVariant(random)) + agentTagOf(agentId));
}
