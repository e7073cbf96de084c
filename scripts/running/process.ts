/** Running other programs to their end and keeping what they say. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The path of a command that npm has installed at the root. */
export const installed = (command: string): string => `${root}node_modules/.bin/${command}`;

export interface Command {
  file: string;
  args: readonly string[];
  /** Relative to the root. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed, with everything it started. */
  timeout?: number;
  /** Called with each piece of output as it comes. */
  onOutput?: (text: string) => void;
}

export interface Outcome {
  /** The exit code; 128 + signal's number when killed by one, as shells have it. */
  code: number;
  /** Standard output and error, in the order in which they came. */
  output: string;
  /** Milliseconds. */
  took: number;
  timedOut: boolean;
}

/**
 * Runs a command and waits for its end. Never rejects: a command that cannot be started has code 127.
 * It leads a process group of its own, so that nothing it started outlives a timeout.
 */
export function run(command: Command): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    let output = "";
    let timedOut = false;
    const child = spawn(command.file, command.args, {
      cwd: `${root}${command.cwd ?? ""}`,
      env: { ...process.env, NO_COLOR: "1", ...command.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const killGroup = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    };
    const timer =
      command.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            killGroup();
          }, command.timeout);
    const keep = (chunk: Buffer): void => {
      const text = chunk.toString();
      output += text;
      command.onOutput?.(text);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    // A group of its own does not hear the terminal's Ctrl-C.
    process.once("exit", killGroup);
    const end = (code: number): void => {
      clearTimeout(timer);
      process.removeListener("exit", killGroup);
      resolve({ code, output, took: performance.now() - started, timedOut });
    };
    child.once("error", (error) => {
      output += `${error.message}\n`;
      end(127);
    });
    child.once("close", (code, signal) => {
      // What a finished command has left behind would disturb the next one.
      killGroup();
      end(code ?? (signal === "SIGKILL" ? 137 : 143));
    });
  });
}

/** Ends this process on Ctrl-C in the usual way, its children first (see {@link run}). */
export function endOnSignals(): void {
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
