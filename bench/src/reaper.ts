/**
 * Ends what the bench leaves behind when it cannot do so itself, as after `kill -9`: its channel to the
 * bench closes, and it ends the process groups that it was told of and removes the scratch directories.
 */
import { rmSync } from "node:fs";

export type ReaperMessage = { group: number } | { directory: string };

const groups: number[] = [];
const directories: string[] = [];

process.on("message", (message: ReaperMessage) => {
  if ("group" in message) groups.push(message.group);
  else directories.push(message.directory);
});

process.once("disconnect", () => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // It had ended: the usual case.
    }
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
