/** The New Fuse: its messages on Redis, its agents here, and how they move from there to here. */
import { z } from "zod";
import { CreateBridge } from "./bridges.ts";
import { Id } from "./ids.ts";
import { ModelName } from "./model-names.ts";
import { pageOf } from "./pages.ts";
import { Timestamp } from "./times.ts";

/**
 * The existing system's own configuration, as far as it says something here: what else it holds is passed over. Its
 * agents are durable objects with a database and live sockets in any case.
 */
export const FuseConfiguration = z.looseObject({
  namespace: CreateBridge.shape.namespace,
  persistence: z
    .looseObject({ type: z.literal("durable-objects"), database: z.boolean().default(true) })
    .optional(),
  communication: z
    .looseObject({ websocket: z.boolean().default(true), redis: z.boolean().default(true) })
    .optional(),
});
export type FuseConfiguration = z.infer<typeof FuseConfiguration>;

// Messages, format 2.0.0. What they hold beyond this is kept.

export const FuseMessageType = z.enum([
  "SYSTEM",
  "CONVERSATION",
  "TASK",
  "IMPROVEMENT",
  "ACKNOWLEDGMENT",
  "STATUS",
]);
export type FuseMessageType = z.infer<typeof FuseMessageType>;

export const FusePriority = z.enum(["LOW", "MEDIUM", "HIGH"]);
export type FusePriority = z.infer<typeof FusePriority>;

/** An agent's name in the existing system. */
export const FuseAgentId = z.string().regex(/^[\w.@-]{1,128}$/, "expected letters, digits and . @ _ -");
export type FuseAgentId = z.infer<typeof FuseAgentId>;

export const FuseMessage = z.looseObject({
  header: z.looseObject({
    source: z.string().max(200),
    /** Nobody in particular where there is none. */
    target: z.string().max(200).nullish(),
    type: FuseMessageType,
    version: z.literal("2.0.0"),
    priority: FusePriority,
  }),
  body: z.looseObject({
    content: z.looseObject({}),
    metadata: z.looseObject({ sent_at: z.string(), version: z.string() }),
    timestamp: z.union([z.string(), z.number()]),
  }),
});
export type FuseMessage = z.infer<typeof FuseMessage>;

/** What older peers send. */
export const BareTask = z.looseObject({ id: z.union([z.string().min(1).max(200), z.number().int()]) });
export type BareTask = z.infer<typeof BareTask>;

export const CapabilityUpdate = z.looseObject({
  type: z.literal("capability_update"),
  capabilities: z.array(z.string().min(1).max(64)).max(64),
});
export type CapabilityUpdate = z.infer<typeof CapabilityUpdate>;

// Agents

/** Who answers for an agent: the existing system, it with ours beside it unheard, both by share, or ours. */
export const MigrationMode = z.enum(["legacy", "shadow", "canary", "orrery"]);
export type MigrationMode = z.infer<typeof MigrationMode>;

/**
 * Where the existing agent listens and answers. `shared`: on the bridge's own channels, beside everyone. `private`: on
 * `<tasks>:legacy:<id>` and `<results>:legacy:<id>`, to which the bridge hands its tasks and from which it takes its
 * results, so that what it may answer is decided here although it knows nothing of it.
 */
export const LegacyChannels = z.enum(["shared", "private"]);
export type LegacyChannels = z.infer<typeof LegacyChannels>;

/** What happens where both sides changed one field of an agent's state. */
export const ConflictPolicy = z.enum(["object-wins", "merge", "redis-wins"]);
export type ConflictPolicy = z.infer<typeof ConflictPolicy>;

/** `capabilities`, `status` or any other field of the state; `*` stands for those that are not named. */
export const ConflictPolicies = z.record(z.string().max(64), ConflictPolicy);

export const FuseAgentState = z.object({
  id: FuseAgentId,
  status: z.enum(["active", "inactive"]),
  capabilities: z.array(z.string()),
  metrics: z.object({ requestsHandled: z.number().int().nonnegative(), lastActive: Timestamp.nullable() }),
});
export type FuseAgentState = z.infer<typeof FuseAgentState>;

const count = z.number().int().nonnegative();

/** One card of the migration board. */
export const FuseAgent = z
  .object({
    id: FuseAgentId,
    bridgeId: Id,
    /** The agent of ours that does its work. */
    agentId: Id,
    mode: MigrationMode,
    /** Of 100 tasks, how many ours takes in `canary` mode. */
    canaryPercent: z.number().int().min(0).max(100),
    legacyChannels: LegacyChannels,
    /** A change of mode that is under way: the mode is decided, Redis does not know it yet. */
    migrating: z.boolean(),
    state: FuseAgentState,
    /** Takes no new tasks (`paused`), or ends those it has and then none (`draining`). */
    activity: z.enum(["running", "paused", "draining"]),
    conflicts: ConflictPolicies,
    /** The lease in Redis: who holds it, with what fencing token, until when. Null while it is not known. */
    lease: z
      .object({ owner: z.enum(["orrery", "legacy", "none"]), token: count, expiresAt: Timestamp.nullable() })
      .nullable(),
    /** Whether the existing agent's heartbeat is there. */
    legacyAlive: z.boolean().nullable(),
    /** Why its state cannot be kept in step with Redis; null where it can. */
    stateProblem: z.string().nullable(),
    tasks: z.object({ queued: count, running: count, completed: count, failed: count, cancelled: count }),
    shadow: z.object({
      compared: count,
      /** Of those compared, how many results were not the same. */
      different: count,
      /** Median milliseconds of both sides; null where nothing was compared. */
      legacyMs: z.number().nullable(),
      orreryMs: z.number().nullable(),
      costMicros: count,
    }),
    flags: z.record(z.string(), z.boolean()),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "FuseAgent" });
export type FuseAgent = z.infer<typeof FuseAgent>;
export const FuseAgentList = pageOf(FuseAgent).meta({ id: "FuseAgentList" });

/** Makes the agent here that is to take over for one of the existing system; it begins in `legacy` mode. */
export const CreateFuseAgent = z
  .strictObject({
    id: FuseAgentId,
    bridgeId: Id,
    /** An agent that is there already; a new one is made where not given. */
    agentId: Id.optional(),
    model: ModelName.default("auto"),
    systemPrompt: z.string().max(100_000).optional(),
    tools: z.array(z.string()).max(64).optional(),
    capabilities: z.array(z.string().min(1).max(64)).max(64).default([]),
    mode: MigrationMode.default("legacy"),
    legacyChannels: LegacyChannels.default("shared"),
    conflicts: ConflictPolicies.default({ "*": "object-wins" }),
    /** What it is given and answers is sealed at rest, and encrypted end to end to those who gave us a key. */
    confidential: z.boolean().default(false),
  })
  .meta({ id: "CreateFuseAgent" });
export type CreateFuseAgent = z.input<typeof CreateFuseAgent>;

/** Reads agents' state and capabilities from Redis and makes those that are not here yet, in `legacy` mode. */
export const ImportFuseAgents = z
  .strictObject({
    bridgeId: Id,
    /** All whose keys are found where not given. */
    ids: z.array(FuseAgentId).max(1_000).optional(),
    model: ModelName.default("auto"),
    /** What they are given and answer is sealed at rest, and encrypted end to end to those who gave us a key. */
    confidential: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: "ImportFuseAgents" });
export type ImportFuseAgents = z.input<typeof ImportFuseAgents>;

export const ImportResult = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        outcome: z.enum(["created", "existing", "would-create", "failed"]),
        capabilities: z.array(z.string()),
        detail: z.string().optional(),
      }),
    ),
    /** There are more whose keys were not looked at: done again, it goes on with those. */
    truncated: z.boolean(),
  })
  .meta({ id: "ImportResult" });
export type ImportResult = z.infer<typeof ImportResult>;

export const Migrate = z
  .strictObject({
    mode: MigrationMode,
    percent: z.number().int().min(0).max(100).optional(),
    /** Where the existing agent listens from now on; as before where not given. */
    legacyChannels: LegacyChannels.optional(),
    /** Takes over although the existing agent still gives signs of life. */
    force: z.boolean().default(false),
  })
  .refine(({ mode, percent }) => mode === "canary" || percent === undefined, {
    path: ["percent"],
    message: "only canary has a percentage",
  })
  .meta({ id: "Migrate" });
export type Migrate = z.input<typeof Migrate>;

/** What became of a migration: the agent as it is now, and how many unfinished tasks were handed back. */
export const MigrationResult = z
  .object({ agent: FuseAgent, handedBack: count })
  .meta({ id: "MigrationResult" });
export type MigrationResult = z.infer<typeof MigrationResult>;

// Tasks

export const FuseTaskStatus = z.enum([
  "queued",
  "running",
  "completed",
  "failed",
  "cancelled",
  "handed-back",
]);
export type FuseTaskStatus = z.infer<typeof FuseTaskStatus>;

/** A task that an agent here took over. What was encrypted is not shown. */
export const FuseTask = z
  .object({
    id: z.string(),
    fuseAgentId: FuseAgentId,
    source: z.string().nullable(),
    type: z.string().nullable(),
    priority: FusePriority,
    status: FuseTaskStatus,
    shadow: z.boolean(),
    executionId: Id.nullable(),
    error: z.string().nullable(),
    /** When a result that comes later is none any more. */
    deadline: Timestamp.nullable(),
    acceptedAt: Timestamp,
    startedAt: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    /** When its result was known to be in Redis: word of that is gathered, and comes up to a second after. */
    publishedAt: Timestamp.nullable(),
  })
  .meta({ id: "FuseTask" });
export type FuseTask = z.infer<typeof FuseTask>;
export const FuseTaskList = pageOf(FuseTask).meta({ id: "FuseTaskList" });

/** One task that both sides did. */
export const ShadowDifference = z
  .object({
    taskId: z.string(),
    same: z.boolean(),
    /** 0 (nothing in common) to 1 (the same), by words. */
    similarity: z.number().min(0).max(1),
    legacy: z.object({ preview: z.string(), latencyMs: z.number().nullable() }),
    orrery: z.object({ preview: z.string(), latencyMs: z.number(), costMicros: count }),
    at: Timestamp,
  })
  .meta({ id: "ShadowDifference" });
export type ShadowDifference = z.infer<typeof ShadowDifference>;
export const ShadowDifferenceList = pageOf(ShadowDifference).meta({ id: "ShadowDifferenceList" });

// Feature flags

/** New behaviour that is turned on bit by bit. The closed list is in the docs. */
export const FlagName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "expected a flag's name such as fuse-streams");

export const Flag = z
  .object({
    name: FlagName,
    description: z.string(),
    /** What holds where nobody said otherwise. */
    default: z.boolean(),
    /** Of the workspace; null where it says nothing. */
    workspace: z.boolean().nullable(),
    /** Of single agents, by their id. */
    agents: z.record(z.string(), z.boolean()),
  })
  .meta({ id: "Flag" });
export type Flag = z.infer<typeof Flag>;
export const FlagList = z.object({ items: z.array(Flag), nextCursor: z.null() }).meta({ id: "FlagList" });

/** `enabled: null` takes back what was said. */
export const SetFlag = z
  .strictObject({ enabled: z.boolean().nullable(), agentId: Id.optional() })
  .meta({ id: "SetFlag" });
export type SetFlag = z.infer<typeof SetFlag>;
