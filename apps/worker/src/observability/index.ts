/** What the platform says about itself. */

/** The platform's log: one JSON line an event, secrets removed. */
export { log, setLogLevel } from "./log.ts";
export type { Fields, Level, Log, LogLine } from "./log.ts";
/** A copy of a value that may be shown: secrets removed, long texts cut. */
export { redact } from "./redact.ts";
