/** A line from the Worker (its `console`, its uncaught errors) or from what runs it. */
export interface LogEntry {
  level: "debug" | "info" | "warn" | "error";
  source: "worker" | "runtime";
  message: string;
}

export type LogSink = (entry: LogEntry) => void;

/** The level of one of workerd's structured log lines, which are named after `console`'s methods. */
export function levelOf(name: string): LogEntry["level"] {
  if (name === "error" || name === "warn" || name === "debug") return name;
  return "info";
}

/** Writes to standard error, so that standard output stays free for what the program has to say. */
export const logToStderr: LogSink = ({ level, message }) => {
  process.stderr.write(`${level.padEnd(5)} ${message}\n`);
};
