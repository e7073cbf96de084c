import { describe, expect, test } from "vitest";
import { consequencesOf, leaseWords, riskOf, type Move } from "./migration-words.ts";
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
    expect(said).toContain("cost money");
    expect(said).not.toContain("handed back");
  });

  test("how many tasks are answered here, and who hears the others", () => {
    const share = move({ to: "canary", percent: 25 });
    expect(consequencesOf(fuseAgent(), share).join(" ")).toContain("25% of tasks are answered here.");
    expect(consequencesOf(fuseAgent(), { ...share, legacyChannels: "private" }).join(" ")).toContain(
      "The other tasks are handed to the existing agent on its own channels",
    );
  });

  test("on the way back, that the existing agent answers and what is handed back to it", () => {
    const tasks = { queued: 2, running: 1, completed: 9, failed: 0, cancelled: 0 };
    for (const to of ["legacy", "shadow"] as const) {
      const said = consequencesOf(fuseAgent({ mode: "orrery", tasks }), move({ to })).join(" ");
      expect(said).toContain("The existing agent answers every task again, at once.");
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

test("what the existing agent hears is said where it changes", () => {
  const legacy = move({ to: "legacy" });
  const own = fuseAgent({ legacyChannels: "private" });
  expect(consequencesOf(own, legacy).join(" ")).toContain("on the shared channels, like everyone");
  expect(consequencesOf(own, { ...legacy, legacyChannels: "private" }).join(" ")).toContain(
    "Every task is handed to the existing agent on its own channels",
  );
  expect(consequencesOf(own, move({ legacyChannels: "private" })).join(" ")).toContain("ready to take over");
});

describe("one has to insist", () => {
  const alive = fuseAgent({ legacyAlive: true });

  test("where the existing agent is alive and hears the same tasks", () => {
    expect(riskOf(alive, move({}))?.title).toContain("is alive");
    for (const legacyAlive of [false, null]) {
      expect(riskOf(fuseAgent({ legacyAlive }), move({}))).toBeUndefined();
    }
    expect(riskOf(alive, move({ legacyChannels: "private" }))).toBeUndefined();
    expect(riskOf(alive, move({ to: "shadow" }))).toBeUndefined();
    expect(riskOf({ ...alive, mode: "orrery" }, move({}))).toBeUndefined();
  });

  test("where both sides hear what a share of is one side's, whoever is alive", () => {
    const canary = move({ to: "canary" });
    expect(riskOf(fuseAgent(), canary)?.title).toContain("checks who owns a task");
    expect(riskOf(fuseAgent(), { ...canary, legacyChannels: "private" })).toBeUndefined();
    // What it hears is as it was: only the share changes.
    expect(riskOf(fuseAgent({ mode: "canary" }), canary)).toBeUndefined();
    expect(riskOf(fuseAgent({ mode: "canary", legacyChannels: "private" }), canary)).toBeDefined();
  });
});

test("a lease is named by its holder and its token", () => {
  const expiresAt = "2026-11-20T12:00:30.000Z";
  expect(leaseWords({ lease: { owner: "orrery", token: 12, expiresAt } })).toBe("Orrery, token 12");
  expect(leaseWords({ lease: { owner: "legacy", token: 3, expiresAt: null } })).toBe("Legacy, token 3");
  expect(leaseWords({ lease: { owner: "none", token: 0, expiresAt: null } })).toBe("none");
  expect(leaseWords({ lease: null })).toBe("unknown");
});
