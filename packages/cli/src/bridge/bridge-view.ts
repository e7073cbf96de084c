import type { Bridge, BridgeState, ChannelStatus } from "@orrery/client";
import { ago, counted, duration } from "../output/units.ts";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";

export function paintState(state: BridgeState, text: string, { style }: Session): string {
  if (state === "connected") return style.green(text);
  if (state === "disconnected") return style.red(text);
  return state === "disabled" ? style.dim(text) : style.yellow(text);
}

/** Where its Redis is, on one line and without secrets. */
export function addressText({ redis }: Pick<Bridge, "redis">): string {
  const hosts = (all: { host: string; port: number }[]) =>
    all.map(({ host, port }) => `${host}:${port}`).join(", ");
  switch (redis.kind) {
    case "tcp":
    case "rest":
      return redis.url;
    case "sentinel":
      return `${redis.master} by the Sentinels ${hosts(redis.sentinels)}`;
    case "cluster":
      return `the Cluster of ${hosts(redis.nodes)}`;
    default:
      return redis satisfies never;
  }
}

/** A bridge with its connection and its channels. */
export function bridgeView(bridge: Bridge, session: Session): string {
  const { style } = session;
  const { status, channels } = bridge;
  const now = session.terminal.now();
  const head = `${style.bold(oneLine(bridge.name))}  ${paintState(status.state, status.state, session)}\n`;
  const facts = session.facts([
    ["id", bridge.id],
    ["redis", oneLine(addressText(bridge))],
    ["as", whom(bridge)],
    ["version", status.redisVersion],
    ["latency", status.latencyMs === null ? null : duration(status.latencyMs)],
    ["since", ago(status.since, now)],
    ["reconnects", status.reconnects || null],
    ["error", status.error && style.red(oneLine(status.error))],
    ["namespace", bridge.namespace],
    ["outbox", status.outbox === 0 ? "empty" : counted(status.outbox, "message")],
    [
      "dead letters",
      status.deadLetters === 0
        ? "none"
        : style.yellow(`${status.deadLetters}: orrery bridge dead-letters ${bridge.id}`),
    ],
  ]);
  const protection = (channel: ChannelStatus): string => {
    const { signing, encryption } = channels[channel.role];
    const said = [
      signing !== "off" && `signing ${signing}`,
      encryption !== "off" && `encryption ${encryption}`,
    ].filter(Boolean);
    return said.join(", ");
  };
  const table = session.table(status.channels, [
    { heading: "CHANNEL", value: ({ role }) => role },
    { heading: "NAME", value: ({ name }) => name, elastic: true },
    { heading: "MODE", value: ({ mode }) => mode },
    { heading: "IN", value: ({ received }) => received, align: "right" },
    {
      heading: "IN/MIN",
      optional: true,
      value: ({ receivedPerMinute }) => receivedPerMinute,
      align: "right",
    },
    { heading: "OUT", value: ({ sent }) => sent, align: "right" },
    { heading: "OUT/MIN", optional: true, value: ({ sentPerMinute }) => sentPerMinute, align: "right" },
    { heading: "REJECTED", optional: true, value: ({ rejected }) => rejected, align: "right" },
    { heading: "LAG", value: ({ lag }) => lag, align: "right" },
    { heading: "PENDING", optional: true, value: ({ pending }) => pending, align: "right" },
    {
      heading: "GAPS",
      optional: true,
      value: ({ mode, gaps }) => (mode === "pubsub" ? gaps : null),
      align: "right",
    },
    { heading: "PROTECTION", optional: true, value: (channel) => protection(channel) || null },
  ]);
  return `${head}${facts}\n${table}`;
}

function whom({ redis, secretSet }: Bridge): string | null {
  const user = redis.kind === "rest" ? undefined : redis.username;
  if (redis.kind === "rest") return secretSet ? "with a token" : null;
  if (!secretSet) return user === undefined ? null : oneLine(user);
  return `${oneLine(user ?? "default")}, with a password`;
}
