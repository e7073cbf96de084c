import { expect, test } from "vitest";
import { csvHeader, csvLines } from "./usage-csv.ts";

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
const sums = "calls,failed,cached,inputTokens,outputTokens,images,costMicros,directMicros,milliNeurons";

test("a line for each item, under a header that names the columns", () => {
  expect(csvHeader("day")).toBe(`day,${sums}\r\n`);
  expect(csvLines("day", [{ key: "2026-11-20", ...totals }])).toBe("2026-11-20,2,1,0,10,5,0,1234567,0,0\r\n");
  expect(csvLines("model", [])).toBe("");
});

test("agents have their names beside them; cells are quoted, and none is a formula", () => {
  const items = [
    { key: "a", name: 'Clerk, "second"', ...totals },
    { key: "b", name: "=HYPERLINK(1)", ...totals },
    { key: "", ...totals },
  ];
  expect(csvHeader("agent")).toBe(`agent,name,${sums}\r\n`);
  expect(csvLines("agent", items).split("\r\n")).toEqual([
    'a,"Clerk, ""second""",2,1,0,10,5,0,1234567,0,0',
    'b,"\'=HYPERLINK(1)",2,1,0,10,5,0,1234567,0,0',
    ",,2,1,0,10,5,0,1234567,0,0",
    "",
  ]);
});
