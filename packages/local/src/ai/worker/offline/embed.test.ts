import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, embed } from "./embed.ts";

describe("offline embeddings", () => {
  it("have length 1 and the wanted dimensions, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom(384, 768, 1_024), (text, dimensions) => {
        const vector = embed(text, dimensions);
        expect(vector).toHaveLength(dimensions);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
        expect(embed(text, dimensions)).toEqual(vector);
      }),
    );
  });

  it("put texts with words in common near each other", () => {
    const near = (one: string, other: string): number => cosine(embed(one, 768), embed(other, 768));
    const question = "How do I reset my password?";
    expect(near(question, "Resetting a password takes a minute")).toBeGreaterThan(
      near(question, "Our offices are closed on Sunday") + 0.3,
    );
    // Spellings differ by letters, and meanings do not show at all.
    expect(near("colour", "colours")).toBeGreaterThan(0.3);
  });
});
