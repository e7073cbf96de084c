import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { givenSignatures } from "./signature-fields.ts";
import { fieldLines } from "./testing/rfc9421.ts";

const given = (input: string, signature: string) =>
  givenSignatures(fieldLines(["signature-input", input], ["signature", signature]));

test("a message may have several signatures, in one line or in many", () => {
  const several = givenSignatures(
    fieldLines(
      ["signature-input", 'one=("@method");created=1, two=()'],
      ["signature-input", "three=()"],
      ["signature", "one=:AQ==:"],
      ["signature", "two=:Ag==:, three=:Aw==:"],
    ),
  );
  expect(several.map(({ label, signature }) => [label, ...signature])).toEqual([
    ["one", 1],
    ["two", 2],
    ["three", 3],
  ]);
});

describe("refused", () => {
  test.each([
    ["a label twice", "a=(), a=()", "a=:AQ==:", "label twice"],
    ["a label twice around a comma in a string", 'a=();x="\\",", a=()', "a=:AQ==:", "label twice"],
    ["a label twice around a display string", 'a=();x=%"\\", a=();y="", b=()', "a=:AQ==:", "label twice"],
    ["a signature twice", "a=()", "a=:AQ==:, a=:Ag==:", "label twice"],
    ["no signature by the label", "a=()", "b=:AQ==:", "do not go together"],
    ["a signature that is no bytes", "a=()", "a=1", "do not go together"],
    ["an input that is no list", "a=1", "a=:AQ==:", "do not go together"],
    ["components that are no strings", "a=(method)", "a=:AQ==:", "no component"],
    ["malformed input", "a=(", "a=:AQ==:", "not well formed"],
    ["malformed signature", "a=()", "a=:A", "not well formed"],
    ["an input too long", `a=();x="${"x".repeat(9_000)}"`, "a=:AQ==:", "too long"],
    ["a signature too long", "a=()", `a=:${"A".repeat(9_000)}:`, "too long"],
    ["too many components", `a=(${'"x" '.repeat(65)})`, "a=:AQ==:", "too many components"],
    [
      "too many signatures",
      "a=(),b=(),c=(),d=(),e=(),f=(),g=(),h=(),i=()",
      "a=:AQ==:",
      "too many signatures",
    ],
  ])("%s", (_, input, signature, reason) => {
    expect(() => given(input, signature)).toThrow(reason);
  });

  test.each(["signature-input", "signature"])("no %s", (missing) => {
    const fields = fieldLines(["signature-input", "a=()"], ["signature", "a=:AQ==:"]);
    expect(() => givenSignatures((name) => (name === missing ? null : fields(name)))).toThrow(missing);
  });
});

test("whatever comes is taken or refused, and never anything else", () => {
  const soup = fc.string({
    unit: fc.constantFrom('"', "\\", "%", ",", "(", ")", ";", "=", ":", "a", "b", "1", " ", "?", "@"),
    maxLength: 60,
  });
  fc.assert(
    fc.property(soup, soup, (input, signature) => {
      try {
        given(input, signature);
      } catch (error) {
        expect(error).toMatchObject({ code: "unauthenticated" });
      }
    }),
    { numRuns: 2_000, seed: 9_421 },
  );
});
