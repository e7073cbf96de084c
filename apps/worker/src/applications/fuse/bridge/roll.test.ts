import { expect, it } from "vitest";
import { memberOf } from "../../../../test/redis/ownership/member.ts";
import type { Summary } from "../contract.ts";
import type { StoredMembers } from "../routing/members.ts";
import { Roll } from "./roll.ts";

it("shows what an agent of the bridge has to do, whenever and by whatever it says so", () => {
  const member = memberOf("a");
  const shown: unknown[] = [];
  const roll = new Roll({
    members: { find: (id: string) => (id === "a" ? member : undefined) } as StoredMembers,
    stub: () => {
      throw new Error("it is not to be asked");
    },
    state: () => ({ changed: () => {} }),
    changed: () => {},
    load: (...of) => void shown.push(of),
    now: () => "",
  });
  const summary = (queued: number, running: number): Summary => ({
    state: { id: "a", status: "active", capabilities: [], metrics: { requestsHandled: 0, lastActive: null } },
    version: 1,
    activity: "running",
    tasks: { queued, running, completed: 0, failed: 0, cancelled: 0 },
  });
  roll.heard("a", summary(3, 1));
  roll.heard("removed", summary(2, 0));
  roll.heard("a", summary(0, 0));
  expect(shown).toEqual([
    ["a", 4],
    ["a", 0],
  ]);
});
