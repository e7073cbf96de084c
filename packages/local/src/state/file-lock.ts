/**
 * A lock between processes that is SQLite's own on a small database file, which is the operating
 * system's file lock: taken atomically, and let go by the kernel however its owner ends. There is no stale
 * lock to clean up after `kill -9`, and no pid that may by then be another process's.
 *
 * The file must not be opened by anything else in this process: POSIX drops a process's locks on a file
 * as soon as it closes any descriptor of it.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

export interface FileLock extends Disposable {
  /** Lets it go; safe to call again. */
  release(): void;
}

const SQLITE_BUSY = 5;

/** Milliseconds within which whoever only looks whether a lock is held has let go of it. */
export const lookPatience = 250;

/**
 * Takes the lock, or gives null where another holds it. The file is made when missing; its directory is not.
 * @param patience milliseconds to wait for it, as for `lookPatience`
 */
export function tryFileLock(path: string, patience = 0): FileLock | null {
  const database = new DatabaseSync(path, { timeout: patience });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return null;
    throw error;
  }
  const release = (): void => {
    if (database.isOpen) database.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Takes the lock, waiting for as long as another holds it. */
export async function fileLock(path: string): Promise<FileLock> {
  for (;;) {
    const lock = tryFileLock(path);
    if (lock !== null) return lock;
    await delay(100);
  }
}
