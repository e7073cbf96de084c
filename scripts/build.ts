/**
 * `npm run build`: the console, and the worker as `wrangler deploy` would upload it. What is built already
 * and has not changed is kept; `npm run build -- --force` builds it all the same.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { LaunchError } from "@orrery/local";
import { buildPlatform, findPlatform } from "../packages/cli/src/up/platform.ts";

const { values: flags } = parseArgs({ options: { force: { type: "boolean", default: false } } });

const size = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`;

try {
  const platform = findPlatform();
  if (flags.force) rmSync(platform.cache, { recursive: true, force: true });
  const { console: page, worker } = await buildPlatform(platform);
  console.log(`console  ${page === "absent" ? "has no sources yet" : page}`);
  console.log(
    `worker   ${worker.built ? "built" : "kept"}: ${size(worker.bytes)}, ${size(worker.gzipBytes)} gzipped`,
  );
} catch (error) {
  if (!(error instanceof LaunchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
