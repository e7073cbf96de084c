/**
 * Chooses the model for a call. A pure function of the question and the statistics: the same of both give
 * the same choice, whatever was decided before.
 */
import { timestamp } from "@orrery/protocol";
import type { ExclusionReason, RouteCandidate, RouteDecision } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import type { Directory, Found } from "../directory.ts";
import {
  affordable,
  allowedBy,
  fits,
  lastingExclusion,
  outputOf,
  type Abilities,
  type Excluded,
} from "./constraints.ts";
import type { RouteQuestion, Router, RoutingStatistics } from "./contract.ts";
import { explored } from "./exploration.ts";
import { isRoutingName, readRoute, type Route } from "./names.ts";
import { Ranking, type Ranked, type RankingQuestion } from "./ranking.ts";
import { nothingLeft, refusalOf } from "./refusals.ts";

/** Candidates that a decision shows at most, and how many of them at least were not walked past. */
const shown = 16;
const walked = 12;
/** Rankings kept at a time: one for each preference, task, set of abilities and policy in use. */
const kept = 256;

type Counts = Partial<Record<ExclusionReason, number>>;
type Decided = { found: Found; decision: RouteDecision };

export const createRouter = (directory: Directory, statistics: RoutingStatistics): Router =>
  new RankingRouter(directory, statistics);

class RankingRouter implements Router {
  readonly #directory: Directory;
  readonly #statistics: RoutingStatistics;
  readonly #rankings = new Map<string, Ranking>();

  constructor(directory: Directory, statistics: RoutingStatistics) {
    this.#directory = directory;
    this.#statistics = statistics;
  }

  decide(question: RouteQuestion): Decided {
    return isRoutingName(question.requested)
      ? this.#route(question, question.requested)
      : this.#named(question);
  }

  /** The model that was named; once it cannot be asked, the fallbacks in their order. */
  #named(question: RouteQuestion): Decided {
    const found = this.#find(question.requested, question);
    const excluded = this.#exclusion(found, question, true);
    const candidates: RouteCandidate[] = [candidateOf(found, excluded)];
    if (excluded === null) return { found, decision: decisionOf(question, found, "named", { candidates }) };
    const refusal = refusalOf(found, excluded, this.#waitFor(found, excluded, question.now));
    // What the caller has to change is told; what a provider has to mend, or is too dear now, is worked around.
    if (!["unavailable", "breaker_open", "failed", "budget"].includes(excluded.reason)) throw refusal;
    return this.#fallback(question, candidates) ?? raise(refusal);
  }

  #fallback(question: RouteQuestion, candidates: RouteCandidate[]): Decided | null {
    for (const name of question.agentPolicy.fallbacks ?? []) {
      if (isRoutingName(name)) {
        const decided = this.#attempt(() => this.#route(question, name));
        if (decided === null) continue;
        const merged = [...candidates, ...decided.decision.candidates].slice(0, shown);
        const decision: RouteDecision = {
          ...decided.decision,
          requested: question.requested,
          why: "fallback",
          candidates: merged,
        };
        return { found: decided.found, decision };
      }
      const found = this.#attempt(() => this.#find(name, question));
      if (found === null) continue;
      const excluded = this.#exclusion(found, question, true);
      candidates.push(candidateOf(found, excluded));
      if (excluded === null) {
        return { found, decision: decisionOf(question, found, "fallback", { candidates }) };
      }
    }
    return null;
  }

  /** What a fallback cannot give is given by the next one. */
  #attempt<Value>(choose: () => Value): Value | null {
    try {
      return choose();
    } catch (error) {
      if (error instanceof ModelError) return null;
      throw error;
    }
  }

  #find(name: string, question: RouteQuestion): Found {
    const found = this.#directory.find(name, question.kind);
    if ("problem" in found) throw new ModelError("invalid_request", found.problem, { retryable: false });
    return found;
  }

  #route(question: RouteQuestion, name: string): Decided {
    const route = readRoute(name, question.kind, question.task);
    if ("problem" in route) throw new ModelError("invalid_request", route.problem, { retryable: false });
    const ranking = this.#ranking(question, route);
    const passing: Ranked[] = [];
    const candidates: RouteCandidate[] = [];
    for (const ranked of ranking.walk(this.#statistics, question.location, question.now)) {
      if (candidates.length >= walked && passing.length > 0) break;
      const excluded = this.#passingExclusion(ranked.found, question);
      if (excluded === null) passing.push(ranked);
      if (candidates.length < walked || passing.length === 1) {
        candidates.push(excluded === null ? ranked.candidate : { ...ranked.candidate, ...shownAs(excluded) });
      }
    }
    const excluded = this.#counts(ranking, question);
    const [best] = passing;
    if (best === undefined) {
      throw nothingLeft(name, question.kind, excluded, this.#soonest(ranking, question.now));
    }
    for (const candidate of ranking.nearest) {
      if (candidates.length >= shown) break;
      candidates.push(candidate);
    }
    const other = question.failed.length > 0 ? null : explored(passing, question, route.preference);
    const { found } = other ?? best;
    const why = question.failed.length > 0 ? "fallback" : other === null ? "routed" : "explored";
    return { found, decision: decisionOf(question, found, why, { ...route, candidates, excluded }) };
  }

  #ranking(question: RouteQuestion, route: Route): Ranking {
    const abilities: Abilities = {
      tools: question.needs.tools,
      vision: question.needs.vision || route.task === "vision",
      json: question.needs.json,
    };
    const asked: RankingQuestion = {
      kind: question.kind,
      route,
      abilities,
      allowed: allowedBy(question.agentPolicy, question.workspacePolicy),
    };
    const key = this.#keyOf(asked);
    const known = this.#rankings.get(key);
    if (known !== undefined) return known;
    const ranking = new Ranking(this.#directory, asked, shown);
    const oldest = this.#rankings.keys().next();
    if (this.#rankings.size >= kept && oldest.done === false) this.#rankings.delete(oldest.value);
    this.#rankings.set(key, ranking);
    return ranking;
  }

  #keyOf({ kind, route, abilities, allowed }: RankingQuestion): string {
    const able = `${abilities.tools ? "t" : ""}${abilities.vision ? "v" : ""}${abilities.json ? "j" : ""}`;
    const lists = [...allowed.models, ["|"], ...allowed.regions].map((list) => list.join(" ")).join("\n");
    return `${this.#directory.availability()}\n${kind} ${route.preference} ${route.task} ${able}\n${lists}`;
  }

  /** The first constraint that a model breaks, lasting or not. */
  #exclusion(found: Found, question: RouteQuestion, named: boolean): Excluded | null {
    const allowed = allowedBy(question.agentPolicy, question.workspacePolicy);
    const lasting = lastingExclusion(found, question.kind, allowed, question.needs, named);
    return lasting ?? this.#passingExclusion(found, question);
  }

  /** The first constraint that this request breaks with a model that has all else it takes. */
  #passingExclusion(found: Found, question: RouteQuestion): Excluded | null {
    const { needs, budgetMicros, now, failed } = question;
    const { entry } = found;
    if (!fits(entry, needs)) {
      const written = outputOf(entry, needs.maxTokens);
      const detail = `takes ${entry.contextTokens} tokens in all, and this may be ${needs.inputTokens} read and ${written} written`;
      return { reason: "context", detail };
    }
    if (!affordable(entry, needs, budgetMicros)) {
      const detail = entry.price === null ? "has no known price" : "could cost more than may be spent";
      return { reason: "budget", detail };
    }
    if (!this.#statistics.permits(found.id, now)) {
      const seconds = Math.max(1, Math.ceil((this.#statistics.retryAt(found.id, now) - now) / 1000));
      return { reason: "breaker_open", detail: `has failed too often, and may be tried in ${seconds} s` };
    }
    if (failed.includes(found.id)) return { reason: "failed", detail: "has failed for this call" };
    return null;
  }

  /** How many candidates fell out, for each reason. Looks only at those that may have. */
  #counts(ranking: Ranking, question: RouteQuestion): Counts {
    const counts: Counts = { ...ranking.excluded };
    const suspects = new Map<string, Ranked>();
    const suspect = (ranked: Ranked | undefined): void => {
      if (ranked !== undefined) suspects.set(ranked.found.id, ranked);
    };
    if (question.budgetMicros === null) {
      for (const ranked of ranking.narrow(question.needs)) suspect(ranked);
      for (const model of this.#statistics.troubled()) suspect(ranking.byId.get(model));
      for (const model of question.failed) suspect(ranking.byId.get(model));
    } else {
      ranking.all().forEach(suspect);
    }
    for (const { found } of suspects.values()) {
      const excluded = this.#passingExclusion(found, question);
      if (excluded !== null) counts[excluded.reason] = (counts[excluded.reason] ?? 0) + 1;
    }
    return counts;
  }

  #waitFor(found: Found, excluded: Excluded, now: number): number | undefined {
    return excluded.reason === "breaker_open" ? this.#statistics.retryAt(found.id, now) - now : undefined;
  }

  /** Milliseconds until the first breaker among the candidates lets a call through again. */
  #soonest(ranking: Ranking, now: number): number | undefined {
    const waits = [...this.#statistics.troubled()]
      .filter((model) => ranking.byId.has(model) && !this.#statistics.permits(model, now))
      .map((model) => this.#statistics.retryAt(model, now) - now);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }
}

const shownAs = ({ reason, detail }: Excluded) => ({ excluded: reason, detail });

const candidateOf = (found: Found, excluded: Excluded | null): RouteCandidate => ({
  model: found.id,
  ...(excluded !== null && shownAs(excluded)),
});

function decisionOf(
  question: RouteQuestion,
  found: Found,
  why: RouteDecision["why"],
  rest: Partial<Route> & { candidates: RouteCandidate[]; excluded?: Counts },
): RouteDecision {
  const { candidates } = rest;
  const counts = rest.excluded ?? countsOf(candidates);
  return {
    requested: question.requested,
    chosen: found.id,
    why,
    ...(rest.preference !== undefined && { preference: rest.preference }),
    ...(rest.task !== undefined && { task: rest.task }),
    candidates,
    excluded: counts,
    at: timestamp(question.now),
  };
}

function countsOf(candidates: readonly RouteCandidate[]): Counts {
  const counts: Counts = {};
  for (const { excluded } of candidates) {
    if (excluded !== undefined) counts[excluded] = (counts[excluded] ?? 0) + 1;
  }
  return counts;
}

function raise(error: ModelError): never {
  throw error;
}
