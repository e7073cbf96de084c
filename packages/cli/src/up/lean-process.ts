import { fileURLToPath } from "node:url";

/**
 * What glibc's memory may keep: each arena keeps what it once needed, so two rather than one a thread; and what is
 * larger than 64 KB is returned to the system as soon as it is free, whatever lies behind it.
 */
const allocator = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

/** What a process that only waits asks of V8: a small heap rather than a fast one. */
const flags = ["--optimize-for-size", "--max-semi-space-size=1", "--v8-pool-size=1"];

const compileCache = "NODE_COMPILE_CACHE";

/** Without it, Node.js looks for some of its flags, such as `--env-file`, among the program's own as well. */
const endOfFlags = "--";

/**
 * Makes this process the keeper, where that is possible: it keeps its pid and its streams, and does not come back from
 * this call. The keeper runs the same command line again in another process, which starts the platform and is gone.
 * Settings of the allocator are read when a process begins, so they cannot be made later.
 *
 * `cache` is a directory for compiled code, types stripped: with it, the compiler that strips them is not even loaded.
 *
 * Only for a process whose own command line is `… up`: any other belongs to someone else.
 */
export function continueLean(cache: string): void {
  const { env, execArgv, execPath, argv } = process;
  const settings = { ...allocator, [compileCache]: cache };
  if (process.platform !== "linux" || Object.keys(allocator).some((name) => env[name] !== undefined)) return;
  if (typeof process.execve !== "function" || process.send !== undefined || argv[2] !== "up") return;
  const keeper = fileURLToPath(import.meta.url).replace(/lean-process(\.[jt]s)$/, "keeper$1");
  process.execve(execPath, [execPath, ...flags, ...execArgv, endOfFlags, keeper, ...argv.slice(1)], {
    ...env,
    ...settings,
  });
}

/** What another process is to be given that is not the keeper: the environment and Node's flags without its own. */
export function leaveLean(): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const own = new Set([...Object.keys(allocator), compileCache]);
  return {
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.has(name))),
    execArgv: [...process.execArgv.filter((flag) => !flags.includes(flag)), endOfFlags],
  };
}
