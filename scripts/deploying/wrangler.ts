/** Running Wrangler on the worker's project. */
import { spawn } from "node:child_process";
import { installed, root } from "../running/process.ts";

export interface WranglerResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one Wrangler command. `show` lets the person see and answer; else its output is only returned. */
export type Wrangler = (args: readonly string[], options?: { show?: boolean }) => Promise<WranglerResult>;

/** The Wrangler that npm has installed. */
export const wrangler: Wrangler = (args, { show = false } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [installed("wrangler"), ...args], {
      cwd: `${root}apps/worker`,
      env: { ...process.env, WRANGLER_HIDE_BANNER: "true" },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
