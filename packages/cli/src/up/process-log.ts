import type { LogSink } from "@orrery/local/keeper";
import { logLines } from "./log-lines.ts";

/** This process's log, on standard error. */
export const processLog = (): LogSink =>
  logLines({
    write: (text) => process.stderr.write(text),
    colour: process.stderr.isTTY && !process.env["NO_COLOR"],
  });
