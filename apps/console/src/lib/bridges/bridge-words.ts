/** Bridges in words. */
import type {
  Bridge,
  BridgeState,
  ChannelMode,
  ChannelRole,
  ProtectionPolicy,
  RedisAddress,
} from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";

export const stateLooks: Record<BridgeState, { label: string; variant: BadgeVariant; live?: true }> = {
  connected: { label: "Connected", variant: "success" },
  connecting: { label: "Connecting", variant: "brand", live: true },
  disconnected: { label: "Not connected", variant: "destructive" },
  disabled: { label: "Off", variant: "neutral" },
};

export const roleNames: Record<ChannelRole, string> = {
  coordination: "Coordination",
  tasks: "Tasks",
  results: "Results",
};

/** What each channel carries, for those who set one up. */
export const roleHints: Record<ChannelRole, string> = {
  coordination: "Which agents exist and what they can do; pauses, pings and hand-offs.",
  tasks: "What agents are asked to do.",
  results: "What they answered.",
};

export const modeNames: Record<ChannelMode, string> = { pubsub: "Pub/sub", streams: "Streams" };

export const modeOptions: readonly { value: ChannelMode; label: string; hint: string }[] = [
  { value: "pubsub", label: "Pub/sub", hint: "at most once" },
  { value: "streams", label: "Streams", hint: "every task exactly once" },
];

export const policyOptions: readonly { value: ProtectionPolicy; label: string; hint: string }[] = [
  { value: "off", label: "Off", hint: "neither added nor checked" },
  { value: "accept", label: "Accept", hint: "checked if present" },
  { value: "require", label: "Require", hint: "refused if missing" },
];

export const kindOptions: readonly { value: RedisAddress["kind"]; label: string; hint: string }[] = [
  { value: "tcp", label: "One server", hint: "redis:// or rediss://" },
  { value: "sentinel", label: "Sentinel", hint: "follows the master" },
  { value: "cluster", label: "Cluster", hint: "several nodes" },
  { value: "rest", label: "REST", hint: "over HTTPS, such as Upstash" },
];

/** Where Redis is, on one line and without anything secret. */
export function addressOf(redis: RedisAddress): string {
  switch (redis.kind) {
    case "tcp":
    case "rest":
      return redis.url;
    case "sentinel":
      return `${redis.master} by ${redis.sentinels.map(({ host, port }) => `${host}:${port}`).join(", ")}`;
    case "cluster":
      return redis.nodes.map(({ host, port }) => `${host}:${port}`).join(", ");
  }
}

/** How the way to Redis is kept from others: by TLS, or not at all. */
export const isPrivateLine = (redis: RedisAddress): boolean => {
  switch (redis.kind) {
    case "tcp":
      return redis.url.startsWith("rediss:");
    case "rest":
      return redis.url.startsWith("https:");
    case "sentinel":
    case "cluster":
      return redis.tls;
  }
};

/** 0.42 → "0.4/s", 12.3 → "12/s". */
export const rateWords = (perSecond: number): string =>
  `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;

/** Bridges to choose from, each with how it stands. */
export const bridgeOptions = (bridges: readonly Bridge[]): { value: string; label: string; hint: string }[] =>
  bridges.map(({ id, name, status }) => ({ value: id, label: name, hint: stateLooks[status.state].label }));

/** The bridge that one most likely means: the first that is connected, else the first. */
export const likeliestBridge = (bridges: readonly Bridge[]): Bridge | undefined =>
  bridges.find(({ status }) => status.state === "connected") ?? bridges[0];

/** What all channels of a bridge come to. */
export interface BridgeTotals {
  receivedPerMinute: number;
  sentPerMinute: number;
  /** Entries of streams that were not read yet; null where no channel is a stream. */
  lag: number | null;
}

export function totalsOf({ status }: Pick<Bridge, "status">): BridgeTotals {
  const lags = status.channels.flatMap(({ lag }) => (lag === null ? [] : [lag]));
  return {
    receivedPerMinute: status.channels.reduce((sum, { receivedPerMinute }) => sum + receivedPerMinute, 0),
    sentPerMinute: status.channels.reduce((sum, { sentPerMinute }) => sum + sentPerMinute, 0),
    lag: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0),
  };
}
