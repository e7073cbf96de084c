import { agentTagOf, newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import { ExecutionIds } from "./execution-ids.ts";

const agentId = newId();
const now = Date.UTC(2026, 10, 30);

it("gives ids that grow, and that name the agent", () => {
  const ids = new ExecutionIds();
  const given = Array.from({ length: 5_000 }, () => ids.next(agentId, "", now));
  expect(given).toEqual(given.toSorted());
  expect(new Set(given).size).toBe(given.length);
  expect(given.every((id) => agentTagOf(id) === agentTagOf(agentId))).toBe(true);
});

it("goes on after what is there, whatever the clock says", () => {
  const later = new ExecutionIds().next(agentId, "", now + 60_000);
  for (const known of [later, `${later.slice(0, 15)}fff${later.slice(18)}`]) {
    const floored = new ExecutionIds();
    expect(floored.next(agentId, known, now) > known).toBe(true);
    const seen = new ExecutionIds();
    seen.seen(known);
    expect(seen.newest).toBe(known);
    expect(seen.next(agentId, "", now) > known).toBe(true);
  }
});
