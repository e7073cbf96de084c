import { FilterClass, type FilterPolicy } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { corpusOf } from "./testing/corpus.ts";
import { generated } from "./testing/generated.ts";
import { filtered, measure, type Measured } from "./testing/measure.ts";

const bar = 0.98;

const isGood = ({ recall, precision }: Measured): boolean => recall >= bar && precision >= bar;

const redactAll: FilterPolicy = Object.fromEntries(FilterClass.options.map((name) => [name, "redact"]));

describe("the reviewed corpus", () => {
  it("holds at least 60 findings and 60 near misses of each class, each text once", () => {
    for (const name of FilterClass.options) {
      const examples = corpusOf(name);
      expect(examples.filter(({ findings }) => findings > 0).length).toBeGreaterThanOrEqual(60);
      expect(examples.filter(({ findings }) => findings === 0).length).toBeGreaterThanOrEqual(60);
      expect(new Set(examples.map(({ text }) => text)).size).toBe(examples.length);
    }
  });

  it.each(FilterClass.options)("is recognised for %s, with recall and precision of 0.98 at least", (name) => {
    expect(measure(name, corpusOf(name))).toSatisfy(isGood);
  });

  it.each(FilterClass.options)("is taken for nothing but %s where every class is looked for", (name) => {
    const examples = corpusOf(name).filter(({ findings }) => findings > 0);
    const right = examples.filter(({ text, redacted }) => filtered(redactAll, [text]).text === redacted);
    expect(right.length / examples.length).toBeGreaterThanOrEqual(bar);
  });
});

describe("examples made by rule, which no recogniser was written after", () => {
  it.each(FilterClass.options)(
    "are recognised for %s, with recall and precision of 0.98 at least",
    (name) => {
      for (const seed of [20_261_120, 7, 65_537]) {
        expect(measure(name, generated(name, seed, 1_000))).toSatisfy(isGood);
      }
    },
  );
});
