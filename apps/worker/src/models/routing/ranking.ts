/**
 * Models in the order in which they suit. What no single request changes is worked out once: who is left
 * after the lasting constraints, in what order, and why the others fell out. So a decision takes the same
 * time whether the catalog has ten models or a thousand: it walks from the front of the list.
 *
 * Measurements change the order of few models at a time. They are kept apart, in a short list of their own,
 * and the two are merged while walking.
 */
import type { ExclusionReason, ModelKind, RouteCandidate } from "@orrery/protocol";
import type { Directory, Found } from "../directory.ts";
import { lastingExclusion, type Abilities, type Allowed, type Size } from "./constraints.ts";
import type { RoutingStatistics } from "./contract.ts";
import type { Route } from "./names.ts";
import { scoreOf } from "./score.ts";

export interface Ranked {
  found: Found;
  score: number;
  /** Place in the catalog: decides between equals. */
  order: number;
  /** Calls that its score knows of, older ones counting less. */
  calls: number;
  /** As a decision shows it, as long as nothing stands against it. Shared: decisions only read it. */
  candidate: RouteCandidate;
}

const ranked = (found: Found, score: number, order: number, calls: number): Ranked => ({
  found,
  score,
  order,
  calls,
  candidate: { model: found.id, score: Math.round(score * 10_000) / 10_000 },
});

/** What a ranking is of. */
export interface RankingQuestion {
  kind: ModelKind;
  route: Route;
  abilities: Abilities;
  allowed: Allowed;
}

const before = (one: Ranked, other: Ranked): number => one.score - other.score || one.order - other.order;

/** Milliseconds for which measurements are taken to be as old as they are: their weight fades in steps. */
const stepMs = 5 * 60_000;

/** Locations whose measurements are kept in order at a time. */
const locationsKept = 32;

interface Measured {
  step: number;
  generation: number;
  list: Ranked[];
  byId: Map<string, Ranked>;
}

export class Ranking {
  /** Candidates by id. Those that only quote are among them only where nobody else is. */
  readonly byId: ReadonlyMap<string, Ranked>;
  /** How many fell out for each lasting reason. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
  /** Those that fell out and would have suited best, as a decision shows them. */
  readonly nearest: readonly RouteCandidate[];
  readonly #route: Route;
  readonly #list: readonly Ranked[];
  /** Those with a limit of context, the narrowest first. */
  readonly #byContext: readonly Ranked[];
  readonly #longestOutput: number;
  readonly #measured = new Map<string, Measured>();

  constructor(directory: Directory, question: RankingQuestion, keepNearest: number) {
    const { kind, route, abilities, allowed } = question;
    this.#route = route;
    const candidates: Ranked[] = [];
    const out: (Ranked & { reason: ExclusionReason; detail: string })[] = [];
    for (const [order, found] of directory.models.entries()) {
      const score = scoreOf(found.entry, route, found.provider.extractive);
      const one = ranked(found, score, order, 0);
      const exclusion =
        lastingExclusion(found, kind, allowed, abilities, false) ??
        (found.entry.tasks.length === 0
          ? { reason: "capability" as const, detail: "is chosen only by name" }
          : null);
      if (exclusion === null) candidates.push(one);
      else out.push({ ...one, ...exclusion });
    }
    const speakers = candidates.filter(({ found }) => !found.provider.extractive);
    this.#list = (speakers.length > 0 ? speakers : candidates).sort(before);
    this.byId = new Map(this.#list.map((one) => [one.found.id, one]));
    const excluded: Partial<Record<ExclusionReason, number>> = {};
    for (const { reason } of out) excluded[reason] = (excluded[reason] ?? 0) + 1;
    this.excluded = excluded;
    // Of another kind is no near miss.
    this.nearest = out
      .filter(({ reason, found }) => reason !== "kind" && found.kind === kind)
      .sort(before)
      .slice(0, keepNearest)
      .map(({ found, reason, detail }) => ({ model: found.id, excluded: reason, detail }));
    this.#byContext = this.#list
      .filter(({ found }) => found.entry.contextTokens !== null)
      .sort((one, other) => contextOf(one) - contextOf(other));
    this.#longestOutput = Math.max(
      0,
      ...this.#byContext.map(({ found }) => found.entry.maxOutputTokens ?? Number.POSITIVE_INFINITY),
    );
  }

  get size(): number {
    return this.#list.length;
  }

  /** All candidates, in no order. */
  all(): readonly Ranked[] {
    return this.#list;
  }

  /** Candidates that may be too narrow for this; every other one is wide enough. */
  *narrow({ inputTokens, maxTokens }: Size): Generator<Ranked> {
    const enough = inputTokens + Math.min(maxTokens, this.#longestOutput);
    for (const one of this.#byContext) {
      if (contextOf(one) >= enough) return;
      yield one;
    }
  }

  /** Candidates from the best on, as measurements have it in this location. */
  *walk(statistics: RoutingStatistics, location: string, now: number): Generator<Ranked> {
    const { list, byId } = this.#measuredIn(statistics, location, now);
    let next = 0;
    for (const unmeasured of this.#list) {
      if (byId.has(unmeasured.found.id)) continue;
      for (let one = list[next]; one !== undefined && before(one, unmeasured) < 0; one = list[++next])
        yield one;
      yield unmeasured;
    }
    for (; next < list.length; next++) {
      const one = list[next];
      if (one !== undefined) yield one;
    }
  }

  #measuredIn(statistics: RoutingStatistics, location: string, now: number): Measured {
    const step = Math.floor(now / stepMs);
    let known = this.#measured.get(location);
    const changed = known?.step === step ? statistics.learnedSince(known.generation) : null;
    if (known === undefined || changed === null) {
      known = { step, generation: statistics.generation, list: [], byId: new Map() };
      for (const model of statistics.measured()) {
        const scored = this.#score(statistics, model, location, step);
        if (scored !== null) known.byId.set(model, scored);
      }
      known.list = [...known.byId.values()].sort(before);
      const oldest = this.#measured.keys().next();
      if (this.#measured.size >= locationsKept && oldest.done === false) this.#measured.delete(oldest.value);
    } else if (changed.length > 0) {
      for (const model of new Set(changed)) {
        const old = known.byId.get(model);
        if (old !== undefined) known.list.splice(known.list.indexOf(old), 1);
        known.byId.delete(model);
        const scored = this.#score(statistics, model, location, step);
        if (scored === null) continue;
        known.list.splice(placeOf(known.list, scored), 0, scored);
        known.byId.set(model, scored);
      }
      known.generation = statistics.generation;
    }
    this.#measured.set(location, known);
    return known;
  }

  /** A model with the score that measurements give it; null for one without any, or that is no candidate. */
  #score(statistics: RoutingStatistics, model: string, location: string, step: number): Ranked | null {
    const base = this.byId.get(model);
    if (base === undefined) return null;
    // As old as at the end of the step, so that all decisions within it see the same.
    const at = (step + 1) * stepMs;
    const here = statistics.health(model, location, at);
    const health = here.calls > 0 ? here : statistics.health(model, undefined, at);
    if (health.calls === 0) return null;
    const { found, order } = base;
    const score = scoreOf(found.entry, this.#route, found.provider.extractive, health);
    return ranked(found, score, order, health.calls);
  }
}

const contextOf = ({ found }: Ranked): number => found.entry.contextTokens ?? Number.POSITIVE_INFINITY;

/** Where a model belongs in a sorted list. */
function placeOf(list: readonly Ranked[], one: Ranked): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = list[middle];
    if (other !== undefined && before(other, one) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
