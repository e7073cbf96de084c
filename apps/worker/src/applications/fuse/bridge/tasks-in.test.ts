import { describe, expect, it } from "vitest";
import type { Member } from "../contract.ts";
import { takeTasks } from "./tasks-in.ts";
import type { ArrivedTask, TasksInHost } from "./tasks-in.ts";

const draining = (id: string, capabilities: readonly string[]): Member => ({
  id,
  agentId: `agent-${id}`,
  mode: "orrery",
  canaryPercent: 0,
  legacyChannels: "shared",
  conflicts: {},
  confidential: false,
  agentMade: true,
  capabilities: [...capabilities],
  status: "active",
  activity: "draining",
  createdAt: "",
  updatedAt: "",
});

/** A bridge with these agents, none of which is ever called. */
const hostOf = (members: readonly Member[]): TasksInHost => {
  const never = (): never => {
    throw new Error("nobody is to be called");
  };
  return {
    roll: { heard: never, load: () => 0, stub: never },
    ownership: {
      assigned: () => null,
      decide: never,
      fence: never,
      forward: never,
      giving: never,
      prospect: () => "ours",
      taken: never,
    },
    cancels: { apply: never },
    members: () => members,
    find: (id) => members.find((one) => one.id === id),
    send: never,
    leastLoaded: () => Promise.resolve(true),
    claimed: never,
    refusal: () => null,
    sealsAnswers: false,
    now: () => 0,
  };
};

const asking = (taskId: string, requires: readonly string[]): ArrivedTask => ({
  inbound: {
    id: "1-0",
    role: "tasks",
    value: {},
    signer: null,
    receivedAt: 0,
    deliveries: 1,
  },
  task: {
    kind: "task",
    address: { to: "anyone" },
    requires,
    delivery: {
      taskId,
      form: "task",
      source: "planner",
      type: null,
      priority: "MEDIUM",
      deadline: null,
      conversation: null,
      encrypted: false,
      message: {},
      receivedAt: 0,
    },
  },
});

/** What tasks wait for that ask for these. */
async function waitsFor(
  members: readonly Member[],
  ...asked: (readonly string[])[]
): Promise<(string | undefined)[]> {
  const verdicts = await takeTasks(
    asked.map((requires, index) => asking(`t-${index}`, requires)),
    hostOf(members),
  );
  return verdicts.map((verdict) => ("waitsFor" in verdict ? verdict.waitsFor : undefined));
}

describe("tasks that only agents that drain could do", () => {
  it("wait for the same where the same agents could do them, whatever they ask for", async () => {
    const asked = Array.from({ length: 1_000 }, (_, index) => [`skill-${index}`]);
    const lanes = new Set(await waitsFor([draining("b", ["*"]), draining("a", ["*"])], ...asked));
    expect(lanes.size).toBe(1);
    expect(lanes).not.toContain(undefined);
    const turned = await waitsFor([draining("a", ["*"]), draining("b", ["*"])], ["skill"]);
    expect(new Set(turned)).toEqual(lanes);
  });

  it("wait apart where others could do them", async () => {
    const members = [draining("a", ["sums", "words"]), draining("b", ["sums"])];
    const [sums, words, both] = await waitsFor(members, ["sums"], ["words"], ["words", "sums"]);
    expect(words).toBe(both);
    expect(words).not.toBe(sums);
  });
});
