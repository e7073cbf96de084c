/**
 * The process of `orrery up` that stays: its arguments are the program and the arguments that it has started with.
 * It imports next to nothing (docs/decisions/0021), and everything that a start needs is loaded by another process.
 */
import { flushCompileCache } from "node:module";
import { keep, stopOnSignals } from "@orrery/local/keeper";
import { countRunning, farewell } from "./farewell.ts";
import { leaveLean } from "./lean-process.ts";
import { processLog } from "./process-log.ts";

const [, , program = "", ...args] = process.argv;
const { env, execArgv } = leaveLean();
let parked: number | null = null;
const kept = keep({
  program,
  args,
  execArgv,
  env,
  log: processLog(),
  drain: async ({ url, note }) => {
    parked = await countRunning(url, String(note));
  },
});
stopOnSignals(kept, {
  onSignal: () => process.stderr.write("\nStopping…\n"),
  onStopped: () => process.stderr.write(farewell(parked)),
});
await kept;
// Now, since a process that is killed does not: the next start is to find it.
flushCompileCache();
