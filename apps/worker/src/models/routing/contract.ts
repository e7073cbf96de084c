/** The contract between the gateway and the router. No implementation lives here. */
import type {
  ModelHealth,
  ModelKind,
  ModelPolicy,
  RouteDecision,
  RouteTask,
  WorkspacePolicy,
} from "@orrery/protocol";
import type { Found } from "../directory.ts";

/** What a model must be able to do for a request. */
export interface Needs {
  tools: boolean;
  vision: boolean;
  json: boolean;
  /** Estimated tokens of the request. */
  inputTokens: number;
  maxTokens: number;
  /** Images to be made. */
  images?: number;
}

export interface RouteQuestion {
  /** A model's name or a routing name. */
  requested: string;
  kind: ModelKind;
  task?: RouteTask;
  needs: Needs;
  agentPolicy: ModelPolicy;
  workspacePolicy: WorkspacePolicy;
  /** Micro-dollars that may be spent on it at most; null where nothing bounds it. */
  budgetMicros: number | null;
  location: string;
  /** Ids of models that were tried for this call and failed, in order. */
  failed: readonly string[];
  /** Epoch milliseconds. */
  now: number;
  /** Uniform in [0, 1): decides on exploration, so that the same question gets the same answer. */
  chance: number;
}

export interface Router {
  /**
   * The model to ask, and why. Never one that breaks a hard constraint.
   * @throws ModelError with the sentence that says what to change
   */
  decide(question: RouteQuestion): { found: Found; decision: RouteDecision };
}

/** What one call tells of a model. Milliseconds. */
export interface Sample {
  model: string;
  location: string;
  at: number;
  /**
   * `failed`: the model's own fault, or its provider's; a request that it refused for good reason completed.
   * `cancelled`: left before its end, which says nothing.
   */
  outcome: "completed" | "failed" | "cancelled";
  firstTokenMs?: number;
  /** Since it began. */
  latencyMs: number;
}

export interface Statistics {
  /** A call is being made: while the model's breaker is half open, it takes the place of a probe until recorded. */
  begin(model: string, now: number): void;
  /** Takes note of a call that has ended. Each call that was begun is recorded, whatever became of it. */
  record(sample: Sample): void;
  /** Of one location, or of all together; as it stands at `now`, or after the last call without it. */
  health(model: string, location?: string, now?: number): ModelHealth;
}

/** What the router reads beside {@link Statistics}. */
export interface RoutingStatistics extends Statistics {
  /** Grows by one whenever something was learned of a model. */
  readonly generation: number;
  /** Models of which something was learned since, in order; null where that is too long ago to tell. */
  learnedSince(generation: number): readonly string[] | null;
  /** Every model that was ever measured. */
  measured(): readonly string[];
  /** Models whose breaker is not closed. */
  troubled(): Iterable<string>;
  /** Whether the model's breaker lets a call through now. */
  permits(model: string, now: number): boolean;
  /** Epoch milliseconds from which on it will, as far as can be told now. */
  retryAt(model: string, now: number): number;
}
