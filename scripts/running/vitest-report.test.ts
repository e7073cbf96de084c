import { describe, expect, it } from "vitest";
import { countReport, failures, readSummary, summary } from "./vitest-report.ts";

const file = (status: string, ...tests: string[]) => ({
  name: "a.test.ts",
  status,
  message: "",
  assertionResults: tests.map((test) => ({
    status: test,
    fullName: `it ${test}`,
    failureMessages: test === "failed" ? ["Error: 1 is not 2\n at a.test.ts:1"] : [],
  })),
});

describe("counting a report", () => {
  it("counts tests by what became of them", () => {
    const report = {
      success: false,
      testResults: [file("failed", "passed", "failed"), file("passed", "passed", "skipped", "todo")],
    };
    expect(countReport(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it("counts a file that cannot be loaded as a failure, beside the tests of the others", () => {
    const report = { success: false, testResults: [file("failed"), file("passed", "passed")] };
    expect(countReport(report, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("does not let a run pass that ended badly, crashed or found nothing to run", () => {
    const passed = { success: true, testResults: [file("passed", "passed")] };
    expect(countReport(passed, 1).failed).toBe(1);
    expect(countReport({ ...passed, success: false }, 0).failed).toBe(1);
    expect(countReport(null, 0).failed).toBe(1);
    expect(countReport({ success: true, testResults: [] }, 0).failed).toBe(1);
    expect(countReport({ success: true, testResults: [file("passed", "skipped")] }, 0).failed).toBe(1);
  });
});

describe("what failed", () => {
  it("is named with its reason, tests as well as files that cannot be loaded", () => {
    const broken = { ...file("failed"), message: "SyntaxError: unexpected token" };
    const report = { success: false, testResults: [file("failed", "passed", "failed"), broken] };
    expect(failures(report)).toEqual([
      "a.test.ts: it failed\n    Error: 1 is not 2\n     at a.test.ts:1",
      "a.test.ts\n    SyntaxError: unexpected token",
    ]);
    expect(failures(null)).toEqual([]);
  });
});

describe("the last line", () => {
  it("names what was skipped only where something was", () => {
    expect(summary({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });

  it("reads back what it wrote, and nothing else", () => {
    const counts = { passed: 25, failed: 0, skipped: 4 };
    expect(readSummary(`trial 25\n${summary(counts)}\n`)).toEqual(counts);
    expect(readSummary("25 passed, 0 failed\nand then it crashed")).toBeNull();
  });
});
