/**
 * The process of `orrery up` that stays: its arguments are the program and the arguments that it has started with.
 * It imports next to nothing (docs/decisions/0021), and everything that a start needs is loaded by another process.
 */
import { flushCompileCache } from "node:module";
import { keep, stopOnSignals } from "@orrery/local/keeper";
import { countRunning, farewell } from "./farewell.ts";
import { leaveLean } from "./lean-process.ts";
import type { Note } from "./note.ts";
import { removeOpenPage } from "./open-page.ts";
import { processLog } from "./process-log.ts";

const usualHangSeconds = 60;

/** Seconds that the runtime may work without an answer to anyone, by the environment; 0 for no limit. */
function hangLimitMs({ ORRERY_HANG_SECONDS: seconds = "" }: NodeJS.ProcessEnv): number {
  const limit = seconds.trim() === "" ? usualHangSeconds : Number(seconds);
  if (Number.isFinite(limit) && limit >= 0) return limit * 1_000;
  const message = `ORRERY_HANG_SECONDS has to be a number of seconds, or 0 for no limit; ${usualHangSeconds} counts.`;
  log({ level: "warn", source: "runtime", message });
  return usualHangSeconds * 1_000;
}

const log = processLog();
const [, , program = "", ...args] = process.argv;
const { env, execArgv } = leaveLean();
let parked: number | null = null;
const kept = keep({
  program,
  args,
  execArgv,
  env,
  log,
  hang: { path: "/healthz", limitMs: hangLimitMs(env) },
  drain: async ({ url, note }) => {
    const { token, openPage } = note as Note;
    if (openPage !== null) removeOpenPage(openPage, "now");
    parked = await countRunning(url, token);
  },
});
stopOnSignals(kept, {
  onSignal: () => process.stderr.write("\nStopping…\n"),
  onStopped: () => process.stderr.write(farewell(parked)),
});
const { openPage } = (await kept).note as Note;
if (openPage !== null) removeOpenPage(openPage, "soon");
// Now, since a process that is killed does not: the next start is to find it.
flushCompileCache();
