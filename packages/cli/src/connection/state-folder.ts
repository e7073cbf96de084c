import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { localStatePath } from "../up/state-path.ts";

/** The folder in which the launcher keeps a platform's state. */
export const stateFolderName = ".orrery";

/** Access by which others than the owner could put an address or a token into a folder. */
const writableByOthers = 0o022;

/**
 * The state folder to look in: the one named, else `ORRERY_STATE`, else the nearest `.orrery` with a
 * token upwards from `cwd` that is this user's, else the one that `orrery up` uses. Undefined where there is none.
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
    if (existsSync(join(candidate, "token")) && isOwn(candidate)) return candidate;
    if (dirname(folder) === folder) break;
  }
  const own = localStatePath(undefined, {});
  return existsSync(join(own, "token")) ? own : undefined;
}

/** Why what a folder says of an address or a token is not to be believed; undefined where it is, or is not there. */
export function whyNotTrusted(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!isOwn(folder)) {
    return `${folder} belongs to another user (${stat.uid}): its address and its token are not used.`;
  }
  if (process.platform === "win32" || (stat.mode & writableByOthers) === 0) return undefined;
  return `Others can write to ${folder}: its address and its token are not used. Close it: chmod 700 ${folder}`;
}

function isOwn(folder: string): boolean {
  const user = process.geteuid?.();
  return user === undefined || statSync(folder, { throwIfNoEntry: false })?.uid === user;
}

/** The administrator's token of a state folder; undefined where there is none to read. */
export function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
