import { z } from "zod";
import { Id } from "./ids.ts";
import { ModelName } from "./model-names.ts";
import { PageQuery, pageOf } from "./pages.ts";
import { ModelPolicy } from "./policies.ts";
import { PromptTemplate } from "./prompt-templates.ts";
import { Name } from "./text.ts";
import { Timestamp } from "./times.ts";

/** Applications that this build knows; an agent belongs to exactly one. */
export const Application = z.enum(["assistant", "fuse", "research", "inft"]);
export type Application = z.infer<typeof Application>;

export const AgentStatus = z.enum(["active", "inactive"]);

/**
 * Where an agent's object is placed: Cloudflare's location hints, or `auto` for near whoever
 * creates it. Source: https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export const EdgeLocation = z.enum([
  "auto",
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "oc",
  "afr",
  "me",
]);
export type EdgeLocation = z.infer<typeof EdgeLocation>;

const ToolName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a tool's name such as read_document");

const Labels = z
  .record(z.string().regex(/^[\w.-]{1,63}$/), z.string().max(256))
  .refine((labels) => Object.keys(labels).length <= 32, "at most 32 labels");

const settings = {
  name: z.string().trim().min(1).max(120),
  application: Application,
  model: ModelName,
  promptTemplate: z.string().min(1).max(32_000),
  systemPrompt: z.string().max(100_000).optional(),
  temperature: z.number().min(0).max(2),
  maxTokens: z.number().int().min(1).max(1_000_000),
  tools: z.array(ToolName).max(64),
  edgeLocations: z.array(EdgeLocation).min(1).max(10),
  capabilities: z.array(z.string().min(1).max(64)).max(64),
  status: AgentStatus,
  labels: Labels,
};

/**
 * An agent as it is shown. What it was given is not held to more than it was when it was given: a rule that came later
 * must not keep an agent from being shown.
 */
export const Agent = z
  .object({
    id: Id,
    ...settings,
    modelPolicy: ModelPolicy,
    /**
     * Whether what its executions are given and say lies on disk sealed under the workspace's key, and is left out of
     * lists and events. Settled when the agent is made: what was written readably cannot be unwritten.
     */
    confidential: z.boolean(),
    metrics: z.object({
      requestsHandled: z.number().int().nonnegative(),
      lastActive: Timestamp.nullable(),
    }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "Agent" });
export type Agent = z.infer<typeof Agent>;

export const CreateAgent = z
  .strictObject({
    name: Name,
    application: settings.application.default("assistant"),
    model: settings.model.default("offline/extract"),
    promptTemplate: PromptTemplate.default("{{input}}"),
    systemPrompt: settings.systemPrompt,
    temperature: settings.temperature.default(0.7),
    maxTokens: settings.maxTokens.default(1024),
    tools: settings.tools.default(["read_document", "search_documents", "current_time", "calculate"]),
    edgeLocations: settings.edgeLocations.default(["auto"]),
    capabilities: settings.capabilities.default([]),
    status: settings.status.default("active"),
    labels: settings.labels.default({}),
    modelPolicy: ModelPolicy.default({}),
    /** Needs KEY_ENCRYPTION_KEY. */
    confidential: z.boolean().default(false),
  })
  .meta({ id: "CreateAgent" });
export type CreateAgent = z.input<typeof CreateAgent>;

/** A change of some settings; `systemPrompt: null` removes it. An agent keeps its application, its place and its confidentiality. */
export const UpdateAgent = z
  .strictObject({
    name: Name.optional(),
    model: settings.model.optional(),
    promptTemplate: PromptTemplate.optional(),
    systemPrompt: z.string().max(100_000).nullable().optional(),
    temperature: settings.temperature.optional(),
    maxTokens: settings.maxTokens.optional(),
    tools: settings.tools.optional(),
    capabilities: settings.capabilities.optional(),
    status: settings.status.optional(),
    labels: settings.labels.optional(),
    /** Replaces the whole policy. */
    modelPolicy: ModelPolicy.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "nothing to change")
  .meta({ id: "UpdateAgent" });
export type UpdateAgent = z.input<typeof UpdateAgent>;

/** `q` matches the beginning of any word of the name, or an id in full. */
export const AgentsQuery = PageQuery.extend({
  application: Application.optional(),
  status: AgentStatus.optional(),
  q: z.string().trim().min(1).max(120).optional(),
});
export type AgentsQuery = z.infer<typeof AgentsQuery>;

export const AgentPage = pageOf(Agent).meta({ id: "AgentPage" });
