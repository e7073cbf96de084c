/** The platform as users start it, for tests: a process of its own, its state in a folder of its own. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@orrery/local";
import { withoutSettings } from "./environment.ts";

export { freePort };

const root = fileURLToPath(new URL("../..", import.meta.url).href);

export interface PlatformOptions {
  /** A folder to keep state in; one is made, and removed at the end, where none is given. */
  state?: string;
  port?: number;
  env?: Record<string, string>;
  /** More flags of `orrery up`. */
  flags?: readonly string[];
}

export interface Platform {
  url: string;
  token: string;
  state: string;
  pid: number;
  /** All that it has printed. */
  output(): string;
  /** Ends it as a user does, and waits; resolves with the exit code. */
  stop(signal?: "SIGINT" | "SIGTERM"): Promise<number>;
  /** `kill -9` of the process and all its children, at once. */
  kill(): Promise<void>;
  /** SIGSTOP of all of them: its sockets stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

export const stateFolder = (): string => mkdtempSync(join(tmpdir(), "orrery-state-"));

const running = new Set<number>();
process.once("exit", () => {
  for (const pid of running) killTree(pid);
});

/** Starts the platform and waits until it serves. @throws Error with its output when it does not. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const state = options.state ?? stateFolder();
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [
      "--conditions=orrery-source",
      "packages/cli/bin/orrery.js",
      "up",
      "--port",
      String(port),
      "--state",
      state,
      // In place of what this clone's own files say.
      "--env",
      devNull,
      ...(options.flags ?? []),
    ],
    {
      cwd: root,
      env: { ...withoutSettings(), RATE_LIMIT_PER_MINUTE: "0", NO_COLOR: "1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const { pid } = child;
  if (pid === undefined) throw new Error("the platform could not be started");
  running.add(pid);
  const ended = exitOf(child).finally(() => running.delete(pid));
  await serving(url, ended, () => output);
  const removeState = (): void => {
    if (options.state === undefined) rmSync(state, { recursive: true, force: true });
  };
  return {
    url,
    token: readFileSync(join(state, "token"), "utf8").trim(),
    state,
    pid,
    output: () => output,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const code = await ended;
      removeState();
      return code;
    },
    async kill() {
      killTree(pid);
      await ended;
      removeState();
    },
    pause: () => signalTree(pid, "SIGSTOP"),
    resume: () => signalTree(pid, "SIGCONT"),
  };
}

const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 137)));

async function serving(url: string, ended: Promise<number>, output: () => string): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    if (over) throw new Error(`the platform ended instead of serving:\n${output()}`);
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the platform did not serve within two minutes:\n${output()}`);
}

/** Kills a process and its descendants without a chance to tidy up. */
export const killTree = (pid: number): void => signalTree(pid, "SIGKILL");

function signalTree(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
  const family = [pid];
  for (const parent of family) family.push(...childrenOf(parent));
  for (const member of family) {
    try {
      process.kill(member, signal);
    } catch {
      // It has ended already.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // It has ended already.
  }
}
