/** Now and then, a model that little is known of: measurements that nobody takes choose nothing. */
import type { RoutePreference } from "@orrery/protocol";
import { worstCaseMicros } from "../cost.ts";
import type { RouteQuestion } from "./contract.ts";
import type { Ranked } from "./ranking.ts";

/** Part of the calls that may go to a model that little is known of. */
export const explorationRate = 0.03;
/** Calls from which on a model is known well enough. */
const enoughCalls = 5;
/** How much more than the best one it may cost in the worst case; and micro-dollars that do not matter. */
const dearer = 1.5;
const trifle = 200;

/**
 * The model to try, or null for staying with the best. Only among those that pass every constraint, are
 * judged to be no worse, and cost little more: what is learned is how fast and how reliable they are. Never
 * for `auto:best`, whose caller wants the best and no other; nor for embeddings, whose vectors of two models
 * cannot be compared; nor where everything that is left only quotes.
 */
export function explored(
  passing: readonly Ranked[],
  question: RouteQuestion,
  preference: RoutePreference,
): Ranked | null {
  const { chance, agentPolicy, kind } = question;
  if (agentPolicy.exploration === false || preference === "best" || kind === "embedding") return null;
  if (!(chance < explorationRate)) return null;
  const [best, ...others] = passing;
  if (best === undefined || best.found.provider.extractive) return null;
  const limit = (micros(best, question) ?? 0) * dearer + trifle;
  const unknown = others.filter((ranked) => {
    if (ranked.calls >= enoughCalls) return false;
    if ((ranked.found.entry.quality ?? 0) < (best.found.entry.quality ?? 0)) return false;
    const cost = micros(ranked, question);
    return cost !== null && cost <= limit;
  });
  return unknown[Math.floor((chance / explorationRate) * unknown.length)] ?? null;
}

const micros = ({ found }: Ranked, { needs }: RouteQuestion): number | null =>
  worstCaseMicros(found.entry.price, needs);
