import { describe, expect, it } from "vitest";
import type { Member, Side } from "../contract.ts";
import type { Address, ParsedTask } from "../messages/parse.ts";
import { route } from "./route.ts";
import type { Drained, RoutingView } from "./route.ts";

const member = (id: string, change: Partial<Member> = {}): Member => ({
  id,
  agentId: `agent-${id}`,
  mode: "orrery",
  canaryPercent: 0,
  legacyChannels: "shared",
  conflicts: {},
  confidential: false,
  agentMade: true,
  capabilities: [],
  status: "active",
  activity: "running",
  createdAt: "",
  updatedAt: "",
  ...change,
});

interface Scene {
  members: Member[];
  loads?: Record<string, number>;
  sides?: Record<string, Side>;
  assigned?: string;
  leastLoaded?: boolean;
}

const view = ({ members, loads = {}, sides = {}, assigned, leastLoaded = true }: Scene): RoutingView => ({
  members: () => members,
  find: (id) => members.find((one) => one.id === id),
  assigned: () => assigned ?? null,
  prospect: (id) => sides[id] ?? "ours",
  load: (id) => loads[id] ?? 0,
  leastLoaded,
});

const task = (
  address: Address,
  requires: string[] = [],
  conversation: string | null = null,
  encrypted = false,
): ParsedTask => ({
  kind: "task",
  address,
  requires,
  delivery: {
    taskId: "t",
    form: conversation === null ? "task" : "conversation",
    source: "planner",
    type: null,
    priority: "MEDIUM",
    deadline: null,
    conversation,
    encrypted,
    message: {},
    receivedAt: 0,
  },
});

const anyone: Address = { to: "anyone" };
function chosen(of: ParsedTask, scene: Scene): string | Drained | undefined {
  const found = route(of, view(scene)) ?? undefined;
  return found && "id" in found ? found.id : found;
}

describe("a task goes", () => {
  it("to the agent it names, whatever that one does now, and to nobody where there is none", () => {
    const members = [member("a", { activity: "paused" })];
    expect(chosen(task({ to: "one", id: "a" }), { members })).toBe("a");
    expect(chosen(task({ to: "one", id: "b" }), { members })).toBeUndefined();
  });

  it("to the least loaded of those that can do all of it", () => {
    const members = [
      member("a", { capabilities: ["sums"] }),
      member("b", { capabilities: ["sums", "rhymes"] }),
      member("c", { capabilities: ["*"] }),
      member("d", { capabilities: ["rhymes"] }),
    ];
    const loads = { a: 0, b: 5, c: 4, d: 0 };
    expect(chosen(task(anyone, ["sums", "rhymes"]), { members, loads })).toBe("c");
    expect(chosen(task(anyone, ["sums"]), { members, loads })).toBe("a");
    expect(chosen(task(anyone, ["dreams"]), { members: members.slice(0, 2), loads })).toBeUndefined();
  });

  it("by name where load is not to decide", () => {
    const members = [member("a"), member("b")];
    expect(chosen(task(anyone), { members, loads: { a: 9 }, leastLoaded: false })).toBe("a");
  });

  it("to none that the existing system answers for, or that is paused, drains or is inactive where another works", () => {
    const members = [
      member("a", { activity: "paused" }),
      member("b", { activity: "draining" }),
      member("c", { status: "inactive" }),
      member("d"),
      member("e"),
    ];
    expect(chosen(task(anyone), { members, sides: { d: "theirs" } })).toBe("e");
    const theirs = members.map((one) => ({ ...one, id: `${one.id}-theirs` }));
    const sides = Object.fromEntries(theirs.map(({ id }) => [id, "theirs" as const]));
    expect(chosen(task(anyone), { members: theirs, sides })).toBeUndefined();
  });

  it("and waits at one that is paused or inactive where none works, and in Redis where all that can do it drain", () => {
    const draining = member("a", { activity: "draining" });
    for (const change of [{ activity: "paused" }, { status: "inactive" }] as const) {
      expect(chosen(task(anyone), { members: [draining, member("b", change)] })).toBe("b");
    }
    expect(chosen(task(anyone), { members: [draining] })).toEqual({ waitsFor: [draining] });
    expect(chosen(task(anyone, ["sums"]), { members: [draining] })).toBeUndefined();
  });

  it("to an existing agent that hears of it through us alone, where none of ours works", () => {
    const members = [member("a"), member("b"), member("c", { activity: "paused" })];
    expect(chosen(task(anyone), { members, sides: { a: "theirs", b: "forward" } })).toBe("b");
  });

  it("to one that is compared with an existing agent, whichever channels that one is on", () => {
    const sides = { a: "shadow", b: "theirs" } as const;
    for (const legacyChannels of ["private", "shared"] as const) {
      const members = [member("a", { legacyChannels, mode: "shadow" }), member("b")];
      expect(chosen(task(anyone), { members, sides })).toBe("a");
      expect(chosen(task(anyone), { members: [...members, member("c")], sides })).toBe("c");
    }
  });

  it("in ciphertext to one that is confidential", () => {
    const members = [member("a"), member("b", { confidential: true })];
    const encrypted = task(anyone, [], null, true);
    expect(chosen(encrypted, { members, loads: { b: 9 } })).toBe("b");
    expect(chosen(encrypted, { members: members.slice(0, 1) })).toBeUndefined();
  });

  it("where it went before", () => {
    const members = [member("a"), member("b")];
    expect(chosen(task(anyone), { members, loads: { a: 0, b: 9 }, assigned: "b" })).toBe("b");
  });

  it("to the same agent for all of a conversation", () => {
    const members = [member("a"), member("b"), member("c")];
    for (const conversation of ["one", "two", "three"]) {
      const first = chosen(task(anyone, [], conversation), { members, loads: { a: 1, b: 2, c: 3 } });
      const second = chosen(task(anyone, [], conversation), { members, loads: { a: 3, b: 2, c: 1 } });
      expect(second).toBe(first);
    }
  });
});
