/** Schemas and types that worker and clients share. No I/O; zod is the only dependency. */
export { Id, agentTagOf, newExecutionId, newId } from "./ids.ts";
export { Timestamp, timestamp } from "./times.ts";
export { ErrorCode, FieldError, OrreryError, Problem, errorStatus } from "./errors.ts";
export type { OrreryErrorOptions } from "./errors.ts";
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
  ModelName,
  UpdateAgent,
} from "./agents.ts";
export {
  Attachment,
  CreateExecution,
  Execution,
  ExecutionError,
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
} from "./executions.ts";
export { Message, MessagePage, Session, SessionPage } from "./sessions.ts";
export { uiMessageStreamHeader } from "./streams.ts";
export type { FinishReason, TurnChunk, TurnMetadata } from "./streams.ts";
export { EventId, EventType, EventsCommand, EventsQuery, LiveEvent } from "./events.ts";
export type { EventDraft, EventsControl } from "./events.ts";
export { Model, ModelKind, ModelList } from "./models.ts";
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
