import { z } from "zod";
import { ErrorCode } from "./errors.ts";
import { Id } from "./ids.ts";
import { PageQuery, pageOf } from "./pages.ts";
import { VariableName } from "./prompt-templates.ts";
import { FilterFinding, ModelCall, RouteDecision } from "./routing.ts";
import { FileName, MediaType } from "./text.ts";
import { Timestamp } from "./times.ts";

/** Bytes an attachment may have, decoded; and how many one execution may carry. */
export const attachmentLimit = { bytes: 10 * 1024 * 1024, count: 8 };

/** Characters that an input's text may have. */
const inputLimit = 400_000;

/** A part of an input, as the AI SDK's `UIMessage` has it. */
export const InputPart = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text"), text: z.string().min(1).max(inputLimit) }),
    z.strictObject({
      type: z.literal("file"),
      mediaType: MediaType,
      filename: FileName.optional(),
      url: z.string().min(1).max(15_000_000),
    }),
  ])
  .meta({ id: "InputPart" });
export type InputPart = z.infer<typeof InputPart>;

const textOf = (part: InputPart): string => (part.type === "text" ? part.text : "");

/** What a model is asked: a text, or parts whose texts are no longer together. */
export const ExecutionInput = z.union([
  z.string().min(1).max(inputLimit),
  z
    .array(InputPart)
    .min(1)
    .max(32)
    .refine(
      (parts) => parts.reduce((sum, part) => sum + textOf(part).length, 0) <= inputLimit,
      `at most ${inputLimit} characters in all text parts together`,
    ),
]);
export type ExecutionInput = z.infer<typeof ExecutionInput>;

/** A document given with an execution: its bytes in base64, or an https address to fetch it from. */
export const Attachment = z
  .union([
    z.strictObject({
      name: FileName,
      mediaType: MediaType,
      data: z
        .base64()
        .min(1)
        .max(Math.ceil((attachmentLimit.bytes * 4) / 3) + 4),
    }),
    z.strictObject({
      name: FileName,
      mediaType: MediaType,
      url: z.url({ protocol: /^https?$/ }).max(2_048),
    }),
  ])
  .meta({ id: "Attachment" });
export type Attachment = z.infer<typeof Attachment>;

export const CreateExecution = z
  .strictObject({
    input: ExecutionInput,
    sessionId: Id.optional(),
    variables: z.record(VariableName, z.string().max(100_000)).optional(),
    attachments: z.array(Attachment).max(attachmentLimit.count).optional(),
    stream: z.boolean().optional(),
  })
  .meta({ id: "CreateExecution" });
export type CreateExecution = z.infer<typeof CreateExecution>;

export const ExecutionStatus = z.enum(["pending", "running", "waiting", "completed", "failed", "cancelled"]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

export const isFinal = (status: ExecutionStatus): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

export const Usage = z
  .object({
    inputTokens: z.number().int().nonnegative(),
    outputTokens: z.number().int().nonnegative(),
    /** Millionths of a US dollar. */
    costMicros: z.number().int().nonnegative(),
    /** Whether the answer came from a cache. */
    cached: z.boolean(),
  })
  .meta({ id: "Usage" });
export type Usage = z.infer<typeof Usage>;

/** What calls came to together. */
export function usageOfCalls(calls: readonly ModelCall[]): Usage {
  const usage: Usage = { inputTokens: 0, outputTokens: 0, costMicros: 0, cached: false };
  for (const call of calls) {
    usage.inputTokens += call.inputTokens;
    usage.outputTokens += call.outputTokens;
    usage.costMicros += call.costMicros;
    usage.cached ||= call.outcome === "cached";
  }
  return usage;
}

export const ToolCall = z
  .object({
    id: z.string(),
    name: z.string(),
    input: z.unknown(),
    output: z.unknown().optional(),
    error: z.string().optional(),
    startedAt: Timestamp,
    endedAt: Timestamp.optional(),
  })
  .meta({ id: "ToolCall" });
export type ToolCall = z.infer<typeof ToolCall>;

export const ExecutionError = z.object({
  code: ErrorCode,
  message: z.string(),
  retryable: z.boolean(),
});
export type ExecutionError = z.infer<typeof ExecutionError>;

/** A document as an execution remembers it; its bytes lie in the file store. */
export const StoredAttachment = z.object({
  name: z.string(),
  mediaType: z.string(),
  /** Bytes. */
  size: z.number().int().nonnegative(),
});
export type StoredAttachment = z.infer<typeof StoredAttachment>;

export const Execution = z
  .object({
    id: Id,
    agentId: Id,
    sessionId: Id,
    input: z.union([z.string(), z.array(InputPart)]),
    attachments: z.array(StoredAttachment),
    /** The answer's text; present once the execution has completed, and kept when it stopped midway. */
    output: z.string().optional(),
    status: ExecutionStatus,
    /** Cloudflare's data centre (IATA code), or `local`. */
    edgeLocation: z.string(),
    model: z.string().optional(),
    /** Milliseconds from acceptance to the final state. */
    latencyMs: z.number().nonnegative().optional(),
    /** Milliseconds from acceptance to the first token of the answer. */
    firstTokenMs: z.number().nonnegative().optional(),
    usage: Usage.optional(),
    toolCalls: z.array(ToolCall),
    /** How each step's model was chosen, in order. */
    routes: z.array(RouteDecision),
    /** Every call to a provider, failed ones included; `usage` is their sum. */
    modelCalls: z.array(ModelCall),
    /** What the output filter found. */
    filtered: z.array(FilterFinding),
    error: ExecutionError.optional(),
    /** Set where the workspace's key was destroyed: nobody can read what a confidential agent was given and said. */
    unreadable: z.literal(true).optional(),
    createdAt: Timestamp,
    completedAt: Timestamp.optional(),
  })
  .meta({ id: "Execution" });
export type Execution = z.infer<typeof Execution>;

export const ExecutionsQuery = PageQuery.extend({ status: ExecutionStatus.optional() });
export type ExecutionsQuery = z.infer<typeof ExecutionsQuery>;

/** Executions of a whole workspace, newest first, from the index. */
export const WorkspaceExecutionsQuery = ExecutionsQuery.extend({ agentId: Id.optional() });
export type WorkspaceExecutionsQuery = z.infer<typeof WorkspaceExecutionsQuery>;

/** A line of a list of executions: an execution without its long parts. */
export const ExecutionSummary = Execution.omit({
  input: true,
  output: true,
  toolCalls: true,
  attachments: true,
  routes: true,
  modelCalls: true,
  filtered: true,
})
  .extend({
    /** The first 200 characters of the input's text; empty for a confidential agent. */
    inputPreview: z.string(),
    agentName: z.string().optional(),
  })
  .meta({ id: "ExecutionSummary" });
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;

export const ExecutionPage = pageOf(Execution).meta({ id: "ExecutionPage" });
export const ExecutionSummaryPage = pageOf(ExecutionSummary).meta({ id: "ExecutionSummaryPage" });
