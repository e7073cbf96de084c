/**
 * `npm test`: every test there is, quick ones first. Prints one line for each part, the output of those
 * that fail, and as its last line what it comes to: `N passed, N failed`, with `, N skipped` where any were.
 *
 *   npm test -- --quick           the parts that start no process of the platform
 *   npm test -- --only e2e        one part; may be repeated
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { testParts } from "./running/test-parts.ts";
import type { TestPart } from "./running/test-parts.ts";
import { inParallel } from "./running/pool.ts";
import { endOnSignals, installed, root, run, seconds } from "./running/process.ts";
import type { Outcome } from "./running/process.ts";
import { countReport, failures, readSummary, summary } from "./running/vitest-report.ts";
import type { Counts, VitestReport } from "./running/vitest-report.ts";

const scratch = mkdtempSync(join(tmpdir(), "orrery-test-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
endOnSignals();

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
  },
});

interface Ran {
  counts: Counts;
  outcome: Outcome;
  /** The tests that failed, and why; none where a program says that itself. */
  failed: string[];
}

interface Result extends Ran {
  part: TestPart;
  /** Why the part was not run. */
  missing: string | null;
}

function readReport(path: string): VitestReport | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as VitestReport;
  } catch {
    return null; // The runner died before it could write: counted as a failure.
  }
}

async function runVitest(part: TestPart): Promise<Ran> {
  const report = join(scratch, `${part.name}.json`);
  const outcome = await run({
    file: process.execPath,
    args: [
      installed("vitest"),
      "run",
      `--project=${part.name}`,
      "--allowOnly=false",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    timeout: part.timeout,
  });
  const read = readReport(report);
  return { counts: countReport(read, outcome.code), outcome, failed: failures(read) };
}

async function runCommand(part: TestPart, args: readonly string[]): Promise<Ran> {
  const outcome = await run({
    file: process.execPath,
    args: ["--conditions=orrery-source", ...args],
    timeout: part.timeout,
  });
  const said = readSummary(outcome.output);
  const counts = said ?? { passed: 0, failed: 0, skipped: 0 };
  if (counts.failed === 0 && (outcome.code !== 0 || counts.passed === 0)) counts.failed = 1;
  return { counts, outcome, failed: [] };
}

/** The tests that a part would have run, counted without running them; a program counts as one. */
async function countUnrun(part: TestPart): Promise<number> {
  if (part.command) return 1;
  const { code, output } = await run({
    file: process.execPath,
    args: [installed("vitest"), "list", `--project=${part.name}`],
    timeout: part.timeout,
  });
  return code === 0 ? Math.max(1, output.trim().split("\n").length) : 1;
}

async function perform(part: TestPart): Promise<Result> {
  const missing = part.missing?.() ?? null;
  if (missing !== null) {
    const counts: Counts = { passed: 0, failed: 0, skipped: await countUnrun(part) };
    const result: Result = {
      part,
      counts,
      missing,
      failed: [],
      outcome: { code: 0, output: "", took: 0, timedOut: false },
    };
    console.log(line("skip", result));
    return result;
  }
  const ran = part.command ? await runCommand(part, part.command) : await runVitest(part);
  const result: Result = { part, missing, ...ran };
  console.log(line(ran.counts.failed === 0 ? "ok" : "FAILED", result));
  return result;
}

const line = (word: string, { part, counts, outcome }: Result): string =>
  `${word.padEnd(8)}${part.name.padEnd(10)}${seconds(outcome.took).padStart(8)}   ${summary(counts)}`;

function chooseParts(): readonly TestPart[] {
  const unknown = flags.only.filter((name) => !testParts.some((part) => part.name === name));
  if (unknown.length > 0) {
    const names = testParts.map(({ name }) => name).join(", ");
    console.error(`There is no part ${unknown.join(", ")}. There are: ${names}`);
    process.exit(2);
  }
  if (flags.only.length > 0) return testParts.filter((part) => flags.only.includes(part.name));
  return flags.quick ? testParts.filter((part) => part.turn === "first") : testParts;
}

const parts = chooseParts();
const widths = { first: 1, paired: Math.min(2, availableParallelism()), alone: 1 } as const;
const results: Result[] = [];
for (const turn of ["first", "paired", "alone"] as const) {
  const now = parts.filter((part) => part.turn === turn);
  results.push(...(await inParallel(now, widths[turn], perform)));
}

const unwell = results.filter(({ counts }) => counts.failed > 0);
// Before the pages of output, which may be cut off.
for (const { part, failed } of unwell) {
  for (const what of failed) console.log(`\nFAILED  ${part.name}: ${what.replaceAll(root, "")}`);
}
for (const { part, counts, outcome } of unwell) {
  const why = outcome.timedOut ? ` (stopped after ${seconds(part.timeout)})` : "";
  console.log(`\n--- ${part.name}: ${summary(counts)}${why} ---\n${outcome.output.trimEnd()}`);
}
console.log("");
for (const { part, missing } of results) {
  if (missing !== null) console.log(`The ${part.name} tests were skipped: ${missing}`);
}
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const { counts } of results) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
console.log(summary(total));
process.exitCode = total.failed === 0 ? 0 : 1;
