import { beforeEach, describe, expect, it } from "vitest";
import { memberOf } from "../../../../test/redis/ownership/member.ts";
import { durableStore } from "../../../../test/redis/ownership/durable-store.ts";
import type { Member } from "../contract.ts";
import { Decisions } from "./decisions.ts";
import { migrateStore } from "./store.ts";

let now: number;
let decisions: Decisions;
const ours: Member = { ...memberOf("a"), mode: "orrery" };
const legacy: Member = { ...memberOf("a"), mode: "legacy" };
beforeEach(() => {
  now = 1_000;
  const { sql } = durableStore();
  migrateStore(sql);
  decisions = new Decisions(sql, () => now);
});

const decide = (member: Member, task: string): string =>
  decisions.decide(member, task, `${task}-0`, "planner");
const taken = (...tasks: string[]): void =>
  decisions.taken(
    "a",
    tasks.map((taskId) => ({ taskId, heard: true })),
  );

describe("a task of ours", () => {
  it("leaves the stream to the existing agent unless the agent has it", () => {
    for (const task of ["had", "waits", "unknown"]) decide(ours, task);
    taken("had");
    decisions.giveUp(legacy);
    expect(["had", "waits", "unknown"].map((task) => decide(legacy, task))).toEqual([
      "ours",
      "theirs",
      "theirs",
    ]);
    // Of a call whose answer was lost the agent itself knows.
    expect(decisions.givenUp("a", 10)).toEqual(["waits", "unknown"]);
    taken("unknown");
    decisions.neverTaken("a", ["waits", "unknown"]);
    expect(decisions.givenUp("a", 10)).toEqual([]);
    expect(decisions.entries("a").map(({ entry }) => entry)).toEqual(["had-0", "unknown-0"]);
    expect(decisions.entries("a", ["waits", "unknown"])).toEqual([{ task: "unknown", entry: "unknown-0" }]);
    decisions.forgetEntries("a", ["unknown"]);
    expect(decisions.entries("a").map(({ task }) => task)).toEqual(["had"]);
  });

  it("that came when the lease was another's is left to who has it: by its acknowledgment, else by its time", () => {
    decide(ours, "before");
    taken("before");
    now = 2_000;
    for (const task of ["acknowledged", "fenced", "silent"]) decide(ours, task);
    taken("acknowledged", "fenced");
    decisions.taken("a", [{ taskId: "silent", heard: false }]);
    decisions.noteLate("a", "fenced");
    decisions.leaveLate("a", 1_500);
    const all = ["before", "acknowledged", "fenced", "silent"];
    expect([...decisions.late("a", all)].toSorted()).toEqual(["fenced", "silent"]);
    expect(decisions.entries("a").map(({ entry }) => entry)).toEqual(["before-0", "acknowledged-0"]);
  });

  it("is not late where nobody else had the lease", () => {
    decide(ours, "fenced");
    taken("fenced");
    decisions.noteLate("a", "fenced");
    decisions.forgetLate("a");
    decisions.leaveLate("a", null);
    expect(decisions.late("a", ["fenced"]).size).toBe(0);
  });

  it("that was given away stays so for whoever sends it again, and comes back from whom it was given to", () => {
    decide(ours, "t");
    decisions.move("a", "t", "peer");
    expect(decide(ours, "t")).toBe("moved");
    expect(decisions.decide(ours, "t", null, "peer")).toBe("ours");
    expect(decide(ours, "t")).toBe("ours");
  });
});

it("what the existing agent never answered may be asked of ours when it takes over, and nothing else", () => {
  for (const task of ["open", "answered"]) expect(decide(legacy, task)).toBe("theirs");
  decisions.answered("a", "answered");
  decisions.takeOver("a");
  expect([decide(ours, "open"), decide(ours, "answered")]).toEqual(["ours", "theirs"]);
});
