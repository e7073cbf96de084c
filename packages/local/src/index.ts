/** Runs a Worker, with the bindings of its Wrangler configuration, on one machine. */
export { launch } from "./launch.ts";
export type { LaunchOptions, Launched } from "./launch.ts";
/** For a launch whose runtime stays with the process that `@orrery/local/keeper` is for. */
export { connectKeeper } from "./keeper/connect.ts";
export type { Keeper } from "./keeper/connect.ts";
/** How Workers AI is served; `@orrery/local/ai` has it for projects of their own launcher. */
export type { AIOptions } from "./ai/options.ts";
export type { BindingValue, StandIn } from "./worker-options.ts";
export type { Bundle, Manifest, Module } from "./modules.ts";
export { LaunchError } from "./errors.ts";
export type { LaunchErrorCode } from "./errors.ts";
export { logToStderr } from "./log.ts";
export type { LogEntry, LogSink } from "./log.ts";
/** Whether, and by whom, a state directory is held. */
export { stateHolder } from "./state/state-lock.ts";
export type { Holder } from "./state/state-lock.ts";
/** The layout of a state directory that this version of the launcher writes. */
export { layoutVersion } from "./state/state-version.ts";
/** Reading a configuration without launching anything. */
export { readWranglerConfig } from "./wrangler-config.ts";
export type { WranglerConfig } from "./wrangler-config.ts";
export { stopOnSignals } from "./stop-on-signals.ts";
export type { StopOptions } from "./stop-on-signals.ts";
export { bundleWorker } from "./bundle-worker.ts";
export type { BundleWorkerOptions, WorkerBundle } from "./bundle-worker.ts";
export { findModelServers, usualPlaces } from "./model-servers.ts";
export type { FindModelServersOptions, ModelServer, ModelServerPlace } from "./model-servers.ts";
/** A lock between processes that dies with its owner. */
export { fileLock } from "./state/file-lock.ts";
export type { FileLock } from "./state/file-lock.ts";
/** A port for what must know it before it listens. */
export { freePort } from "./free-port.ts";
