import { Migrate, type MigrationMode, OrreryError } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { memberOf } from "../../../../test/redis/ownership/member.ts";
import type { Member } from "../contract.ts";
import { sideOf } from "./decisions.ts";
import { afterMigration, asksForSilence, assertOneAnswers, givesTasksBack, needsLease } from "./modes.ts";

const member = (mode: MigrationMode, change: Partial<Member> = {}): Member => ({
  ...memberOf("planner"),
  mode,
  ...change,
});
const request = (input: object) => Migrate.parse(input);

describe("whose a task is", () => {
  test.each([
    ["legacy", "shared", "theirs"],
    ["legacy", "private", "forward"],
    ["shadow", "shared", "shadow"],
    ["shadow", "private", "shadow"],
    ["orrery", "shared", "ours"],
    ["orrery", "private", "ours"],
  ] as const)("in %s mode, with %s channels: %s", (mode, legacyChannels, side) => {
    expect(sideOf(member(mode, { legacyChannels }), "task")).toBe(side);
  });

  test("in a canary of 0 the existing agent's, of 100 ours", () => {
    const at = (canaryPercent: number, legacyChannels: "shared" | "private") =>
      sideOf(member("canary", { canaryPercent, legacyChannels }), "task");
    expect([at(0, "shared"), at(0, "private"), at(100, "shared")]).toEqual(["theirs", "forward", "ours"]);
  });
});

describe("the lease", () => {
  test("is ours where ours answers, and where answers of the existing agent pass through the bridge", () => {
    const needs = (mode: MigrationMode, legacyChannels: Member["legacyChannels"]) =>
      needsLease(member(mode, { legacyChannels }));
    expect([needs("legacy", "shared"), needs("shadow", "shared")]).toEqual([false, false]);
    expect([needs("canary", "shared"), needs("orrery", "shared")]).toEqual([true, true]);
    expect([needs("legacy", "private"), needs("shadow", "private")]).toEqual([true, true]);
  });
});

describe("a change of mode", () => {
  test("keeps a percentage that is not named, and begins a canary with ten of 100", () => {
    expect(afterMigration(member("legacy"), request({ mode: "canary" })).canaryPercent).toBe(10);
    const at40 = member("canary", { canaryPercent: 40 });
    expect(afterMigration(at40, request({ mode: "canary" })).canaryPercent).toBe(40);
    expect(afterMigration(at40, request({ mode: "canary", percent: 0 })).canaryPercent).toBe(0);
    expect(afterMigration(at40, request({ mode: "legacy" })).canaryPercent).toBe(40);
  });

  test("asks whether the existing agent lives where both would hear the same channel", () => {
    const asks = (from: Member, input: object) => asksForSilence(from, afterMigration(from, request(input)));
    expect(asks(member("legacy"), { mode: "orrery" })).toBe(true);
    expect(asks(member("shadow"), { mode: "canary" })).toBe(true);
    expect(asks(member("legacy", { legacyChannels: "private" }), { mode: "orrery" })).toBe(false);
    expect(asks(member("legacy"), { mode: "orrery", legacyChannels: "private" })).toBe(false);
    expect(
      asks(member("orrery", { legacyChannels: "private" }), { mode: "orrery", legacyChannels: "shared" }),
    ).toBe(true);
    expect(asks(member("orrery"), { mode: "orrery" })).toBe(false);
    expect(asks(member("orrery"), { mode: "legacy" })).toBe(false);
  });

  test("is refused while two would answer, and a canary on shared channels always", () => {
    const refusal = (mode: MigrationMode, alive: boolean): string => {
      try {
        assertOneAnswers(member(mode), alive);
        return "";
      } catch (error) {
        return error instanceof OrreryError && error.code === "conflict" ? error.message : "another error";
      }
    };
    expect(refusal("orrery", false)).toBe("");
    expect(refusal("orrery", true)).toMatch(/still gives signs of life/);
    expect(refusal("canary", false)).toMatch(/nobody would answer the other share/);
    expect(refusal("canary", true)).toMatch(/both sides would answer our share/);
  });

  test("hands unfinished tasks back where ours stops answering, and only there", () => {
    const back = (from: MigrationMode, to: MigrationMode) => givesTasksBack(member(from), member(to));
    expect([back("orrery", "legacy"), back("canary", "shadow"), back("canary", "legacy")]).toEqual([
      true,
      true,
      true,
    ]);
    expect([back("orrery", "canary"), back("shadow", "legacy"), back("canary", "orrery")]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
