import type { IndexDifference, IndexReport } from "@orrery/client";
import { expect, it } from "vitest";
import type { Session } from "../session.ts";
import { indexAgreement } from "./index-agreement.ts";

const lacking = (executionId: string): IndexDifference => ({
  kind: "missing",
  agentId: "agent",
  executionId,
  detail: "the index lacks this execution",
});

/** What the check finds where the index is looked at several times, and how long it waited. */
async function agreement(...looks: IndexDifference[][]) {
  const left = [...looks];
  const waited: number[] = [];
  const check = (): Promise<IndexReport> =>
    Promise.resolve({ checked: 1, repaired: false, differences: left.shift() ?? [] });
  const session = { client: { index: { check } } } as unknown as Session;
  const clock = { sleep: (ms: number) => Promise.resolve(void waited.push(ms)) };
  const findings = await indexAgreement({ repair: false, clock }).run(session);
  return {
    statuses: findings.map(({ status }) => status),
    details: findings.map(({ detail }) => detail),
    waited,
  };
}

it("looks once where nothing differs", async () => {
  expect(await agreement([])).toMatchObject({ statuses: ["ok"], waited: [] });
});

it("does not take for a fault what was only on its way to the index", async () => {
  expect(await agreement([lacking("a")], [])).toMatchObject({ statuses: ["ok"], waited: [2_000] });
  expect(await agreement([lacking("a")], [lacking("b")])).toMatchObject({ statuses: ["ok"] });
});

it("reports what stays different", async () => {
  const { statuses, details } = await agreement([lacking("a"), lacking("b")], [lacking("b")]);
  expect(statuses).toEqual(["fail", "warn"]);
  expect(details[1]).toContain("execution b");
});
