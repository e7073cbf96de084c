import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { localStatePath } from "../up/state-path.ts";

/** The folder in which the launcher keeps a platform's state. */
export const stateFolderName = ".orrery";

/** What the launcher writes about itself while it serves. */
interface Instance {
  pid: number;
  url: string | null;
}

/**
 * The state folder to look in: the one named, else `ORRERY_STATE`, else the nearest `.orrery` with a
 * token upwards from `cwd`, else the one that `orrery up` uses. Undefined where there is none.
 */
export function findStateFolder(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  named?: string,
): string | undefined {
  const given = named ?? env["ORRERY_STATE"];
  if (given !== undefined && given !== "") return resolve(cwd, given);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, stateFolderName);
    if (existsSync(join(candidate, "token"))) return candidate;
    if (dirname(folder) === folder) break;
  }
  const own = localStatePath(undefined, {});
  return existsSync(join(own, "token")) ? own : undefined;
}

/** The administrator's token of a state folder; undefined where there is none to read. */
export function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Where the instance that holds a state folder serves; undefined while none does. */
export function runningInstance(stateFolder: string): { pid: number; url: string } | undefined {
  const instance = readInstance(join(stateFolder, "instance.json"));
  return instance !== undefined && instance.url !== null && isAlive(instance.pid)
    ? { pid: instance.pid, url: instance.url }
    : undefined;
}

function readInstance(path: string): Instance | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, url } = value as Partial<Instance>;
    return typeof pid === "number" && typeof url === "string" ? { pid, url } : undefined;
  } catch {
    // Nothing runs, or it is just writing this.
    return undefined;
  }
}

/** A killed instance leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
