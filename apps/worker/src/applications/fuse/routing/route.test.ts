import { describe, expect, it } from "vitest";
import type { Member, Side } from "../contract.ts";
import type { Address, ParsedTask } from "../messages/parse.ts";
import { route } from "./route.ts";
import type { RoutingView } from "./route.ts";

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

const task = (address: Address, requires: string[] = [], conversation: string | null = null): ParsedTask => ({
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
    encrypted: false,
    message: {},
    receivedAt: 0,
  },
});

const anyone: Address = { to: "anyone" };
const chosen = (of: ParsedTask, scene: Scene): string | undefined => route(of, view(scene))?.id;

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

  it("to none that is paused, drains, is inactive or is answered for by the existing system", () => {
    const members = [
      member("a", { activity: "paused" }),
      member("b", { activity: "draining" }),
      member("c", { status: "inactive" }),
      member("d"),
      member("e"),
    ];
    expect(chosen(task(anyone), { members, sides: { d: "theirs" } })).toBe("e");
    expect(chosen(task(anyone), { members, sides: { d: "theirs", e: "shadow" } })).toBeUndefined();
  });

  it("to an existing agent that hears of it through us alone, where none of ours can", () => {
    const members = [member("a"), member("b")];
    expect(chosen(task(anyone), { members, sides: { a: "theirs", b: "forward" } })).toBe("b");
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
