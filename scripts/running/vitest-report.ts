/** What Vitest's JSON reporter writes, as far as counting needs it. Format: Jest's, see vitest.dev/guide/reporters. */

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface VitestReport {
  success: boolean;
  testResults: {
    /** The file's path. */
    name: string;
    status: string;
    /** What was wrong with the file itself; empty where nothing was. */
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[];
  }[];
}

/**
 * Counts a report's tests. What went wrong outside of a test counts as a failure too, so that no run
 * with an error in it can look whole: a file that cannot be loaded, an error nobody caught, no test that was run.
 *
 * @param report null when the runner ended without writing one.
 * @param code the runner's exit code.
 */
export function countReport(report: VitestReport | null, code: number): Counts {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed += 1;
      else if (test.status === "failed") failedHere += 1;
      else counts.skipped += 1;
    }
    counts.failed += file.status === "failed" ? Math.max(1, failedHere) : failedHere;
  }
  const none = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (none || code !== 0 || !report.success)) counts.failed = 1;
  return counts;
}

/** What failed, each with its first words on why: what somebody who sees no more of a run has to know. */
export function failures(report: VitestReport | null): string[] {
  return (report?.testResults ?? []).flatMap((file) => [
    ...(file.message === "" ? [] : [failure(file.name, [file.message])]),
    ...file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => failure(`${file.name}: ${fullName}`, failureMessages ?? [])),
  ]);
}

/** Without the places in the runner. */
const failure = (what: string, messages: readonly string[]): string => {
  const lines = messages.flatMap((message) => message.split("\n"));
  return [what, ...lines.filter((line) => !line.includes("/node_modules/")).slice(0, 12)].join("\n    ");
};

/** The line a run ends with: `N passed, N failed`, and `, N skipped` where any were. */
export function summary(counts: Counts): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** Reads such a line back from the end of a program's output; null where there is none. */
export function readSummary(output: string): Counts | null {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last.trim());
  if (match === null) return null;
  const [, passed, failed, skipped = "0"] = match;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
