import { execFileSync, fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ReaperMessage } from "./reaper.ts";

/** Every process the bench started and has not yet seen end. */
const children = new Set<ChildProcess>();

function track(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** A Node process of ours, tied to this one by a channel: it ends when we do. */
export const forkNode = (script: string, args: string[]): ChildProcess =>
  track(fork(script, args, { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: nodeFlags }));

/**
 * A Node process in a process group of its own, so that a Ctrl-C reaches the bench first. What outlives the bench
 * is left to the reaper.
 */
export function spawnNode(args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [...nodeFlags, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    detached: true,
  });
  if (child.pid !== undefined) leaveToReaper({ group: child.pid });
  return track(child);
}

let reaper: ChildProcess | undefined;

/** Has a process group ended, or a directory removed, once this process is gone, however it went. */
export function leaveToReaper(message: ReaperMessage): void {
  reaper ??= startReaper();
  reaper.send(message);
}

function startReaper(): ChildProcess {
  const child = fork(fileURLToPath(import.meta.resolve("./reaper.ts")), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: nodeFlags,
    detached: true,
  });
  // It waits for our end: were we to wait for its, neither would come.
  child.unref();
  child.channel?.unref();
  return child;
}

const nodeFlags = ["--conditions=orrery-source", "--disable-warning=ExperimentalWarning"];

/** The first line of a child's output that is a JSON object. Rejects when the child ends without one. */
export async function firstJsonLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error("the child's output is not read");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    if (!line.startsWith("{")) continue;
    child.stdout.resume();
    return JSON.parse(line) as Record<string, unknown>;
  }
  throw new Error(`a process ended before it was ready (exit code ${child.exitCode})`);
}

/** Asks a process to end with SIGTERM, and makes it after `milliseconds`. Resolves when it has. */
export async function end(child: ChildProcess, milliseconds = 20_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => killTree(child), milliseconds);
  await gone;
  clearTimeout(timer);
}

/** Ends a process and all that it started, at once. */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  for (const pid of treeOf(child.pid)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
}

/** Ends everything that was started and still runs: for the bench's own end, however it comes. */
export const killAll = (): void => {
  for (const child of children) killTree(child);
};

interface ProcessRow {
  pid: number;
  parent: number;
  /** Kilobytes. */
  resident: number;
}

function processes(): ProcessRow[] {
  const table = execFileSync("ps", ["-axo", "pid=,ppid=,rss="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [pid = 0, parent = 0, resident = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent, resident };
    });
}

/** A process and its descendants. */
function treeOf(pid: number, table: ProcessRow[] = processes()): number[] {
  const found = [pid];
  for (const parent of found) {
    found.push(...table.filter((row) => row.parent === parent).map((row) => row.pid));
  }
  return found;
}

/** Memory that a process and its descendants hold (resident set), in bytes. */
export function residentBytes(pid: number): number {
  const table = processes();
  const tree = new Set(treeOf(pid, table));
  return table.filter((row) => tree.has(row.pid)).reduce((sum, row) => sum + row.resident * 1024, 0);
}

/** Ticks a second in which Linux counts processor time. */
const ticks = 100;

/**
 * Processor time that a process and its descendants have taken so far, in milliseconds. Linux alone says
 * so finely enough; NaN elsewhere.
 */
export function processorMs(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const times = treeOf(pid).map((member) => {
    const stat = readFileSync(`/proc/${member}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return (times.reduce((sum, time) => sum + time, 0) * 1_000) / ticks;
}
