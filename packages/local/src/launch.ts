import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Miniflare, MiniflareOptions } from "miniflare";
import type { AIOptions } from "./ai/options.ts";
import { checkAddress, localUrl, networkUrls, portTaken } from "./address.ts";
import { pendingMigrations } from "./d1-migrations.ts";
import { drained } from "./drained.ts";
import { LaunchError, firstFailure, isSystemError } from "./errors.ts";
import { giveMemoryBack } from "./give-memory-back.ts";
import type { Keeper } from "./keeper/connect.ts";
import { logToStderr } from "./log.ts";
import type { LogSink } from "./log.ts";
import { readModules } from "./modules.ts";
import type { Reach } from "./networks.ts";
import type { Bundle } from "./modules.ts";
import { endOrphan } from "./runtime-guard.ts";
import { startRuntime } from "./runtime.ts";
import type { Runtime } from "./runtime.ts";
import { fold } from "./state/checkpoint.ts";
import { lockState } from "./state/state-lock.ts";
import { claimStateVersion } from "./state/state-version.ts";
import { planWorkers } from "./worker-options.ts";
import type { BindingValue, StandIn } from "./worker-options.ts";
import { readWranglerConfig } from "./wrangler-config.ts";

export interface LaunchOptions {
  /** Path of the Worker's `wrangler.jsonc` (or `.json`). */
  config: string;
  /** The Worker's code, bundled. */
  bundle: Bundle;
  /** Directory for everything that must outlive this process. Made when missing, mode 0700. */
  statePath: string;
  /** Number of the format of what the Worker keeps there; a start refuses a directory with a higher one. Default 1. */
  stateVersion?: number;
  /** Default 127.0.0.1: this machine only. */
  host?: string;
  /** Default 8787; 0 takes a free one. */
  port?: number;
  /** Variables and secrets, over those of the configuration; a function is called once the state is held. */
  bindings?: Record<string, BindingValue> | (() => Promise<Record<string, BindingValue>>);
  /** How an `ai` binding is served. Default: by the model servers of this machine, else offline; `false` leaves it out. */
  ai?: AIOptions | false;
  /** By binding name: Workers that stand in for services which workerd lacks. Without one, such a binding is left out. */
  standIns?: Record<string, StandIn>;
  /**
   * By binding name: networks (`public`, `private`, `local`, or in CIDR notation) that the service bound by that name
   * reaches, by `fetch` and by `connect`, and no other, whatever a host's name leads to; `deny` takes some of them out.
   */
  networks?: Record<string, Reach>;
  /** Flags for the runtime's V8, such as `--max-semi-space-size=1`; each a word of its own. */
  runtimeFlags?: readonly string[];
  /** Where lines of the Worker and of the runtime go. Default: standard error. */
  log?: LogSink;
  /** Called by `stop` while the Worker still serves, so that it can bring its work to a safe place. */
  drain?: (miniflare: Miniflare) => Promise<void>;
  /** Milliseconds that `drain` may take. Default 5,000. */
  drainTimeout?: number;
  /** Who owns the lock and the runtime instead of this process, which may then end: see `connectKeeper`. */
  keeper?: Keeper;
}

export interface Launched {
  /** Address on this machine, without a slash at its end. */
  url: string;
  /** Addresses for others on the network; none unless `host` says so. */
  networkUrls: string[];
  /** Names of the D1 migrations that this start applied. */
  migrated: string[];
  miniflare: Miniflare;
  /** With a keeper: leaves all this to it, with what it is to be told, and ends this process. */
  handOver: (note: unknown) => Promise<never>;
  /** Drains, ends the runtime, folds the databases and lets the state go. Safe to call again. */
  stop: () => Promise<void>;
}

/**
 * Runs a Worker with its bindings on this machine, in one workerd, with its state in one directory.
 *
 * Durable Objects whose alarms came due while nothing ran are woken at once. Whatever happens to this
 * process, the runtime ends with it.
 * @throws LaunchError
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const {
    host = "127.0.0.1",
    port = 8787,
    log = logToStderr,
    stateVersion = 1,
    bindings = {},
    keeper,
  } = options;
  const configPath = resolve(options.config);
  const statePath = resolve(options.statePath);
  const config = await readWranglerConfig(configPath);
  const modules = await readModules(options.bundle);
  await using undo = new AsyncDisposableStack();
  makeDirectory(statePath);
  const lock = await lockState(statePath, keeper);
  undo.defer(() => lock.release());
  claimStateVersion(statePath, stateVersion);
  const runtimePath = join(statePath, "runtime");
  // First of all: an old runtime that was left behind may hold the very port that is checked next.
  await endOrphan(runtimePath);
  await checkAddress(host, port);

  const dataPath = join(statePath, "data");
  const databasesPath = join(dataPath, "d1");
  mkdirSync(databasesPath, { recursive: true });
  undo.defer(() => fold(dataPath, log));
  const plan = planWorkers({
    config,
    configPath,
    modules,
    bindings: typeof bindings === "function" ? await bindings() : bindings,
    ai: options.ai ?? {},
    standIns: options.standIns ?? {},
    networks: options.networks ?? {},
    host,
    port,
  });
  const start = (workers: MiniflareOptions["workers"]): Promise<Runtime> =>
    startRuntime(
      runtimePath,
      log,
      options.runtimeFlags ?? [],
      { resourcePersistencePath: dataPath, workers },
      keeper,
    );

  // Before anything can ask the databases, alarms included: in a runtime that has nothing else.
  let migrated: string[] = [];
  const migrations = pendingMigrations(config, configPath, databasesPath);
  if (migrations.pending) {
    await using runtime = await start(onlyDatabases(plan.workers));
    migrated = await migrations.apply(runtime.miniflare);
  }

  const runtime = undo.use(
    await start(plan.workers).catch((cause: unknown) => {
      throw runtimeError(host, port, cause);
    }),
  );
  const { miniflare } = runtime;
  const address = await miniflare.unsafeGetDirectURL(plan.listener);
  const url = localUrl(host, address.port);
  lock.announce(url);
  if (keeper === undefined) giveMemoryBack();

  const steps = undo.move();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const { drain } = options;
    if (drain) await drained(() => drain(miniflare), options.drainTimeout ?? 5_000, log);
    await steps.disposeAsync();
  };
  return {
    url,
    networkUrls: networkUrls(host, address.port),
    migrated,
    miniflare,
    handOver: (note) => {
      if (keeper === undefined) throw new Error("no keeper has started this process");
      const sockets = [...runtime.ports]
        .filter(([, bound]) => bound === Number(address.port))
        .map(([name]) => `${name}=${host.includes(":") ? `[${host}]` : host}:${address.port}`);
      return keeper.handOver({ url, dataPath, holderPath: lock.holderPath, sockets, note });
    },
    stop: () => (stopped ??= stop()),
  };
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why =
      isSystemError(cause, "EEXIST") || isSystemError(cause, "ENOTDIR") ? ": a file is in the way" : "";
    throw new LaunchError("state_unusable", `Cannot make the state directory ${path}${why}.`, { cause });
  }
}

/** The same databases for a worker that does nothing. */
function onlyDatabases(workers: MiniflareOptions["workers"]): MiniflareOptions["workers"] {
  const [worker] = workers;
  if (worker === undefined) return [];
  const { name, compatibilityDate, env } = worker.config;
  const databases = Object.entries(env ?? {}).filter(([, binding]) => binding.type === "d1");
  return [
    {
      config: {
        name,
        compatibilityDate,
        manifest: {
          mainModule: "idle.js",
          modules: { "idle.js": { type: "esm", contents: "export default {};" } },
        },
        env: Object.fromEntries(databases),
      },
    },
  ];
}

function runtimeError(host: string, port: number, thrown: unknown): unknown {
  const cause = firstFailure(thrown);
  if (cause instanceof LaunchError || !(cause instanceof Error)) return cause;
  if ("code" in cause && cause.code === "ERR_ADDRESS_IN_USE") return portTaken(host, port, cause);
  return new LaunchError("runtime_failed", `The Workers runtime did not start: ${cause.message}`, { cause });
}
