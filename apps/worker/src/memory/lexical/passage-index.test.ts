import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexPassages, searchPassages } from "./passage-index.ts";
import { likeness, termsOf } from "./terms.ts";

const texts = [
  "# Cats\n\nCats sleep a lot. A cat sleeps sixteen hours.\n\n## Food\n\nThey eat fish and mice.",
  "# Dogs\n\nDogs are walked daily. They eat meat.",
  "# Prices\n\nA licence costs 30 euros. Refunds take ten days.",
];
const indexes = texts.map(indexPassages);
const best = (query: string): string => {
  const [first] = searchPassages(query, indexes, 3).found;
  return first ? (texts[first.index] ?? "").slice(first.start, first.end) : "nothing";
};

describe("search", () => {
  it("finds a word in another form, a synonym, or a misspelling of it", () => {
    expect(best("sleeping cats")).toContain("sixteen hours");
    expect(best("price of a license")).toContain("30 euros");
    expect(best("reimbursement")).toContain("Refunds take ten days");
    expect(best("lisence")).toContain("30 euros");
  });

  it("finds a passage by the heading it stands under", () => {
    expect(best("cat food")).toContain("fish and mice");
  });

  it("tells in how many passages each word stands", () => {
    const { occurrences, passages } = searchPassages("Do zebras eat constructor?", indexes, 3);
    expect(passages).toBe(4);
    expect(occurrences).toEqual({ zebras: 0, eat: 2, constructor: 0 });
  });

  it("answers any query over any text, with places in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: "grapheme", maxLength: 200 }),
        (query, text) => {
          for (const { start, end } of searchPassages(query, [indexPassages(text)], 5).found) {
            expect(start >= 0 && end > start && end <= text.length).toBe(true);
          }
        },
      ),
    );
  });
});

describe("terms", () => {
  it("are stems without case, accents and function words", () => {
    expect(termsOf("The résumés of Łódź's RUNNERS were not re-\nviewed")).toEqual([
      "resum",
      "łodz",
      "runner",
      "review",
    ]);
  });

  it("hold numbers and codes together", () => {
    expect(termsOf("1,240.50 E23 IL-6 readDocument 10mg")).toEqual([
      "1240.50",
      "e23",
      "e",
      "23",
      "il",
      "6",
      "readdocu",
      "read",
      "document",
      "10",
      "mg",
    ]);
  });

  it("are pairs of characters where words are not spaced", () => {
    expect(termsOf("東京都")).toEqual(["東京", "京都"]);
  });

  it("are alike when few letters differ, and numbers never", () => {
    expect(likeness("hypertension", "hypertensive")).toBeGreaterThan(0.6);
    expect(likeness("warfarin", "aspirin")).toBe(0);
    expect(likeness("12345", "12346")).toBe(0);
  });
});
