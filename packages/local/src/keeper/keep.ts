/**
 * The process that stays. It imports next to nothing, since what it imports is resident for as long as the platform
 * serves: no Miniflare, no schemas, no HTTP.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { drained } from "../drained.ts";
import { giveMemoryBack } from "../give-memory-back.ts";
import { runtimeEntry } from "../log.ts";
import type { LogSink } from "../log.ts";
import { guardRuntime } from "../runtime-guard.ts";
import type { RuntimeGuard } from "../runtime-guard.ts";
import { fold } from "../state/checkpoint.ts";
import { lookPatience, tryFileLock } from "../state/file-lock.ts";
import type { FileLock } from "../state/file-lock.ts";
import { watchForHang } from "./hang-watch.ts";
import type { HangOptions } from "./hang-watch.ts";
import { serveLoopback } from "./loopback.ts";
import type { Loopback } from "./loopback.ts";
import type { Call, FromKeeper, Request, RuntimeEvent, RuntimeStart, Serving } from "./messages.ts";
import { startProcess } from "./runtime-process.ts";
import type { RuntimeProcess } from "./runtime-process.ts";
import { keeperMark } from "./mark.ts";

export interface KeepOptions {
  /** The program that launches, and its arguments; it finds this process by `connectKeeper()`. */
  program: string;
  args: readonly string[];
  execArgv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  log: LogSink;
  /** Ends a runtime that works and answers nobody, so that it is started again. On Linux; elsewhere it does nothing. */
  hang?: HangOptions;
  /** As for `launch`. */
  drain?: (serving: Serving) => Promise<void>;
  drainTimeout?: number;
}

export interface Kept {
  /** What the program has left for this process: see `Launched.handOver`. */
  note: unknown;
  stop: () => Promise<void>;
}

/**
 * Has `program` start a runtime, and keeps that when the program has gone. Resolves when it serves; where the program
 * ends without, so does this process, with its exit code.
 */
export async function keep(options: KeepOptions): Promise<Kept> {
  const { log } = options;
  const starter = fork(options.program, options.args, {
    execArgv: [...options.execArgv],
    env: { ...options.env, [keeperMark]: "1" },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  let lock: FileLock | null = null;
  let guard: RuntimeGuard | undefined;
  let loopback: Loopback | undefined;
  let running: { start: RuntimeStart; process: RuntimeProcess } | undefined;
  let serving: Serving | undefined;
  let stopping = false;
  let crashes = 0;
  let unwatch = (): void => undefined;
  /** Whether the runtime has listened since it was started. */
  let listening = true;

  const run = (start: RuntimeStart): void => {
    if (guard === undefined || loopback === undefined) {
      throw new Error("no directory was prepared for the runtime");
    }
    const sockets = serving?.sockets ?? [];
    running = { start, process: startProcess(start, guard, loopback.address, sockets, onEvent) };
  };

  const onEvent = (event: RuntimeEvent): void => {
    if (serving === undefined) return say(starter, event);
    if (event.type === "output") {
      const entry = runtimeEntry(event.text);
      if (entry !== null) log(entry);
    } else if (event.type === "control") {
      if (!listening) watch();
      listening = true;
    } else {
      unwatch();
      if (!stopping) again();
    }
  };

  const watch = (): void => {
    const { hang } = options;
    const pid = running?.process.pid;
    if (hang === undefined || hang.limitMs <= 0 || pid === undefined || serving === undefined) return;
    unwatch();
    unwatch = watchForHang(pid, serving.url, hang, () => {
      const seconds = hang.limitMs / 1_000;
      log({
        level: "error",
        source: "runtime",
        message: `The Workers runtime has worked for ${seconds} s and answered nobody: it is ended.`,
      });
      void running?.process.kill();
    });
  };

  const again = (): void => {
    if (running === undefined) return;
    if (!listening) {
      log({ level: "error", source: "runtime", message: "The Workers runtime did not start again." });
      end();
      process.exit(1);
    }
    crashes += 1;
    listening = false;
    log({
      level: "warn",
      source: "runtime",
      message: `The Workers runtime crashed unexpectedly and is being restarted (crash #${crashes}).`,
    });
    run(running.start);
  };

  /** Lets the directory go in which workerd was, once it has ended. */
  const release = (): void => {
    loopback?.close();
    guard?.release();
    loopback = undefined;
    guard = undefined;
  };

  /** What is left to do once workerd has ended. */
  const end = (): void => {
    release();
    if (serving !== undefined) {
      fold(serving.dataPath, log);
      rmSync(serving.holderPath, { force: true });
    }
    lock?.release();
  };

  const stop = async (): Promise<void> => {
    const { drain } = options;
    if (drain !== undefined && serving !== undefined) {
      const last = serving;
      await drained(() => drain(last), options.drainTimeout ?? 5_000, log);
    }
    stopping = true;
    unwatch();
    await running?.process.kill();
    end();
  };

  const perform = async (request: Request): Promise<boolean> => {
    switch (request.type) {
      case "lock":
        lock = tryFileLock(request.path, lookPatience);
        return lock !== null;
      case "unlock":
        lock?.release();
        return true;
      case "guard":
        guard = guardRuntime(request.directory);
        loopback = await serveLoopback(request.directory, log);
        return true;
      case "release":
        release();
        return true;
      case "start":
        run(request.start);
        return true;
      case "kill":
        await running?.process.kill();
        running = undefined;
        return true;
      case "hand-over":
        serving = request.serving;
        watch();
        return true;
    }
  };

  return new Promise((resolve) => {
    starter.on("message", ({ call, request }: Call) => {
      perform(request).then(
        (value) => say(starter, { call, value }),
        (error: unknown) => {
          say(starter, { call, error: error instanceof Error ? error.message : String(error) });
        },
      );
    });
    starter.once("exit", (code) => {
      if (serving !== undefined) {
        resolve({ note: serving.note, stop });
        giveMemoryBack();
        return;
      }
      stopping = true;
      const ended = running?.process.kill() ?? Promise.resolve();
      void ended.then(() => {
        end();
        process.exit(code ?? 1);
      });
    });
  });
}

function say(starter: ChildProcess, message: FromKeeper): void {
  // It may have ended: then nobody has to know.
  if (starter.connected) starter.send(message, () => undefined);
}
