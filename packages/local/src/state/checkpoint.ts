/**
 * Miniflare ends workerd with SIGKILL, which leaves every open database with its write-ahead log and
 * shared-memory file beside it: safe, and several times the size of the data. Opening such a database
 * and closing it again, as its only user, folds the log into it and removes both files.
 * Source: https://www.sqlite.org/wal.html#ckpt
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LogSink } from "../log.ts";

export interface CheckpointResult {
  databases: number;
  /** Databases that could not be folded, and keep their log: nothing is lost. */
  failed: { path: string; error: string }[];
}

/** Folds the logs of all databases below `directory`. Nothing else may have them open. */
export function checkpointAll(directory: string): CheckpointResult {
  const result: CheckpointResult = { databases: 0, failed: [] };
  for (const log of logsBelow(directory)) {
    const path = log.slice(0, -"-wal".length);
    try {
      checkpoint(path);
      result.databases += 1;
    } catch (error) {
      result.failed.push({ path, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return result;
}

/** `checkpointAll`, which says of what cannot be folded that it keeps its log. */
export function fold(directory: string, log: LogSink): void {
  for (const { path, error } of checkpointAll(directory).failed) {
    log({ level: "warn", source: "runtime", message: `${path} keeps its write-ahead log: ${error}` });
  }
}

function checkpoint(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
  // Left behind by a process that was killed, with nothing in it once the log is folded.
  rmSync(`${path}-shm`, { force: true });
}

function logsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".sqlite-wal"))
    .map((entry) => join(entry.parentPath, entry.name));
}
