import { describe, expect, it } from "vitest";
import type { Member, Side } from "../contract.ts";
import type { Address } from "../messages/parse.ts";
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

/** A bridge with these agents, none of which says what became of what it is given. */
const hostOf = (members: readonly Member[], side: Side = "ours"): TasksInHost => {
  const never = (): never => {
    throw new Error("it is not to be asked");
  };
  return {
    port: { newest: 0, forget: never },
    roll: { heard: never, load: () => 0, stub: never },
    ownership: {
      assigned: () => null,
      decide: () => side,
      fence: never,
      forward: () => Promise.resolve(),
      giving: (_, work) => work(),
      prospect: () => side,
      taken: never,
    },
    cancels: { apply: never },
    members: () => members,
    find: (id) => members.find((one) => one.id === id),
    send: never,
    leastLoaded: () => Promise.resolve(true),
    claimed: () => Promise.resolve(new Set()),
    refusal: () => null,
    sealsAnswers: false,
    now: () => 0,
  };
};

const asking = (
  taskId: string,
  requires: readonly string[],
  { address = { to: "anyone" }, ahead }: { address?: Address; ahead?: ReadonlySet<string> } = {},
): ArrivedTask => ({
  inbound: {
    id: "1-0",
    role: "tasks",
    value: {},
    signer: null,
    receivedAt: 0,
    deliveries: 1,
    ahead,
  },
  task: {
    kind: "task",
    address,
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

describe("a task that comes while others wait that came before it", () => {
  const drained = draining("a", ["*"]);
  const working: Member = { ...drained, activity: "running" };
  const named: Address = { to: "one", id: "a" };
  /** What it waits for; undefined where it was given to its agent at once. */
  const held = async (
    address: Address,
    ahead: readonly string[],
    side?: Side,
  ): Promise<string | undefined> => {
    const task = asking("t", ["sums"], { address, ahead: new Set(ahead) });
    const [verdict] = await takeTasks([task], hostOf([working], side));
    return verdict && "waitsFor" in verdict ? verdict.waitsFor : undefined;
  };

  it("waits behind them, for its agent by name or for whoever could do it, although they could go on", async () => {
    const [lane = ""] = await waitsFor([drained], ["sums"]);
    expect(await held(named, ["a"])).toBe("a");
    expect(await held({ to: "anyone" }, [lane])).toBe(lane);
    expect(await held({ to: "anyone" }, ["a"])).toBe("a");
  });

  it("does not wait for what others wait for, nor where the existing agent does it", async () => {
    const [lane = ""] = await waitsFor([drained], ["sums"]);
    expect(await held(named, ["b", lane])).toBeUndefined();
    expect(await held({ to: "anyone" }, ["b"])).toBeUndefined();
    for (const side of ["forward", "shadow", "theirs"] as const) {
      expect(await held(named, ["a"], side)).toBeUndefined();
    }
  });
});
