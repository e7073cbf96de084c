import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashDimensions, hashEmbedding } from "./hash-embedding.ts";

const similarity = (one: string, other: string): number => {
  const [left, right] = [hashEmbedding(one), hashEmbedding(other)];
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
};

describe("hashEmbedding", () => {
  it("gives every text 768 numbers of length 1, the same each time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const embedding = hashEmbedding(text);
        expect(embedding).toHaveLength(hashDimensions);
        expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
        expect(hashEmbedding(text)).toEqual(embedding);
      }),
    );
  });

  it("stays what it was: stored embeddings are compared with new ones", () => {
    const first = hashEmbedding("The quick brown fox").flatMap((value, at) =>
      value === 0 ? [] : [[at, value]],
    );
    expect(first.slice(0, 4)).toMatchInlineSnapshot(`
      [
        [
          34,
          -0.1063322,
        ],
        [
          46,
          0.3544406,
        ],
        [
          69,
          0.1063322,
        ],
        [
          71,
          0.1063322,
        ],
      ]
    `);
  });

  it("puts texts that share words nearer than others", () => {
    const question = "How are invoices paid?";
    const near = similarity(question, "An invoice is paid within thirty days.");
    const far = similarity(question, "The telescope on the roof needs a new mirror.");
    expect(near).toBeGreaterThan(far + 0.1);
    expect(similarity(question, question)).toBeCloseTo(1, 5);
    expect(similarity("HOW ARE INVOICES PAID", question)).toBeCloseTo(1, 5);
  });

  it("knows words by their parts, in languages that inflect and compound", () => {
    const word = "Rechnungsbetrag";
    expect(similarity(word, "Rechnung Betrag")).toBeGreaterThan(similarity(word, "Fernrohr Spiegel") + 0.2);
    expect(similarity("счёт оплачен", "счета оплачены")).toBeGreaterThan(0.2);
  });

  it("minds the order of words a little", () => {
    const text = "dog bites man";
    expect(similarity(text, "man bites dog")).toBeLessThan(0.95);
    expect(similarity(text, "man bites dog")).toBeGreaterThan(0.5);
  });
});
