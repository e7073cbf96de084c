/**
 * Regular expressions of callers. JavaScript's own engine may take time without an end for a short pattern and a
 * short text; RE2's takes steps in proportion to the product of their sizes, and knows neither look-arounds nor
 * references to groups, which cannot be had within that.
 */
import type { Steps } from "./steps.ts";

/** Says whether a text holds what the pattern describes. @throws TooManySteps */
export type Pattern = (text: string, steps: Steps) => boolean;

/** Why a pattern cannot be used. */
export class PatternRefused extends Error {}

/** Characters of one pattern; its counted repetitions together, each of which is unfolded; instructions it may come to. */
const longestPattern = 1_000;
const mostRepetitions = 1_000;
const mostInstructions = 10_000;

/** Pairs of a character and an instruction that are gone through in one step. */
const perStep = 2;

export interface PatternCompiler {
  /** @throws PatternRefused with the reason */
  compile(source: string): Pattern;
}

/** Patterns of whoever runs the platform: JavaScript's own. */
export const trustedPatterns: PatternCompiler = {
  compile(source) {
    const expression = expressionOf(source);
    return (text, steps) => {
      steps.take(text.length / perStep);
      return expression.test(text);
    };
  },
};

/** Patterns of callers. The engine is loaded when the first of them comes. */
export async function linearPatterns(): Promise<PatternCompiler> {
  const { RE2JS } = await import("re2js");
  let repetitionsLeft = mostRepetitions;
  return {
    compile(source) {
      if (source.length > longestPattern) {
        throw new PatternRefused(`a pattern may have ${longestPattern} characters`);
      }
      expressionOf(source);
      repetitionsLeft -= repetitionsIn(source);
      if (repetitionsLeft < 0) {
        throw new PatternRefused(`patterns may repeat things ${mostRepetitions} times by number, in all`);
      }
      let compiled: InstanceType<typeof RE2JS>;
      try {
        compiled = RE2JS.compile(RE2JS.translateRegExp(source));
      } catch (cause) {
        throw new PatternRefused(
          "the pattern has what cannot be checked in steps that are known beforehand (a look-around, a reference to a group): leave it out, say in the description what is meant, and check it yourself",
          { cause },
        );
      }
      const size = compiled.programSize();
      if (size > mostInstructions) throw new PatternRefused("the pattern is too large");
      return (text, steps) => {
        steps.take(1 + (text.length * size) / perStep);
        return compiled.matcher(text).find();
      };
    },
  };
}

/** The pattern as JSON Schema means it. @throws PatternRefused */
function expressionOf(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new PatternRefused("the pattern is no regular expression", { cause });
  }
}

/** The sum of the numbers by which things are repeated: `{2,30}` counts 30. */
const repetitionsIn = (source: string): number =>
  Array.from(source.matchAll(/\{(\d+)(?:,(\d*))?\}/g), ([, least, most]) =>
    Math.max(Number(least), Number(most ?? 0)),
  ).reduce((sum, count) => sum + count, 0);
