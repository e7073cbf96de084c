import { describe, expect, it } from "vitest";
import { memberOf } from "../../../../test/redis/ownership/member.ts";
import type { Member } from "../contract.ts";
import { isConcealed } from "./concealed.ts";

const members: Member[] = [
  { ...memberOf("open"), mode: "orrery", capabilities: ["sums"] },
  { ...memberOf("vault"), mode: "orrery", confidential: true, capabilities: ["secrets"] },
];
const conceals = (value: Record<string, unknown>, all = members): boolean =>
  isConcealed(value, {
    members: () => all,
    ownership: { deciders: (taskId) => (taskId === "of-vault" ? ["vault"] : []) },
  });

const message = (type: string, header: object, content: object = {}): Record<string, unknown> => ({
  header: { source: "planner", target: "open", type, version: "2.0.0", priority: "LOW", ...header },
  body: { content, metadata: { sent_at: "", version: "" }, timestamp: 0 },
});

describe("people who watch do not see", () => {
  it.each([
    message("TASK", { target: "vault" }),
    message("TASK", { source: "vault", target: "planner" }),
    message("STATUS", { source: "vault", target: "*" }),
    { id: 7, agentId: "vault", payload: "x" },
    { taskId: "of-vault", result: "x" },
    message("TASK", { source: "helper" }, { taskId: "of-vault" }),
    message("TASK", { target: null }, { message: "x", requires: ["secrets"] }),
    { id: 8, type: "secrets", payload: "x" },
  ])("what is of a confidential agent, or may become so: %j", (value) => {
    expect(conceals(value)).toBe(true);
  });

  it.each([
    message("TASK", {}),
    message("TASK", { target: "*" }, { requires: ["sums"] }),
    { taskId: "of-open", result: "x" },
    { type: "weather" },
  ])("and they see the rest: %j", (value) => {
    expect(conceals(value)).toBe(false);
  });

  it("nothing is hidden where no agent is confidential", () => {
    expect(conceals(message("TASK", { target: "vault" }), members.slice(0, 1))).toBe(false);
  });
});
