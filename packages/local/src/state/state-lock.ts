/** One process at a time on a state directory. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LaunchError } from "../errors.ts";
import { lookPatience, tryFileLock } from "./file-lock.ts";
import type { FileLock } from "./file-lock.ts";

const lockFile = "lock.sqlite";
const holderFile = "instance.json";

/** Who holds a state directory. */
const Holder = z.object({
  pid: z.number().int(),
  startedAt: z.string(),
  /** Where it serves; null until it does. */
  url: z.string().nullable(),
});
export type Holder = z.infer<typeof Holder>;

export interface StateLock {
  /** Where it stands who holds the directory. */
  readonly holderPath: string;
  /** Lets others know where the holder serves. */
  announce(url: string): void;
  release(): void;
}

/** The process that is to hold a directory. */
export interface LockOwner {
  pid: number;
  /** Null where another process holds the file. */
  tryLock(path: string): FileLock | null | Promise<FileLock | null>;
}

const thisProcess: LockOwner = { pid: process.pid, tryLock: (path) => tryFileLock(path, lookPatience) };

/**
 * Takes the directory for `owner`.
 * @throws LaunchError `state_held` naming the holder's pid and address; `state_unusable`
 */
export async function lockState(
  statePath: string,
  owner: LockOwner = thisProcess,
  now: () => number = Date.now,
): Promise<StateLock> {
  const lock = await take(statePath, owner);
  if (lock === null) throw held(statePath);
  const path = join(statePath, holderFile);
  const write = (url: string | null): void => {
    const holder: Holder = { pid: owner.pid, startedAt: new Date(now()).toISOString(), url };
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  };
  write(null);
  return {
    holderPath: path,
    announce: (url) => write(url),
    release: () => {
      rmSync(path, { force: true });
      lock.release();
    },
  };
}

/** Who holds the directory: null when nobody does, `unknown` when it has not yet said. */
export function stateHolder(statePath: string): Holder | "unknown" | null {
  // Nothing is made in a directory that is only looked at.
  if (!existsSync(join(statePath, lockFile))) return null;
  const lock = takeHere(statePath);
  if (lock === null) return readHolder(statePath) ?? "unknown";
  lock.release();
  return null;
}

async function take(statePath: string, owner: LockOwner): Promise<FileLock | null> {
  try {
    return await owner.tryLock(join(statePath, lockFile));
  } catch (cause) {
    throw unusable(statePath, cause);
  }
}

function takeHere(statePath: string): FileLock | null {
  try {
    return tryFileLock(join(statePath, lockFile));
  } catch (cause) {
    throw unusable(statePath, cause);
  }
}

function unusable(statePath: string, cause: unknown): LaunchError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LaunchError("state_unusable", `The state directory ${statePath} cannot be used: ${why}.`, {
    cause,
  });
}

function readHolder(statePath: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(join(statePath, holderFile), "utf8")));
  } catch {
    // It holds the lock and has not yet said who it is.
    return null;
  }
}

function held(statePath: string): LaunchError {
  const holder = readHolder(statePath);
  const who =
    holder === null
      ? "by another process"
      : `by process ${holder.pid}${holder.url === null ? ", which is starting" : `, serving at ${holder.url}`}`;
  return new LaunchError("state_held", `The state in ${statePath} is in use ${who}.`);
}
