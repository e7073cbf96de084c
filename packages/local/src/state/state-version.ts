import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LaunchError, isSystemError } from "../errors.ts";

const file = "version.json";

/**
 * Layout of the directory (ours) and of what the Worker keeps in it (the caller's): two numbers, since
 * either may move without the other.
 */
const Version = z.object({ layout: z.number().int(), state: z.number().int() });

/** The layout that this version of the launcher writes. */
export const layoutVersion = 1;

/**
 * Refuses a directory that a newer version has written, and otherwise marks it as written by this one.
 * @throws LaunchError `state_newer`, `state_unusable`
 */
export function claimStateVersion(statePath: string, stateVersion: number): void {
  const path = join(statePath, file);
  const found = read(path);
  if (found !== null && (found.layout > layoutVersion || found.state > stateVersion)) {
    const [theirs, ours] =
      found.layout > layoutVersion ? [found.layout, layoutVersion] : [found.state, stateVersion];
    throw new LaunchError(
      "state_newer",
      `The state in ${statePath} was written by a newer version (its format is ${theirs}, this version knows ${ours}). Update, or use another directory.`,
    );
  }
  if (found?.layout === layoutVersion && found.state === stateVersion) return;
  // Renamed into place: a crash leaves the old file or the new one, never half of it.
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify({ layout: layoutVersion, state: stateVersion })}\n`, {
    mode: 0o600,
  });
  renameSync(draft, path);
}

function read(path: string): z.infer<typeof Version> | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return null;
    throw new LaunchError("state_unusable", `Cannot read ${path}.`, { cause: error });
  }
  try {
    return Version.parse(JSON.parse(text));
  } catch (cause) {
    throw new LaunchError("state_unusable", `${path} is damaged: it does not say which version wrote it.`, {
      cause,
    });
  }
}
