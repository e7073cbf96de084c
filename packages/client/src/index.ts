/** TypeScript client for Orrery: agents, executions, sessions and live events. */

/** The client. */
export { createClient } from "./client.ts";
export type { ClientOptions, OrreryClient } from "./client.ts";

/** What its parts do. */
export type { AgentFilter, Agents } from "./agents.ts";
export type { ExecutionFilter, ExecutionOptions, Executions, FollowOptions } from "./executions.ts";
export { isFinalStatus } from "./execution-status.ts";
export type { ExecutionStream } from "./execution-stream.ts";
export type { AttachmentInput } from "./attachments.ts";
export type { Documents } from "./documents.ts";
export type { Sessions } from "./sessions.ts";
export type { Generation, Models } from "./models.ts";
export type { UsageFilter, UsageReports } from "./usage.ts";
export type { Budgets } from "./budgets.ts";
export type { Tokens } from "./tokens.ts";
export type { Keys, WorkspaceKeys } from "./keys.ts";
export type { Bridges } from "./bridges.ts";
export type { Fuse, FuseAgentFilter, FuseAgents, FuseTaskFilter } from "./fuse.ts";
export type { Flags } from "./flags.ts";
export type { Index, IndexDifference, IndexReport } from "./index-check.ts";
export type { Dependency, Readiness } from "./readiness.ts";
export type { ConnectionStatus, Events, EventsGap, SubscribeOptions } from "./events.ts";
export type { PageOptions } from "./pages.ts";
export type { RequestOptions, WriteOptions } from "./transport.ts";

/** What can go wrong, and what is tried again. */
export { ApiError, ConnectionError } from "./errors.ts";
export { defaultRetry } from "./retry.ts";
export type { RetryPolicy } from "./retry.ts";

/** A turn's chunks as a message. */
export { MessageBuilder, isToolPart, knownParts, readMessage, textOf, toolNameOf } from "./message.ts";
export type {
  FilePart,
  MessagePart,
  ReasoningPart,
  SourcePart,
  TextPart,
  ToolPart,
  TurnMessage,
} from "./message.ts";

/** Server-sent events, for other streams of the platform. */
export { SseParser, readSse } from "./sse.ts";
export type { SseEvent } from "./sse.ts";

/** For clients on other platforms and for tests. */
export { systemClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export type { WebSocketConstructor, WebSocketLike } from "./events-socket.ts";

/** The contract's own types, so that a program needs this package alone. */
export type {
  Agent,
  Attachment,
  Bridge,
  BridgeMessage,
  BridgeState,
  BridgeStatus,
  Budget,
  ChannelRole,
  ChannelStatus,
  CreateAgent,
  CreateBridge,
  CreateBudget,
  CreateFuseAgent,
  CreateKey,
  CreateToken,
  CreatedKey,
  CreatedToken,
  DeadLetter,
  Document,
  EmbedResult,
  Execution,
  ExecutionStatus,
  ExecutionSummary,
  FilterFinding,
  Flag,
  FuseAgent,
  FuseTask,
  FuseTaskStatus,
  GenerateChunk,
  GenerateMetadata,
  GenerateResult,
  GeneratedImage,
  ImportFuseAgents,
  ImportResult,
  InputPart,
  Jwks,
  Key,
  KeyHolder,
  LiveEvent,
  Me,
  Message,
  MessageChunk,
  Migrate,
  MigrationMode,
  MigrationResult,
  Model,
  ModelCacheCounts,
  ModelCall,
  ModelPolicy,
  Page,
  RouteDecision,
  Session,
  SetFlag,
  ShadowDifference,
  Token,
  TurnChunk,
  TurnMetadata,
  UpdateAgent,
  UpdateBridge,
  Usage,
  UsageLine,
  UsageReport,
  WorkspaceKey,
  WorkspacePolicy,
} from "@orrery/protocol";
