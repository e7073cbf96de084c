/** The contract of a tool. No implementation lives here. */
import type { z } from "zod";
import type { RequestSigning } from "../../security/index.ts";

/**
 * What running a tool twice means. `read`: nothing. `repeatable`: the same as once, as long as the
 * idempotency key is honoured. `once`: harm; where its outcome is unknown it is reconciled, never run again.
 */
export type ToolEffect = "read" | "repeatable" | "once";

/** A document an agent was given. `text()` is extracted on first use and kept. */
export interface AgentDocument {
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Whether it is a confidential agent's: of its text, no more than single words stays in memory from one call to the next. */
  confidential?: boolean;
  /** Its text; @throws OrreryError invalid_request where none can be read, with the reason. */
  text(): Promise<string>;
}

export interface ToolContext {
  /** Stable across retries and restarts: the same call always has the same key. */
  idempotencyKey: string;
  signal: AbortSignal;
  now(): Date;
  /** What this session sees: its own documents first, then the agent's, newest first. */
  documents(): Promise<AgentDocument[]>;
}

/** What became of a call whose answer was lost. */
export type Reconciled =
  | { outcome: "done"; output: unknown }
  | { outcome: "absent" }
  | { outcome: "unknown" };

export interface Tool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  /** Milliseconds after which a run is given up, what it does to find out what became of it included; two minutes without. */
  readonly timeoutMs?: number;
  /** Whether it works in this process, which what it does can hold up or end. */
  readonly isLocal?: boolean;
  /** JSON Schema for models. */
  readonly inputSchema: Record<string, unknown>;
  /** Parses what a model sent; the issues go back to the model as the call's error. */
  parse(input: unknown): z.ZodSafeParseResult<Input>;
  /** The answer must be JSON. A thrown error reaches the model as the call's error. */
  run(input: Input, context: ToolContext): Promise<unknown>;
  /** For tools whose requests are to be signed: the same tool, with what signs them. */
  signedBy?(sign: RequestSigning): Tool<Input>;
  /** For `once`: asks the outside what became of the call with this key. */
  reconcile?(idempotencyKey: string, signal: AbortSignal): Promise<Reconciled>;
}
