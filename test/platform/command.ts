/** The command line of the clone, for tests. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withoutSettings } from "./environment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url).href);

/** Runs a command on the platform of a state folder; its output is all that it says. */
export function orrery(state: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--conditions=orrery-source", "packages/cli/bin/orrery.js", ...args],
      {
        cwd: root,
        env: { ...withoutSettings(), ORRERY_STATE: state, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 137, output }));
  });
}
