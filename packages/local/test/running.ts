/** Launching the fixture, in this process and in others, with everything cleaned up after each test. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { launch } from "../src/index.ts";
import type { LaunchOptions, Launched, LogEntry } from "../src/index.ts";

const fixture = (path: string): string => fileURLToPath(new URL(`fixture/${path}`, import.meta.url));

export const fixtureConfig = fixture("wrangler.jsonc");
export const fixtureScript = readFileSync(fixture("worker.js"), "utf8");

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A directory of its own, removed after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "local-test-"));
  cleanups.push(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

/** The fixture in this process, stopped after the test unless kept. Its log is gathered, not written. */
export async function launchFixture({
  keep = false,
  ...options
}: Partial<LaunchOptions> & { statePath: string; keep?: boolean }): Promise<Launched & { log: LogEntry[] }> {
  const log: LogEntry[] = [];
  const launched = await launch({
    config: fixtureConfig,
    bundle: { script: fixtureScript },
    port: 0,
    log: (entry) => void log.push(entry),
    ...options,
  });
  if (!keep) cleanups.push(() => launched.stop());
  return Object.assign(launched, { log });
}

/** A process that launches the fixture and has said where it serves. */
export interface Running {
  url: string;
  process: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | string>;
  /** Everything it said on standard error. */
  said: () => string;
  /** Everything it said on standard output. */
  shown: () => string;
}

/** Starts a program that launches the fixture, in a process group of its own; killed after the test. */
export async function runFixture(statePath: string, port = 0, program = "run.ts"): Promise<Running> {
  const child = spawn(
    process.execPath,
    ["--conditions=orrery-source", fixture(program), statePath, String(port)],
    { stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  cleanups.push(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let said = "";
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => {
      resolve((JSON.parse(chunk.toString()) as { url: string }).url);
    });
    void ended.then((how) => reject(new Error(`it ended with ${how}:\n${said}`)));
  });
  return { url, process: child, ended, said: () => said, shown: () => shown };
}

/** The JSON that a path of the fixture answers with. */
export async function get<Answer>(url: string, path: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Asks again until the answer is as wanted. */
export async function eventually<Answer>(
  ask: () => Answer | Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The pid of the workerd that runs on `statePath`. */
export const workerdPid = (statePath: string): number =>
  Number(readFileSync(join(statePath, "runtime/workerd.pid"), "utf8").split(" ")[0]);

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    if (process.platform === "linux") return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Files below a directory, by their paths in it. */
export const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
