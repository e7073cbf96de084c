/** What the platform says about itself. */

/** The platform's log: one JSON line an event, secrets removed. */
export { createLog, isLevel, log, setLogLevel } from "./log.ts";
export type { Fields, Level, Log, LogLine } from "./log.ts";
/** Removes whatever looks like a secret from a value that is about to leave the process. */
export { redact } from "./redact.ts";
