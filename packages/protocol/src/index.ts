/** Schemas and types that worker and clients share. No I/O; zod is the only dependency. */
export { Id, agentTagOf, executionIdAfter, newExecutionId, newId, timeOfId } from "./ids.ts";
export { Timestamp, timestamp } from "./times.ts";
export { ErrorCode, FieldError, OrreryError, Problem, errorStatus } from "./errors.ts";
export type { OrreryErrorOptions } from "./errors.ts";
export { outcomeOf, valueOf } from "./outcomes.ts";
export type { Outcome } from "./outcomes.ts";
export { PageQuery, pageOf } from "./pages.ts";
export type { Page } from "./pages.ts";
export {
  Agent,
  AgentPage,
  AgentStatus,
  AgentsQuery,
  Application,
  CreateAgent,
  EdgeLocation,
  UpdateAgent,
} from "./agents.ts";
export { ModelName } from "./model-names.ts";
export { placeholder, templateNames } from "./prompt-templates.ts";
export {
  Attachment,
  CreateExecution,
  Execution,
  ExecutionError,
  ExecutionInput,
  ExecutionPage,
  ExecutionStatus,
  ExecutionSummary,
  ExecutionSummaryPage,
  ExecutionsQuery,
  InputPart,
  StoredAttachment,
  ToolCall,
  Usage,
  WorkspaceExecutionsQuery,
  attachmentLimit,
  isFinal,
  usageOfCalls,
} from "./executions.ts";
export { Document, DocumentId, DocumentPage } from "./documents.ts";
export { Message, MessagePage, Session, SessionPage } from "./sessions.ts";
export { uiMessageStreamHeader } from "./streams.ts";
export type {
  FinishReason,
  GenerateChunk,
  GenerateMetadata,
  MessageChunk,
  TurnChunk,
  TurnMetadata,
} from "./streams.ts";
export { EventId, EventType, EventsCommand, EventsQuery, LiveEvent } from "./events.ts";
export type { EventDraft, EventsControl } from "./events.ts";
export { BreakerState, Model, ModelHealth, ModelKind, ModelList, ModelPrice, QualityTier } from "./models.ts";
export { ModelCacheCounts } from "./model-cache.ts";
export {
  CachePolicy,
  DataRegion,
  FilterAction,
  FilterClass,
  FilterPolicy,
  ModelLimits,
  ModelPattern,
  ModelPolicy,
  WorkspacePolicy,
} from "./policies.ts";
export { refusedOptions } from "./provider-options.ts";
export {
  ExclusionReason,
  FilterFinding,
  ModelCall,
  RouteCandidate,
  RouteDecision,
  RoutePreference,
  RouteTask,
} from "./routing.ts";
export {
  Budget,
  BudgetList,
  BudgetPeriod,
  BudgetScope,
  CreateBudget,
  UpdateBudget,
  UsageBy,
  UsageLine,
  UsageQuery,
  UsageReport,
  UsageTotals,
  removedAgents,
} from "./spending.ts";
export {
  EmbedRequest,
  EmbedResult,
  GenerateRequest,
  GenerateResult,
  GeneratedImage,
  ImageRequest,
  JsonSchema,
  RouteRequest,
} from "./model-calls.ts";
export {
  CreateToken,
  CreatedToken,
  Me,
  RevokeToken,
  Scope,
  Ticket,
  Token,
  TokenList,
  WorkspaceId,
} from "./identity.ts";
export { EdgeExecute, EdgeResult } from "./edge.ts";
export {
  CreatedKey,
  CreateKey,
  DestroyWorkspaceKey,
  Jwks,
  Key,
  KeyAlgorithm,
  KeyHolder,
  KeyList,
  KeyStatus,
  KeyUse,
  PeerScope,
  PublicJwk,
  RotateKey,
  WorkspaceKey,
} from "./keys.ts";
export {
  Bridge,
  BridgeList,
  BridgeMessage,
  BridgeMessageList,
  BridgeState,
  BridgeStatus,
  ChannelMode,
  ChannelRole,
  ChannelSettings,
  ChannelStatus,
  CreateBridge,
  DeadLetter,
  DeadLetterList,
  ProtectionPolicy,
  RedisAddress,
  UpdateBridge,
} from "./bridges.ts";
export {
  BareTask,
  CapabilityUpdate,
  ConflictPolicies,
  ConflictPolicy,
  CreateFuseAgent,
  Flag,
  FlagList,
  FlagName,
  FuseAgent,
  FuseAgentId,
  FuseAgentList,
  FuseAgentState,
  FuseConfiguration,
  FuseMessage,
  FuseMessageType,
  FusePriority,
  FuseTask,
  FuseTaskList,
  FuseTaskStatus,
  ImportFuseAgents,
  ImportResult,
  LegacyChannels,
  Migrate,
  MigrationMode,
  MigrationResult,
  SetFlag,
  ShadowDifference,
  ShadowDifferenceList,
} from "./fuse.ts";
