/** When messages come again that could not be taken over, and when that has been enough. */

/** Deliveries after which a message is poison whose taking over fails, and one that was only put off. */
const failuresBorne = 16;
export const deliveriesBorne = 64;

/** Milliseconds before the second delivery, and at most before any. */
const first = 250;
const longest = 15_000;

/** How long a message waits that was delivered `deliveries` times. */
export const retryDelay = (deliveries: number): number =>
  Math.min(longest, first * 2 ** Math.min(Math.max(deliveries, 1) - 1, 16));

/** Why a message is not to come again; null where it is. */
export function poisonReason(outcome: "later" | "failed", reason: string, deliveries: number): string | null {
  const borne = outcome === "failed" ? failuresBorne : deliveriesBorne;
  return deliveries < borne ? null : `delivered ${deliveries} times and never taken over: ${reason}`;
}
