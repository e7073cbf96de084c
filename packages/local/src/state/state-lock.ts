/**
 * One process at a time on a state directory. The lock is SQLite's own on a small database file, which
 * is the operating system's file lock: taken atomically, and let go by the kernel however its owner
 * ends. There is no stale lock to clean up after `kill -9`, and no pid that may by then be another's.
 *
 * The file must not be opened by anything else in this process: POSIX drops a process's locks on a file
 * as soon as it closes any descriptor of it.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { LaunchError } from "../errors.ts";

/** Names of the files that belong to the lock. */
export const lockFile = "lock.sqlite";
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
  /** Lets others know where the holder serves. */
  announce(url: string): void;
  release(): void;
}

const SQLITE_BUSY = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;

/**
 * Takes the directory for this process.
 * @throws LaunchError `state_held` naming the holder's pid and address; `state_unusable`
 */
export function lockState(statePath: string, now: () => number = Date.now): StateLock {
  const database = open(statePath);
  try {
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (isBusy(cause)) throw held(statePath, cause);
    throw unusable(statePath, cause);
  }
  const path = join(statePath, holderFile);
  const write = (url: string | null): void => {
    const holder: Holder = { pid: process.pid, startedAt: new Date(now()).toISOString(), url };
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  };
  write(null);
  let released = false;
  return {
    announce: (url) => write(url),
    release: () => {
      if (released) return;
      released = true;
      rmSync(path, { force: true });
      database.close();
    },
  };
}

/** Who holds the directory, as far as it is known; null when nobody does. */
export function stateHolder(statePath: string): Holder | "unknown" | null {
  try {
    const database = open(statePath);
    try {
      database.exec("BEGIN EXCLUSIVE; ROLLBACK");
      return null;
    } finally {
      database.close();
    }
  } catch (error) {
    if (isBusy(error)) return readHolder(statePath) ?? "unknown";
    return null;
  }
}

function open(statePath: string): DatabaseSync {
  try {
    const database = new DatabaseSync(join(statePath, lockFile), { timeout: 0 });
    return database;
  } catch (cause) {
    throw unusable(statePath, cause);
  }
}

function readHolder(statePath: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(join(statePath, holderFile), "utf8")));
  } catch {
    // It holds the lock and has not yet said who it is.
    return null;
  }
}

function held(statePath: string, cause: unknown): LaunchError {
  const holder = readHolder(statePath);
  const who =
    holder === null
      ? "by another process"
      : `by process ${holder.pid}${holder.url === null ? ", which is starting" : `, serving at ${holder.url}`}`;
  return new LaunchError("state_held", `The state in ${statePath} is in use ${who}.`, { cause });
}

const unusable = (statePath: string, cause: unknown): LaunchError =>
  new LaunchError(
    "state_unusable",
    `The state directory ${statePath} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`,
    { cause },
  );
