/** The contract between the gateway and the router. No implementation lives here. */
import type {
  DataRegion,
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
  outcome: "completed" | "failed";
  firstTokenMs?: number;
  latencyMs: number;
}

export interface Statistics {
  record(sample: Sample): void;
  /** Of one location, or of all together. */
  health(model: string, location?: string): ModelHealth;
}

export type Regions = readonly DataRegion[];
