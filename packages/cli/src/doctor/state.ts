import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { runningInstance } from "../connection/running-instance.ts";
import { whyNotTrusted } from "../connection/state-folder.ts";
import { fail, ok, warn, type Check, type Finding } from "./check.ts";
import { format } from "./state-format.ts";

/** Access that others than the owner have. */
const others = 0o077;

/** What must be its owner's alone: the folder itself, and what is secret in it. */
const secrets = ["", "token", "signing-key", "key-encryption-key"];

/** The state folder: there, writable, for its owner alone, of a format that is known, and held by whom. */
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
          "That is as it should be for a platform elsewhere; the first start makes one here.",
        ),
      ]);
    }
    return Promise.resolve([
      writable(folder),
      ...secrets.flatMap((name) => privacy(join(folder, name))),
      ...format(folder),
      holder(folder),
    ]);
  },
};

function holder(folder: string): Finding {
  const distrust = whyNotTrusted(folder);
  if (distrust !== undefined) return fail(distrust, "Name the platform's address with --url.");
  const instance = runningInstance(folder);
  if (instance === null) return ok("no instance runs on it");
  if (instance === "unknown") {
    return warn(
      `Node.js ${process.versions.node} cannot tell whether an instance runs on it`,
      "Use Node.js 22.13 or newer, or give the address and a token.",
    );
  }
  const where = instance.url === null ? "starting" : `serving at ${instance.url}`;
  return ok(`process ${instance.pid} runs on it, ${where}`);
}

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
