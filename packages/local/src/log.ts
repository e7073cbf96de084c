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

/**
 * What the runtime warns of when V8 has other flags than those with which its own scripts were compiled beforehand.
 * It then compiles them itself, which takes a few hundredths of a second; there is nothing to be done about it.
 */
const withoutCache = "per-isolate bootstrap compile cache failed its compatibility check";

/** One of the Worker's lines by its level's name; null for one that tells nobody anything. */
export function workerEntry(level: string, message: string): LogEntry | null {
  if (message.includes(withoutCache)) return null;
  return { level: levelOf(level), source: "worker", message };
}

/** A line of workerd's output: structured, or as somebody's code has written it. */
export function runtimeEntry(line: string): LogEntry | null {
  const plain = workerEntry("log", line);
  if (!line.startsWith("{")) return line === "" ? null : plain;
  try {
    const { level, message } = JSON.parse(line) as Partial<Record<string, unknown>>;
    return typeof level === "string" && typeof message === "string" ? workerEntry(level, message) : null;
  } catch {
    return plain;
  }
}

/** Writes to standard error, so that standard output stays free for what the program has to say. */
export const logToStderr: LogSink = ({ level, message }) => {
  process.stderr.write(`${level.padEnd(5)} ${message}\n`);
};
