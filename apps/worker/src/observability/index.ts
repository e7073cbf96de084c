/** What the platform says about itself. */

/** The platform's log: one JSON line an event, secrets removed. */
export { log, setLogLevel } from "./log.ts";
export type { Fields, Level, Log, LogLine } from "./log.ts";
