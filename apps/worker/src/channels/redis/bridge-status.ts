import type { BridgeStatus, ChannelRole, ChannelStatus } from "@orrery/protocol";
import type { BridgeLine } from "./bridge-line.ts";
import type { Measures } from "./bridge-measures.ts";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { BridgeTraffic } from "./bridge-traffic.ts";

export interface StatusParts {
  readonly settings: BridgeSettings;
  readonly line: Pick<BridgeLine, "status" | "reconnects">;
  readonly traffic: Pick<BridgeTraffic, "counts" | "outbox" | "trouble">;
  /** What Redis said last; undefined before it said anything. */
  readonly measures: Measures | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** How a bridge is: its connection, what passed through its channels, what waits. */
export function statusOf({ settings, line, traffic, measures, now }: StatusParts): BridgeStatus {
  const { state, since, error: parted } = line.status;
  const error = state === "disabled" ? undefined : (parted ?? traffic.trouble ?? undefined);
  const channels = Object.entries(settings.channels).map(([name, { mode, name: channel }]): ChannelStatus => {
    const role = name as ChannelRole;
    const stream = mode === "streams" ? measures?.streams.get(role) : undefined;
    return {
      role,
      name: channel,
      mode,
      ...traffic.counts.of(role),
      ...traffic.counts.rates(role, now),
      lag: stream?.lag ?? null,
      pending: stream?.pending ?? null,
    };
  });
  return {
    state,
    since,
    ...(error !== undefined && { error }),
    latencyMs: state === "connected" ? (measures?.latencyMs ?? null) : null,
    redisVersion: measures?.redisVersion ?? null,
    reconnects: line.reconnects,
    channels,
    outbox: traffic.outbox.size,
    deadLetters: measures?.deadLetters ?? 0,
  };
}
