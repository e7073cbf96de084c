/** For a process that starts a runtime by another, which ends, and keeps it. Imports next to nothing. */
export { keep } from "./keep.ts";
export type { Kept, KeepOptions } from "./keep.ts";
export type { HangOptions } from "./hang-watch.ts";
export type { Serving } from "./messages.ts";
export type { LogEntry, LogSink } from "../log.ts";
export { logToStderr } from "../log.ts";
export { stopOnSignals } from "../stop-on-signals.ts";
