import type { Bridge, OrreryClient } from "@orrery/client";
import { Option, numeric } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { oneLine } from "../output/text.ts";

export interface WaitOption {
  wait: number;
}

/** Made anew for each command: Commander keeps what an option was given in the option. */
export const waitOption = (): Option =>
  numeric(new Option("--wait <seconds>", "wait for the connection so long").default(10), {
    min: 0,
    max: 600,
  });

/** Milliseconds between two looks at a bridge that connects. */
const look = 200;

/** The bridge once it is connected, or as it is when the seconds are over. */
export async function settled(client: OrreryClient, changed: Bridge, seconds: number): Promise<Bridge> {
  let bridge = changed;
  for (
    let left = seconds * 1_000;
    left > 0 && bridge.enabled && bridge.status.state !== "connected";
    left -= look
  ) {
    await new Promise((resolve) => setTimeout(resolve, look));
    bridge = await client.bridges.get(bridge.id);
  }
  return bridge;
}

/** @throws CommandFailure it is to be connected, and is not */
export function expectConnection({ name, enabled, status: { state, error } }: Bridge): void {
  if (!enabled || state === "connected") return;
  const why = error === undefined ? " yet" : `: ${oneLine(error).replace(/\.$/, "")}`;
  throw new CommandFailure(`${oneLine(name)} is not connected${why}.`);
}
