import { PassThrough } from "node:stream";
import { runCli } from "../src/cli.ts";
import type { InputStream, OutputStream, Terminal } from "../src/terminal.ts";

export interface FakeTerminal extends Terminal {
  /** What has been printed so far. */
  readonly printed: { out: string; err: string };
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** Resolves once what is printed matches. */
  until(pattern: RegExp): Promise<void>;
}

/** A terminal in memory: a screen where `columns` is given, else pipes. */
export function fakeTerminal(
  options: {
    input?: string;
    columns?: number;
    env?: Record<string, string>;
    cwd?: string;
    now?: number;
  } = {},
): FakeTerminal {
  const printed = { out: "", err: "" };
  const listeners = new Set<() => void>();
  const waiting = new Set<() => void>();
  const isTTY = options.columns !== undefined;
  const output = (name: "out" | "err"): OutputStream => {
    const stream: OutputStream = new PassThrough();
    stream.on("data", (data: Buffer) => {
      printed[name] += data.toString();
      for (const look of waiting) look();
    });
    if (options.columns !== undefined) Object.assign(stream, { isTTY: true, columns: options.columns });
    return stream;
  };
  const stdin: InputStream = new PassThrough();
  if (isTTY && options.input === undefined) stdin.isTTY = true;
  else (stdin as PassThrough).end(options.input ?? "");
  return {
    printed,
    stdin,
    stdout: output("out"),
    stderr: output("err"),
    env: options.env ?? {},
    cwd: options.cwd ?? "/",
    now: () => options.now ?? Date.now(),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    until: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(printed.out + printed.err)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Runs a command line to its end. */
export async function cli(
  argv: readonly string[],
  options: Parameters<typeof fakeTerminal>[0] = {},
): Promise<{ code: number; out: string; err: string }> {
  const terminal = fakeTerminal(options);
  const code = await runCli(argv, terminal);
  // What was written reaches the listeners a moment later.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...terminal.printed };
}
