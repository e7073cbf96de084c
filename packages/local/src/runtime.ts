/** One Miniflare, made to behave as a part of a program instead of as the program. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Log, LogLevel as Level, Miniflare, MiniflareOptions } from "miniflare";
import type { Keeper } from "./keeper/connect.ts";
import { standInFor } from "./keeper/stand-in.ts";
import type { StandIns } from "./keeper/stand-in.ts";
import { printable, workerEntry } from "./log.ts";
import type { LogSink } from "./log.ts";
import { guardRuntime } from "./runtime-guard.ts";

export interface Runtime extends AsyncDisposable {
  readonly miniflare: Miniflare;
  /** By socket; nothing where the runtime is this process's own. */
  readonly ports: ReadonlyMap<string, number>;
}

/**
 * Starts workerd, as the child of `keeper` where there is one; `directory` is its own until it has ended, and is gone
 * then.
 */
export async function startRuntime(
  directory: string,
  log: LogSink,
  flags: readonly string[],
  options: Pick<MiniflareOptions, "resourcePersistencePath" | "workers">,
  keeper?: Keeper,
): Promise<Runtime> {
  await using undo = new AsyncDisposableStack();
  let env: Record<string, string> = {};
  let standIns: StandIns | undefined;
  if (keeper === undefined) {
    const guard = guardRuntime(directory);
    undo.defer(() => guard.release());
    env = guard.env;
  } else {
    await keeper.ask({ type: "guard", directory });
    undo.defer(async () => void (await keeper.ask({ type: "release" })));
    standIns = undo.use(standInFor(keeper));
  }
  using _flags = withFlags(flags);
  const miniflare = await newMiniflare(join(directory, "tmp"), log, {
    ...options,
    // Its own entry, which the API speaks to; never where the public comes in.
    host: "127.0.0.1",
    port: 0,
    // Else it asks Cloudflare where this machine is.
    cf: false,
    enableDevRegistry: false,
    unsafeLocalExplorer: false,
    logRequests: false,
    unsafeRuntimeEnv: env,
    handleStructuredLogs: ({ level, message }) => {
      const entry = workerEntry(level, message);
      if (entry !== null) log(entry);
    },
  });
  undo.defer(() => miniflare.dispose());
  await miniflare.ready;
  const steps = undo.move();
  return {
    miniflare,
    ports: standIns?.ports ?? new Map(),
    [Symbol.asyncDispose]: () => steps.disposeAsync(),
  };
}

/** Flags for V8, which Miniflare reads from its environment while it starts the runtime; those set there go last. */
function withFlags(flags: readonly string[]): Disposable {
  const variable = "MINIFLARE_WORKERD_V8_FLAGS";
  const before = process.env[variable];
  const all = [...flags, ...(before ? [before] : [])].join(" ");
  if (all !== "") process.env[variable] = all;
  return {
    [Symbol.dispose]: () => {
      if (before === undefined) delete process.env[variable];
      else process.env[variable] = before;
    },
  };
}

async function newMiniflare(temporary: string, log: LogSink, options: MiniflareOptions): Promise<Miniflare> {
  // Imported only now: it is by far the largest part, and not everyone who loads this package launches.
  // Not by `import()`, which would keep two more copies of its source: 17 MB.
  const { Log, LogLevel, Miniflare } = createRequire(import.meta.url)(
    "miniflare",
  ) as typeof import("miniflare");
  class ForwardedLog extends Log {
    override logWithLevel(level: Level, message: string): void {
      if (level > LogLevel.WARN) return;
      log({
        level: level === LogLevel.WARN ? "warn" : "error",
        source: "runtime",
        message: printable(message),
      });
    }
  }
  const forwarded: Log = new ForwardedLog(LogLevel.WARN);
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  // Miniflare asks the system for a temporary directory as it is made, and removes it only when ended in
  // order. Inside the state directory, what a killed process leaves is gone at the next start.
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
  const listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(
    (signal) => [signal, new Set(process.listeners(signal))] as const,
  );
  try {
    return new Miniflare({ ...options, log: forwarded });
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    // It exits the process on these signals; what a signal means is for the program to say.
    for (const [signal, known] of listeners) {
      for (const listener of process.listeners(signal)) {
        if (!known.has(listener)) process.removeListener(signal, listener);
      }
    }
  }
}
