import { ApiError, ConnectionError } from "@orrery/client";
import { exitCode } from "./exit-codes.ts";

/** The command line asks for something that cannot be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The request was understood and did not succeed; the message is for the caller. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("Interrupted.");
  }
}

/** A failure in words, and the status to leave with. */
export interface Explanation {
  exitCode: number;
  /** One or two lines: what failed, and what to do. */
  lines: string[];
  /** For programs. */
  error: { code: string; message: string; status?: number; errors?: unknown; requestId?: string };
}

/** What to know about how the platform was addressed, for advice. */
export interface Addressed {
  url: string;
  /** Where the token came from; undefined where there is none. */
  tokenSource: string | undefined;
}

export function explain(error: unknown, addressed?: Addressed): Explanation {
  if (error instanceof UsageError) return plain(exitCode.usage, "usage", [error.message]);
  if (error instanceof CommandFailure) return plain(exitCode.failed, "failed", error.message.split("\n"));
  if (error instanceof Interrupted) return plain(exitCode.interrupted, "interrupted", [error.message]);
  if (error instanceof ConnectionError) {
    return plain(exitCode.unreachable, error.reason, [error.message, adviceOn(error)]);
  }
  if (error instanceof ApiError) return refusal(error, addressed);
  // A failure of the machine (a file, a port) explains itself; a defect of ours at least names itself.
  const message = error instanceof Error ? error.message : String(error);
  return plain(exitCode.failed, "failed", [message]);
}

function plain(code: number, name: string, lines: string[]): Explanation {
  return { exitCode: code, lines, error: { code: name, message: lines.join(" ") } };
}

const adviceOn = (error: ConnectionError): string =>
  error.reason === "unreachable"
    ? "Start the platform with `orrery up`, or name its address with --url."
    : "The execution goes on without you: see `orrery executions list`.";

function refusal(error: ApiError, addressed: Addressed | undefined): Explanation {
  const isRefused = error.status === 401 || error.status === 403;
  const lines = [error.detail, ...error.errors.map(({ path, message }) => `  ${path}: ${message}`)];
  if (error.status === 401) {
    lines.push(
      addressed?.tokenSource === undefined
        ? "No token was found: run this beside the platform's .orrery folder, or set ORRERY_TOKEN."
        : `The token is from ${addressed.tokenSource}.`,
    );
  }
  if (error.retryAfter !== undefined) lines.push(`Try again in ${error.retryAfter} s.`);
  if (error.status >= 500 && error.requestId !== undefined) {
    lines.push(`The server's log knows this as request ${error.requestId}.`);
  }
  return {
    exitCode: isRefused ? exitCode.refused : exitCode.failed,
    lines,
    error: {
      code: error.code,
      message: error.detail,
      status: error.status,
      ...(error.errors.length > 0 && { errors: error.errors }),
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    },
  };
}
