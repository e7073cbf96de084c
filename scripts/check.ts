/**
 * `npm run check`: everything that can be said about the code without running it. Prints one line a
 * step, and the whole output of those that fail. `npm run check -- lint types` runs only these.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { endOnSignals, installed, root, run, seconds } from "./running/process.ts";
import type { Command, Outcome } from "./running/process.ts";
import { inParallel } from "./running/pool.ts";

interface Step {
  name: string;
  /** Run one after the other; the step ends with the first that fails. */
  commands: Command[];
}

const node = (...args: string[]): Command => ({
  file: process.execPath,
  args: ["--conditions=orrery-source", ...args],
});

/** Every workspace that TypeScript 7 reads; the console's components need svelte-check instead. */
const projects = globSync(
  [
    "{apps,packages}/*/tsconfig.json",
    "packages/local/{src,test}/ai/worker/tsconfig.json",
    "bench/gateway-worker/tsconfig.json",
  ],
  { cwd: root },
).filter((path) => dirname(path) !== join("apps", "console"));

const steps: Step[] = [
  // The longest first: they decide how long the whole takes.
  { name: "deploy (dry run)", commands: [node("scripts/deploy.ts", "--dry-run")] },
  { name: "packages", commands: [node("scripts/packages.ts")] },
  {
    name: "types (console)",
    commands: [{ file: "npm", args: ["run", "--silent", "check"], cwd: "apps/console" }],
  },
  { name: "dead code", commands: [{ file: installed("knip"), args: ["--no-progress"] }] },
  { name: "lint", commands: [{ file: installed("oxlint"), args: ["--type-aware"] }] },
  {
    name: "types",
    commands: ["tsconfig.json", ...projects].map((path) => ({ file: installed("tsc"), args: ["-p", path] })),
  },
  { name: "imports", commands: [node("scripts/imports.ts")] },
  { name: "format", commands: [{ file: installed("oxfmt"), args: ["--check"] }] },
];

async function perform(step: Step): Promise<{ step: Step; outcome: Outcome }> {
  const total: Outcome = { code: 0, output: "", took: 0, timedOut: false };
  for (const command of step.commands) {
    const { code, output, took } = await run({ ...command, timeout: 300_000 });
    total.code = code;
    total.output += output;
    total.took += took;
    if (code !== 0) break;
  }
  console.log(
    `${total.code === 0 ? "ok    " : "FAILED"}  ${step.name.padEnd(18)}${seconds(total.took).padStart(8)}`,
  );
  return { step, outcome: total };
}

endOnSignals();

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  const names = steps.map(({ name }) => name).join(", ");
  console.error(`There is no step ${unknown.join(", ")}. There are: ${names}`);
  process.exit(2);
}
const chosen = wanted.length === 0 ? steps : steps.filter((step) => wanted.includes(step.name));

// The console's tsconfig.json extends one that SvelteKit writes; the linter reads it too.
await run({ file: "npm", args: ["exec", "--no", "--", "svelte-kit", "sync"], cwd: "apps/console" });

const results = await inParallel(chosen, Math.min(2, availableParallelism()), perform);
const failed = results.filter(({ outcome }) => outcome.code !== 0);
for (const { step, outcome } of failed) console.log(`\n--- ${step.name} ---\n${outcome.output.trimEnd()}`);
console.log(
  failed.length === 0 ? "\nAll checks passed." : `\n${failed.length} of ${results.length} checks failed.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
