/** The worker's log, one JSON object a line, as a person reads it. */
import { styleText } from "node:util";
import type { LogEntry, LogSink } from "@orrery/local/keeper";

const marks = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

export interface LogLinesOptions {
  write: (text: string) => void;
  colour: boolean;
  now?: () => number;
}

/** The runtime reports as an exception that an agent left memory while a call was on its way; that call is made again. */
const routine = /The agent left memory before this call came in/;

/** A sink that writes one readable line for each entry, but for what is in order. */
export function logLines({ write, colour, now = Date.now }: LogLinesOptions): LogSink {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;

  return (entry) => {
    if (routine.test(entry.message)) return;
    const { at, text, fields } = parse(entry, now);
    const details = fields.map(([name, value]) => `${paint("gray", `${name}=`)}${show(value)}`).join(" ");
    const parts = [
      paint("gray", at.slice(11, 19)),
      paint(marks[entry.level], entry.level.padEnd(5)),
      text,
      details,
    ];
    write(`${parts.filter((part) => part !== "").join(" ")}\n`);
  };
}

interface Parsed {
  at: string;
  text: string;
  fields: [string, unknown][];
}

function parse({ message }: LogEntry, now: () => number): Parsed {
  const plain = { at: new Date(now()).toISOString(), text: message, fields: [] };
  if (!message.startsWith("{")) return plain;
  try {
    // Not by a schema: the library for that would stay in memory for as long as the platform serves.
    const line = JSON.parse(message) as Record<string, unknown>;
    const { at, level, event, ...fields } = line;
    if (typeof at !== "string" || typeof level !== "string" || typeof event !== "string") return plain;
    return { at, text: event, fields: Object.entries(fields) };
  } catch {
    // Some other library's line, which only looks like one of ours.
    return plain;
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
