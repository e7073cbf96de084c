/** Bridges: a workspace's connections to Redis, over which agents of other systems reach ours. */
import { z } from "zod";
import { Id } from "./ids.ts";
import { pageOf } from "./pages.ts";
import { Name } from "./text.ts";
import { Timestamp } from "./times.ts";

/** What the three channels carry. */
export const ChannelRole = z.enum(["coordination", "tasks", "results"]);
export type ChannelRole = z.infer<typeof ChannelRole>;

/** `pubsub`: at most once, for peers that know nothing else. `streams`: at least once, by consumer groups. */
export const ChannelMode = z.enum(["pubsub", "streams"]);
export type ChannelMode = z.infer<typeof ChannelMode>;

/**
 * `off`: neither made nor looked at. `accept`: ours are made, those of others checked where they are there.
 * `require`: a message without is refused.
 */
export const ProtectionPolicy = z.enum(["off", "accept", "require"]);
export type ProtectionPolicy = z.infer<typeof ProtectionPolicy>;

const channelName = z.string().regex(/^[\x21-\x7e]{1,200}$/, "expected 1 to 200 visible ASCII characters");

/** One channel. In `streams` mode its name is the stream's key. */
export const ChannelSettings = z.strictObject({
  name: channelName,
  mode: ChannelMode.default("pubsub"),
  signing: ProtectionPolicy.default("off"),
  encryption: ProtectionPolicy.default("off"),
  /** About how many entries a stream keeps of what we write (`MAXLEN ~`). */
  maxLength: z.number().int().min(1_000).max(10_000_000).default(100_000),
});
export type ChannelSettings = z.infer<typeof ChannelSettings>;

const host = z.strictObject({ host: z.string().min(1).max(253), port: z.number().int().min(1).max(65_535) });

/**
 * Where Redis is. `url` is `redis://` or, with TLS, `rediss://`; user and password of an ACL stand beside it, not in
 * it. `rest` is the form over HTTPS of Upstash, for places without TCP: it polls streams, and hears channels.
 */
export const RedisAddress = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("tcp"),
    url: z
      .string()
      .regex(/^rediss?:\/\/[^@/]+(?:\/\d{1,4})?$/, "expected redis://host:port/db, with no password in it"),
    username: z.string().max(200).optional(),
    password: z.string().max(2_000).optional(),
  }),
  z.strictObject({
    kind: z.literal("sentinel"),
    sentinels: z.array(host).min(1).max(9),
    master: z.string().min(1).max(200),
    tls: z.boolean().default(false),
    username: z.string().max(200).optional(),
    password: z.string().max(2_000).optional(),
    db: z.number().int().min(0).max(9_999).default(0),
  }),
  z.strictObject({
    kind: z.literal("cluster"),
    nodes: z.array(host).min(1).max(50),
    tls: z.boolean().default(false),
    username: z.string().max(200).optional(),
    password: z.string().max(2_000).optional(),
  }),
  z.strictObject({
    kind: z.literal("rest"),
    url: z.url().max(2_000),
    token: z.string().min(1).max(2_000).optional(),
  }),
]);
export type RedisAddress = z.infer<typeof RedisAddress>;

const namespace = z.string().regex(/^[\w.:-]{1,100}$/, "expected letters, digits and . : _ -");

const settings = {
  name: Name,
  /** Whose messages these are. */
  application: z.enum(["fuse"]),
  redis: RedisAddress,
  channels: z.strictObject({
    coordination: ChannelSettings.default(ChannelSettings.parse({ name: "AI_COORDINATION_CHANNEL" })),
    tasks: ChannelSettings.default(ChannelSettings.parse({ name: "AI_TASK_CHANNEL" })),
    results: ChannelSettings.default(ChannelSettings.parse({ name: "AI_RESULT_CHANNEL" })),
  }),
  /** Names what belongs to this bridge in Redis: its consumer group, its dead letters, its claims. */
  namespace,
  /** Whether it connects; false parts it from Redis and keeps all it has. */
  enabled: z.boolean(),
};

export const CreateBridge = z
  .strictObject({
    name: settings.name,
    application: settings.application.default("fuse"),
    redis: settings.redis,
    channels: settings.channels.prefault({}),
    namespace: settings.namespace.default("newfuse-agents"),
    enabled: settings.enabled.default(true),
  })
  .meta({ id: "CreateBridge" });
export type CreateBridge = z.input<typeof CreateBridge>;

export const UpdateBridge = z
  .strictObject({
    name: settings.name.optional(),
    redis: settings.redis.optional(),
    /** What is given of a channel takes the place of all its settings; channels that are not given stay as they are. */
    channels: z
      .strictObject({
        coordination: ChannelSettings.optional(),
        tasks: ChannelSettings.optional(),
        results: ChannelSettings.optional(),
      })
      .optional(),
    enabled: settings.enabled.optional(),
  })
  .meta({ id: "UpdateBridge" });
export type UpdateBridge = z.input<typeof UpdateBridge>;

const count = z.number().int().nonnegative();

/** Counts since the bridge was made; rates are of the last minute. */
export const ChannelStatus = z.object({
  role: ChannelRole,
  name: z.string(),
  mode: ChannelMode,
  /** Messages taken from the channel. */
  received: count,
  /** Of them, those that somebody took over durably. */
  accepted: count,
  /** Of them, those that went to the dead letters. */
  rejected: count,
  sent: count,
  receivedPerMinute: count,
  sentPerMinute: count,
  /** Messages that a peer's sequence numbers say were there and never came. */
  gaps: count,
  /** In `streams` mode: entries not read yet, and read but not acknowledged. Null in `pubsub` mode. */
  lag: count.nullable(),
  pending: count.nullable(),
});
export type ChannelStatus = z.infer<typeof ChannelStatus>;

export const BridgeState = z.enum(["connected", "connecting", "disconnected", "disabled"]);
export type BridgeState = z.infer<typeof BridgeState>;

export const BridgeStatus = z
  .object({
    state: BridgeState,
    since: Timestamp,
    /** Why it is not connected. */
    error: z.string().optional(),
    /** Milliseconds that the last PING took. */
    latencyMs: z.number().nullable(),
    redisVersion: z.string().nullable(),
    reconnects: count,
    channels: z.array(ChannelStatus),
    /** Messages of ours that are on disk and not in Redis yet. */
    outbox: count,
    deadLetters: count,
  })
  .meta({ id: "BridgeStatus" });
export type BridgeStatus = z.infer<typeof BridgeStatus>;

/** Passwords and tokens are never shown; `secretSet` says whether there is one. */
export const Bridge = z
  .object({
    id: Id,
    name: settings.name,
    application: settings.application,
    redis: RedisAddress,
    secretSet: z.boolean(),
    channels: z.object({ coordination: ChannelSettings, tasks: ChannelSettings, results: ChannelSettings }),
    namespace,
    enabled: settings.enabled,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    status: BridgeStatus,
  })
  .meta({ id: "Bridge" });
export type Bridge = z.infer<typeof Bridge>;
export const BridgeList = pageOf(Bridge).meta({ id: "BridgeList" });

/** A message that nobody could take over. `payload` is as it came, unless it holds what must not be shown. */
export const DeadLetter = z
  .object({
    id: z.string(),
    role: ChannelRole,
    reason: z.string(),
    payload: z.string(),
    deliveries: count,
    at: Timestamp,
  })
  .meta({ id: "DeadLetter" });
export type DeadLetter = z.infer<typeof DeadLetter>;
export const DeadLetterList = pageOf(DeadLetter).meta({ id: "DeadLetterList" });

/** A message that passed, for people who watch: its outline, its text cut short, sensitive parts hidden. */
export const BridgeMessage = z
  .object({
    id: z.string(),
    at: Timestamp,
    direction: z.enum(["in", "out"]),
    role: ChannelRole,
    source: z.string().nullable(),
    target: z.string().nullable(),
    type: z.string().nullable(),
    taskId: z.string().nullable(),
    signed: z.boolean(),
    encrypted: z.boolean(),
    /** At most 500 characters. */
    preview: z.string(),
  })
  .meta({ id: "BridgeMessage" });
export type BridgeMessage = z.infer<typeof BridgeMessage>;
/** The newest first; a bridge keeps the last 500. */
export const BridgeMessageList = pageOf(BridgeMessage).meta({ id: "BridgeMessageList" });
