import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { runningInstance } from "../connection/state-folder.ts";
import { fail, ok, warn, type Check, type Finding } from "./check.ts";

/** Access that others than the owner have. */
const others = 0o077;

/** The state folder: there, writable, for its owner alone, and held by whom. */
export const state: Check = {
  name: "state",
  needs: "nothing",
  run: ({ connection }) => {
    const folder = connection.stateFolder;
    const stat = folder === undefined ? undefined : statSync(folder, { throwIfNoEntry: false });
    if (folder === undefined || stat === undefined) {
      return Promise.resolve([
        warn(
          folder === undefined ? "no state folder was found from here" : `there is no folder ${folder}`,
          "That is as it should be for a platform elsewhere; `orrery up` makes one here.",
        ),
      ]);
    }
    const instance = runningInstance(folder);
    return Promise.resolve([
      writable(folder),
      ...["", "token", "signing-key"].flatMap((name) => privacy(join(folder, name))),
      instance === undefined
        ? ok("no instance runs on it")
        : ok(`process ${instance.pid} runs on it, serving at ${instance.url}`),
    ]);
  },
};

function writable(folder: string): Finding {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(folder);
  } catch {
    return fail(
      `${folder} cannot be written`,
      `Give it to whoever runs the platform: chown -R $(id -un) ${folder}`,
    );
  }
}

/** Nothing where all is well: one line for the folder is enough. */
function privacy(path: string): Finding[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || process.platform === "win32" || (stat.mode & others) === 0) return [];
  const mode = stat.isDirectory() ? "700" : "600";
  return [
    fail(
      `${path} is open to others (mode ${(stat.mode & 0o777).toString(8)})`,
      `Close it: chmod ${mode} ${path}. If others had access to this machine, make a new token.`,
    ),
  ];
}
