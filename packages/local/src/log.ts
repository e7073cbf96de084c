import { stripVTControlCharacters } from "node:util";

/** A line from the Worker (its `console`, its uncaught errors) or from what runs it. */
export interface LogEntry {
  level: "debug" | "info" | "warn" | "error";
  source: "worker" | "runtime";
  /** Fit for a terminal: see `printable`. */
  message: string;
}

export type LogSink = (entry: LogEntry) => void;

/**
 * Text as it may be shown: without control characters and marks of direction, by which whoever has a say in it could
 * steer the terminal of who reads it. Line breaks and tabs stay.
 */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    "",
  );

/** The level of one of workerd's structured log lines, which are named after `console`'s methods. */
export function levelOf(name: string): LogEntry["level"] {
  if (name === "error" || name === "warn" || name === "debug") return name;
  return "info";
}

/** What the runtime says of itself that nobody can do anything about, and that is in order. */
const routine: readonly string[] = [
  // V8 has other flags than those with which the runtime's own scripts were compiled beforehand. It compiles them
  // itself, which takes a few hundredths of a second.
  "per-isolate bootstrap compile cache failed its compatibility check",
  // An alarm whose time differs between where it is kept and where it is set off, as after a start that follows a kill.
  "NOSENTRY SQLite alarm",
];

/** One of the Worker's lines by its level's name; null for one that tells nobody anything. */
export function workerEntry(level: string, message: string): LogEntry | null {
  if (routine.some((text) => message.includes(text))) return null;
  return { level: levelOf(level), source: "worker", message: printable(message) };
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
