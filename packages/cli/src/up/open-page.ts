/**
 * Opening the console with its token in a browser. Everyone on a machine can read the arguments of its processes, so
 * the browser is not given the console's address but that of a page that this user alone can read, which leads there.
 */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Milliseconds within which a browser has read the page. */
const lifetime = 60_000;

/** Where the page lies in a state folder; one is left behind only where the process was killed. */
export const openPagePath = (statePath: string): string => join(statePath, "open-console.html");

/** Writes the page, readable by this user alone. */
export function writeOpenPage(statePath: string, consoleUrl: string): string {
  const path = openPagePath(statePath);
  rmSync(path, { force: true });
  const target = consoleUrl.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${target}"><title>Orrery</title>\n`;
  // Made for this, and nothing else's: whoever may have put a file or a link there is not written through.
  writeFileSync(path, page, { mode: 0o600, flag: "wx" });
  return path;
}

/** Removes the page when a browser has had time to read it, or now. */
export function removeOpenPage(path: string, when: "soon" | "now"): void {
  if (when === "now") rmSync(path, { force: true });
  else setTimeout(() => rmSync(path, { force: true }), lifetime).unref();
}

/** Has the system's browser open the page. `onFailure` is told why there is none. */
export function openInBrowser(path: string, onFailure: (reason: string) => void): void {
  const { href } = pathToFileURL(path);
  const commands: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
    darwin: ["open", href],
    win32: ["cmd", "/c", "start", "", href],
  };
  const [command, ...args] = commands[process.platform] ?? ["xdg-open", href];
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.once("error", (error) => onFailure(error.message));
  child.unref();
}
