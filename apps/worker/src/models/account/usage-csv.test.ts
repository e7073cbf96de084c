import { expect, test } from "vitest";
import type { UsageReport } from "@orrery/protocol";
import { usageCsv } from "./usage-csv.ts";

const totals = {
  calls: 2,
  failed: 1,
  cached: 0,
  inputTokens: 10,
  outputTokens: 5,
  images: 0,
  costMicros: 1_234_567,
  directMicros: 0,
  milliNeurons: 0,
};
const reportOf = (by: UsageReport["by"], items: UsageReport["items"]): UsageReport => ({
  by,
  from: "2026-11-19",
  to: "2026-11-20",
  items,
  total: totals,
  neurons: { usedMilli: 0, freeMilli: 10_000_000 },
});
const sums = "calls,failed,cached,inputTokens,outputTokens,images,costMicros,directMicros,milliNeurons";

test("a line for each item, under a header that names the columns", () => {
  expect(usageCsv(reportOf("day", [{ key: "2026-11-20", ...totals }]))).toBe(
    `day,${sums}\r\n2026-11-20,2,1,0,10,5,0,1234567,0,0\r\n`,
  );
  expect(usageCsv(reportOf("model", []))).toBe(`model,${sums}\r\n`);
});

test("agents have their names beside them; cells are quoted, and none is a formula", () => {
  const items = [
    { key: "a", name: 'Clerk, "second"', ...totals },
    { key: "b", name: "=HYPERLINK(1)", ...totals },
    { key: "", ...totals },
  ];
  expect(usageCsv(reportOf("agent", items)).split("\r\n")).toEqual([
    `agent,name,${sums}`,
    'a,"Clerk, ""second""",2,1,0,10,5,0,1234567,0,0',
    'b,"\'=HYPERLINK(1)",2,1,0,10,5,0,1234567,0,0',
    ",,2,1,0,10,5,0,1234567,0,0",
    "",
  ]);
});
