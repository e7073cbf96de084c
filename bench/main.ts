/**
 * `npm run bench`: measures the platform and its peers side by side in one run, prints a table and
 * writes JSON to `bench/results/`. See docs/bench.md.
 *
 *   --quick                fewer samples and a smaller fleet, in about three minutes
 *   --only turns,fleet     some measures: turns, throughput, tokens, length, fleet, cold-start, size, gateway,
 *                          routing, cheap-route, fuse
 *   --peers                the peers alone
 *   --without bare         leave a server out; may be repeated
 *   --json <file>          write the results there
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BenchRun } from "./src/bench-run.ts";
import type { Measure, Measured } from "./src/measures/contract.ts";
import { fleet } from "./src/measures/fleet.ts";
import { fuse } from "./src/measures/fuse.ts";
import { gateway } from "./src/measures/gateway.ts";
import { length } from "./src/measures/length.ts";
import { cheapRoute, routing } from "./src/measures/routing.ts";
import { coldStart, workerSize } from "./src/measures/starting.ts";
import { throughput, tokenCost, turns } from "./src/measures/turns.ts";
import { makeReport, renderReport } from "./src/report.ts";
import type { Server } from "./src/servers.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    peers: { type: "boolean", default: false },
    without: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});

/** Those on shared servers first; the others have the machine to themselves. */
const shared: readonly Measure[] = [turns, throughput, tokenCost, length];
const alone: readonly Measure[] = [fleet, coldStart, workerSize, gateway, routing, cheapRoute, fuse];

const names = flags.only?.split(",");
const unknown = names?.filter((name) => ![...shared, ...alone].some((measure) => measure.name === name));
if (unknown?.length) {
  console.error(`No such measure: ${unknown.join(", ")}`);
  process.exit(2);
}
const chosen = (measures: readonly Measure[]): Measure[] =>
  measures.filter(({ name }) => names?.includes(name) ?? true);

const everyone: readonly Server[] = ["orrery", "bare", "ai-chat-agent"];
const servers = everyone.filter(
  (server) => !flags.without.includes(server) && !(flags.peers && server === "orrery"),
);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

const startedAt = new Date();
// What needs no server is not made to wait for one to be built.
const serving = [...chosen(shared), ...chosen(alone)].some((measure) => measure.needsServers !== false);
const run = await BenchRun.begin({ servers: serving ? servers : [], quick: flags.quick });
const measured: Measured[] = [];

const failed: string[] = [];

/** A measure that fails costs its own numbers, not those of the others. */
async function perform(measure: Measure): Promise<void> {
  console.error(`${measure.name} …`);
  try {
    measured.push(...(await measure.run(run)));
  } catch (error) {
    failed.push(measure.name);
    console.error(`${measure.name} failed:`, error);
  }
}

for (const measure of chosen(shared)) await perform(measure);
await run.stopShared();
for (const measure of chosen(alone)) await perform(measure);

const report = makeReport(measured);
console.log(renderReport(report, servers));

const file =
  flags.json ??
  fileURLToPath(new URL(`results/${startedAt.toISOString().replaceAll(":", "-")}.json`, import.meta.url));
mkdirSync(dirname(file), { recursive: true });
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model,
  memoryBytes: totalmem(),
  node: process.version,
};
writeFileSync(
  file,
  `${JSON.stringify({ startedAt, quick: flags.quick, machine, servers, report }, null, 2)}\n`,
);
console.error(`\nWritten to ${file}`);
if (failed.length > 0) console.error(`Not measured: ${failed.join(", ")}`);
process.exit(failed.length > 0 || report.some(({ met }) => met === false) ? 1 : 0);
