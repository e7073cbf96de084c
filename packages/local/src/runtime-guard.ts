/**
 * Ties workerd's life to this process. Miniflare starts workerd as a plain child and ends it when asked;
 * when Node itself is killed, workerd lives on, holds the port, and keeps writing to the databases.
 *
 * Three things prevent that. (1) workerd is started through a small shell script that leaves a watcher
 * behind, which reads from a pipe whose other end only this process holds: the kernel closes it however
 * this process ends, and the watcher kills workerd, whatever has become of the state directory. (2) The
 * script notes workerd's pid, and the next start kills what it finds there, if it is ours by the mark in
 * its environment. (3) On Ctrl-C the terminal signals the whole process group: workerd ignores that and
 * waits for us to stop it in order.
 *
 * Where there is no POSIX shell (Windows), or where files in the state directory cannot be executed,
 * workerd is started directly and only its own parent's orderly end stops it.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LaunchError, isSystemError } from "./errors.ts";

/** `binary` is quoted for the shell. A Miniflare that is not ours gets workerd and nothing else. */
const scriptFor = (binary: string): string => `#!/bin/sh
# Starts workerd so that it ends with the process that launched it.
if [ -n "$LOCAL_RUNTIME_LIFELINE" ]; then
  trap '' INT HUP
  # For writing first: opening a pipe that nobody writes to waits, and who launched this may have ended by now.
  exec 9<> "$LOCAL_RUNTIME_LIFELINE" 8< "$LOCAL_RUNTIME_LIFELINE" 9>&-
  echo "$$ $LOCAL_RUNTIME_MARK" > "$LOCAL_RUNTIME_PID"
  (
    read -r _ <&8
    # As long as workerd runs it is this watcher's parent; another process that has got its pid is not.
    if [ -r /proc/self/stat ]; then
      read -r _ _ _ parent _ < /proc/self/stat
    else
      watcher=$(exec sh -c 'echo "$PPID"')
      parent=$(ps -o ppid= -p "$watcher")
    fi
    [ $parent -eq "$$" ] && kill -9 "$$"
  ) < /dev/null > /dev/null 2>&1 3>&- &
  exec 8<&-
fi
exec '${binary.replaceAll("'", `'\\''`)}' "$@"
`;

export interface RuntimeGuard {
  /** What to start: workerd itself, or the script that becomes it. */
  readonly command: string;
  /** Environment that workerd's process must get. */
  readonly env: Record<string, string>;
  /** Call when workerd has ended: lets its watcher go and removes what was noted. */
  release(): void;
}

const pidFile = "workerd.pid";

interface Paths {
  script: string;
  pid: string;
}

/** Prepares `directory` for the start of one workerd. The caller must hold the state. */
export function guardRuntime(directory: string): RuntimeGuard {
  const paths: Paths = { script: join(directory, "workerd.sh"), pid: join(directory, pidFile) };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lifeline = join(directory, `lifeline-${randomUUID()}`);
  if (!canGuard(paths, lifeline)) return { command: workerdBinary(), env: {}, release: () => undefined };

  // Open for both ends: opening a pipe only for writing waits for a reader.
  const descriptor = openSync(lifeline, constants.O_RDWR);
  scripts.add(paths.script);
  pointMiniflare();
  return {
    command: paths.script,
    env: {
      LOCAL_RUNTIME_LIFELINE: lifeline,
      LOCAL_RUNTIME_PID: paths.pid,
      LOCAL_RUNTIME_MARK: randomUUID(),
    },
    release: () => {
      rmSync(paths.pid, { force: true });
      closeSync(descriptor);
      scripts.delete(paths.script);
      pointMiniflare();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Miniflare reads from this variable what to start instead of workerd, each time it starts one. */
const variable = "MINIFLARE_WORKERD_PATH";
const givenBinary = process.env[variable];

/** The scripts of all guards in this process; any of them serves every Miniflare. */
const scripts = new Set<string>();

function pointMiniflare(): void {
  const [path = givenBinary] = scripts;
  if (path === undefined) delete process.env[variable];
  else process.env[variable] = path;
}

function workerdBinary(): string {
  if (givenBinary !== undefined) return givenBinary;
  const miniflare = createRequire(import.meta.url).resolve("miniflare");
  return (createRequire(miniflare)("workerd") as { default: string }).default;
}

function canGuard(paths: Paths, lifeline: string): boolean {
  if (process.platform === "win32") return false;
  try {
    writeFileSync(paths.script, scriptFor(workerdBinary()), { mode: 0o700 });
    // Fails on a file system that is mounted without the right to execute.
    accessSync(paths.script, constants.X_OK);
    execFileSync("mkfifo", ["-m", "600", lifeline], { stdio: "ignore" });
    return true;
  } catch (error) {
    if (isSystemError(error, "EACCES") || isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/**
 * Kills a workerd that an earlier process has left behind in `directory`. The caller must hold the state.
 * @throws LaunchError `state_held` when it does not end.
 */
export async function endOrphan(directory: string): Promise<void> {
  let text: string;
  try {
    text = readFileSync(join(directory, pidFile), "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw error;
  }
  const [pid, mark] = [Number(text.split(" ")[0]), text.split(" ")[1]?.trim()];
  if (!Number.isInteger(pid) || pid <= 1 || mark === undefined) return;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!isMarked(pid, mark)) return;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (isSystemError(error, "ESRCH")) return;
      throw error;
    }
    await delay(20);
  }
  throw new LaunchError("state_held", `A Workers runtime of an earlier start (process ${pid}) does not end.`);
}

/** Whether the process runs and carries the mark in its environment; a zombie has none. */
function isMarked(pid: number, mark: string): boolean {
  const wanted = `LOCAL_RUNTIME_MARK=${mark}`;
  try {
    if (process.platform === "linux") {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(wanted);
    }
    return execFileSync("ps", ["eww", "-o", "command=", "-p", String(pid)], {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "ignore"],
    }).includes(wanted);
  } catch {
    // There is no such process, or it is another user's and so not ours.
    return false;
  }
}
