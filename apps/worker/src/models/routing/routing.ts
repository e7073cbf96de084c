/** The router with what it stands on: what a gateway needs of routing, in one piece. */
import type { Model, RouteDecision, RouteRequest, WorkspacePolicy } from "@orrery/protocol";
import type { z } from "zod";
import { ModelError } from "../contract.ts";
import type { Directory } from "../directory.ts";
import type { RouteQuestion, Router, RoutingStatistics } from "./contract.ts";
import { kindAsked } from "./names.ts";
import { createRouter } from "./router.ts";

/** For whom a choice is explained. */
export interface Asking {
  workspacePolicy: WorkspacePolicy;
  /** Micro-dollars that may be spent at most; null where nothing bounds it. */
  budgetMicros: number | null;
  location: string;
  now: number;
}

export interface Routing {
  readonly router: Router;
  readonly statistics: RoutingStatistics;
  /** The catalog as it is at `now`: what was measured, and what each routing name chooses in this location. */
  list(location: string, now: number): Model[];
  /**
   * Which model a request would go to now, and why. Nothing is tried out.
   * @throws ModelError with the sentence that says what to change
   */
  explain(request: z.output<typeof RouteRequest>, asking: Asking): RouteDecision;
}

/** Everything of a request but who asks, when and where. */
const plain: Omit<RouteQuestion, "requested" | "location" | "now"> = {
  kind: "text",
  needs: { tools: false, vision: false, json: false, inputTokens: 1000, maxTokens: 1024 },
  agentPolicy: {},
  workspacePolicy: {},
  budgetMicros: null,
  failed: [],
  chance: 1,
};

export function createRouting(directory: Directory, statistics: RoutingStatistics): Routing {
  const router = createRouter(directory, statistics);
  return {
    router,
    statistics,
    list: (location, now) =>
      directory.list({
        health: (model) => statistics.health(model, undefined, now),
        choice: (name) => {
          try {
            return router.decide({ ...plain, requested: name, location, now }).found.id;
          } catch (error) {
            if (error instanceof ModelError) return null;
            throw error;
          }
        },
      }),
    explain(request, asking) {
      const { model, task, modelPolicy, ...needs } = request;
      const kind = kindAsked(model, task) ?? directory.kindOf(model) ?? "text";
      const question: RouteQuestion = {
        ...plain,
        ...asking,
        requested: model,
        kind,
        ...(task !== undefined && { task }),
        // What is not made of text is not bounded by tokens written.
        needs: kind === "text" ? needs : { ...needs, maxTokens: 0, ...(kind === "image" && { images: 1 }) },
        agentPolicy: modelPolicy,
      };
      return router.decide(question).decision;
    },
  };
}
