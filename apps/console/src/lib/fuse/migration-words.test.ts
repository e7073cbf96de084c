import { describe, expect, test } from "vitest";
import { consequencesOf, leaseWords, needsForce, type Move } from "./migration-words.ts";
import { fuseAgent } from "./testing/fuse-agent.ts";

const move = (changes: Partial<Move>): Move => ({
  to: "orrery",
  percent: 0,
  legacyChannels: "shared",
  ...changes,
});

describe("before a move, one is told", () => {
  test("that shadowing is heard by nobody, and costs", () => {
    const said = consequencesOf(fuseAgent(), move({ to: "shadow" })).join(" ");
    expect(said).toContain("publishes nothing");
    expect(said).toContain("paid for");
    expect(said).not.toContain("handed back");
  });

  test("how many tasks are answered here, and who hears the others", () => {
    const share = move({ to: "canary", percent: 25 });
    expect(consequencesOf(fuseAgent(), share).join(" ")).toContain("Of 100 tasks, 25 are answered here.");
    expect(consequencesOf(fuseAgent(), share).join(" ")).toContain("look at its lease");
    expect(consequencesOf(fuseAgent(), { ...share, legacyChannels: "private" }).join(" ")).toContain(
      "handed to the existing agent on its own channels",
    );
  });

  test("on the way back, that the existing agent answers and what is handed back to it", () => {
    const tasks = { queued: 2, running: 1, completed: 9, failed: 0, cancelled: 0 };
    for (const to of ["legacy", "shadow"] as const) {
      const said = consequencesOf(fuseAgent({ mode: "orrery", tasks }), move({ to })).join(" ");
      expect(said).toContain("The existing agent answers for every task again, at once.");
      expect(said).toContain("3 unfinished tasks here are handed back to it.");
    }
    const one = fuseAgent({ mode: "canary", tasks: { ...tasks, queued: 0 } });
    expect(consequencesOf(one, move({ to: "legacy" }))).toContain(
      "1 unfinished task here is handed back to it.",
    );
    expect(
      consequencesOf(fuseAgent({ mode: "shadow", tasks }), move({ to: "legacy" })).join(" "),
    ).not.toContain("handed back");
  });
});

test("one has to insist where the existing agent is alive and hears the same tasks", () => {
  expect(needsForce({ legacyAlive: true }, move({}))).toBe(true);
  expect(needsForce({ legacyAlive: false }, move({}))).toBe(false);
  expect(needsForce({ legacyAlive: null }, move({}))).toBe(false);
  expect(needsForce({ legacyAlive: true }, move({ legacyChannels: "private" }))).toBe(false);
  expect(needsForce({ legacyAlive: true }, move({ to: "shadow" }))).toBe(false);
});

test("a lease is named by its holder and its token", () => {
  const expiresAt = "2026-11-20T12:00:30.000Z";
  expect(leaseWords({ lease: { owner: "orrery", token: 12, expiresAt } })).toBe("Orrery, token 12");
  expect(leaseWords({ lease: { owner: "legacy", token: 3, expiresAt: null } })).toBe("Legacy, token 3");
  expect(leaseWords({ lease: { owner: "none", token: 0, expiresAt: null } })).toBe("nobody");
  expect(leaseWords({ lease: null })).toBe("not known");
});
