import { ApiError, ConnectionError } from "@orrery/client";
import { exitCode } from "./exit-codes.ts";
import { fieldWords } from "./output/field-words.ts";
import { asTyped, startAdvice } from "./program-name.ts";

/** The command line asks for something that cannot be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The request was understood and did not succeed; the message is for the caller. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** For programs: `not_found` where what was named is not there. */
  readonly code: "failed" | "not_found";

  constructor(message: string, code: CommandFailure["code"] = "failed") {
    super(message);
    this.code = code;
  }
}

/** There is nothing to go to: no address was given, and no platform runs here. */
export class NothingRuns extends Error {
  override readonly name = "NothingRuns";
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
  /** Why the state folder's token was left out, in a sentence. */
  withheld?: string;
}

export function explain(error: unknown, addressed?: Addressed): Explanation {
  if (error instanceof UsageError) return plain(exitCode.usage, "usage", [error.message]);
  if (error instanceof CommandFailure)
    return plain(exitCode.failed, error.code, error.message.split("\n").map(asTyped));
  if (error instanceof NothingRuns)
    return plain(exitCode.unreachable, "unreachable", error.message.split("\n"));
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
    ? startAdvice
    : asTyped("The execution goes on without you: see `orrery executions list`.");

function refusal(error: ApiError, addressed: Addressed | undefined): Explanation {
  const isRefused = error.status === 401 || error.status === 403;
  const lines = [
    error.detail,
    ...error.errors.map(({ path, message }) => `  ${path}: ${fieldWords(message)}`),
  ];
  if (error.status === 401) {
    lines.push(
      addressed?.tokenSource === undefined
        ? (addressed?.withheld ??
            "There is no token for this address: set ORRERY_TOKEN, or give --token-file.")
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
