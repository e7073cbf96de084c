import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** The platform that holds a state folder. */
export interface Instance {
  pid: number;
  /** Null until it serves. */
  url: string | null;
}

/**
 * The platform that holds a state folder now: null where none does, and `unknown` where this Node.js cannot tell.
 *
 * What the folder says of its holder outlives a holder that was killed, and a folder may have come from elsewhere. So it
 * counts only while the launcher's lock is held, which is the operating system's and dies with its owner.
 */
export function runningInstance(stateFolder: string): Instance | "unknown" | null {
  const holder = readHolder(join(stateFolder, "instance.json"));
  const lock = join(stateFolder, "lock.sqlite");
  if (holder === null || !existsSync(lock)) return null;
  const held = isHeld(lock);
  if (held === undefined) return "unknown";
  return held ? holder : null;
}

/** What the launcher writes about itself while it serves. */
function readHolder(path: string): Instance | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { pid, url = null } = value as Partial<Instance>;
    return typeof pid === "number" && (url === null || typeof url === "string") ? { pid, url } : null;
  } catch {
    // Nothing runs, or it is just writing this.
    return null;
  }
}

const SQLITE_BUSY = 5;

/** Whether a process holds SQLite's exclusive lock on a file; undefined where this Node.js has no SQLite. */
function isHeld(path: string): boolean | undefined {
  const Database = sqlite();
  if (Database === undefined) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new Database(path, { readOnly: true, timeout: 0 });
    database.prepare("PRAGMA schema_version").get();
    return false;
  } catch (error) {
    return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
  } finally {
    database?.close();
  }
}

/** Node.js 22 says of it, each time, that it is experimental. */
function sqlite(): typeof DatabaseSync | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return (process as Partial<typeof process>).getBuiltinModule?.("node:sqlite")?.DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}
