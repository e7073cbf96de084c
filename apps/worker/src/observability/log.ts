import { redact } from "./redact.ts";

/** From the least to the most important; `silent` writes nothing. */
const levels = { debug: 10, info: 20, warn: 30, error: 40, silent: 100 } as const;

export type Level = keyof typeof levels;

export const isLevel = (name: string): name is Level => Object.hasOwn(levels, name);

/** What happened, besides its name. Bodies of requests, prompts and answers do not belong here. */
export type Fields = Record<string, unknown>;

/** One line: when, how important, what (`domain.event`), and the fields. */
export interface LogLine extends Fields {
  at: string;
  level: Exclude<Level, "silent">;
  event: string;
}

type Write = (event: string, fields?: Fields) => void;

/** A log. Events are named `domain.what-happened`, in the past tense where something happened. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  /** For defects of ours and failures someone must look at; never for a caller's mistake. */
  error: Write;
  /** Whether a line of this level would be written: spares the making of its fields. */
  writes(level: Level): boolean;
  setLevel(level: Level): void;
}

/** Makes a log whose lines go to `sink`, redacted. */
export function createLog(options: { level: Level; sink: (line: LogLine) => void; now?: () => number }): Log {
  let least: number = levels[options.level];
  const now = options.now ?? Date.now;
  const write =
    (level: LogLine["level"]): Write =>
    (event, fields = {}) => {
      if (levels[level] < least) return;
      const clean = redact(fields) as Fields;
      options.sink({ at: new Date(now()).toISOString(), level, event, ...clean });
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    writes: (level) => levels[level] >= least,
    setLevel: (level) => {
      least = levels[level];
    },
  };
}

/** The platform's log, to the console of the runtime; `info` and above unless told otherwise. */
export const log: Log = createLog({
  level: "info",
  sink: (line) => console[line.level](JSON.stringify(line)),
});

/** Sets the platform's log level from a setting such as `LOG_LEVEL`; an unknown name changes nothing. */
export function setLogLevel(name: string | undefined): void {
  if (name !== undefined && isLevel(name)) log.setLevel(name);
}
