import { FilterAction, FilterClass } from "@orrery/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { strictest } from "./strictest.ts";

describe("the stricter of two policies", () => {
  it("goes from off over flag and redact to block, class by class", () => {
    expect(
      strictest({ email: "flag", card: "block", phone: "off" }, { email: "redact", card: "flag" }),
    ).toEqual({
      email: "redact",
      card: "block",
    });
    expect(strictest({}, {})).toEqual({});
    expect(strictest({}, { ssn: "block" })).toEqual({ ssn: "block" });
  });

  it("is never laxer than either, whoever of the two says it", () => {
    const policy = fc.dictionary(
      fc.constantFrom(...FilterClass.options),
      fc.constantFrom(...FilterAction.options),
      { noNullPrototype: true },
    );
    const rank = (action = "off") => FilterAction.options.findIndex((option) => option === action);
    fc.assert(
      fc.property(policy, policy, (agent, workspace) => {
        const both = strictest(agent, workspace);
        expect(both).toEqual(strictest(workspace, agent));
        for (const name of FilterClass.options) {
          expect(rank(both[name])).toBe(Math.max(rank(agent[name]), rank(workspace[name])));
        }
      }),
    );
  });
});
