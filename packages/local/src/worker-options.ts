/** From a Wrangler configuration to the workers that Miniflare runs. */
import { dirname, resolve } from "node:path";
import type { MiniflareOptions, WorkerOptions } from "miniflare";
import { localAI } from "./ai/binding.ts";
import type { AIOptions } from "./ai/options.ts";
import { LaunchError } from "./errors.ts";
import type { Manifest } from "./modules.ts";
import { network } from "./networks.ts";
import type { Reach } from "./networks.ts";
import { objectClasses } from "./wrangler-config.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

type Config = WorkerOptions["config"];
type Env = NonNullable<Config["env"]>;
type Exports = NonNullable<Config["exports"]>;
type Triggers = NonNullable<Config["triggers"]>;

/** A value given to the Worker as a variable or a secret. */
export type BindingValue =
  | string
  | number
  | boolean
  | null
  | BindingValue[]
  | { [key: string]: BindingValue };

/**
 * A Worker that stands in for a service workerd lacks (`vectorize`, `images`, …): its entrypoint has the
 * service's methods and is reached by RPC.
 */
export interface StandIn {
  modules: Manifest;
  /** A `WorkerEntrypoint` it exports; its default export where left out. */
  entrypoint?: string;
  bindings?: Record<string, BindingValue>;
}

export interface WorkerSettings {
  config: WranglerConfig;
  configPath: string;
  modules: Manifest;
  bindings: Record<string, BindingValue>;
  ai: AIOptions | false;
  standIns: Record<string, StandIn>;
  networks: Record<string, Reach>;
  host: string;
  port: number;
}

/** The name of the worker whose socket is the one that the public sees. */
export interface Plan {
  workers: MiniflareOptions["workers"];
  listener: string;
}

const variables = (values: Record<string, BindingValue>): Env =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? { type: "text", value } : { type: "json", value },
    ]),
  );

/** @throws LaunchError `config_invalid` for a binding that points nowhere. */
export function planWorkers(settings: WorkerSettings): Plan {
  const { config, modules } = settings;
  const name = config.name;
  const standIns = Object.entries(settings.standIns).map(([binding, standIn]): WorkerOptions => ({
    config: {
      ...runtime(config),
      name: standInName(name, binding),
      manifest: standIn.modules,
      env: variables(standIn.bindings ?? {}),
    },
  }));
  const worker: WorkerOptions = {
    config: {
      ...runtime(config),
      name,
      manifest: modules,
      env: { ...variables({ ...config.vars, ...settings.bindings }), ...resources(settings) },
      exports: exported(config),
      triggers: triggers(config),
      ...assets(settings),
    },
  };
  const socket = { host: settings.host, port: settings.port };

  // Where the Worker answers first anyway, its own socket saves two hops in front of every request
  // (docs/decisions/0002). A socket of the worker that has the assets would pass through their router;
  // one that another worker lends it does not.
  if (config.assets?.run_worker_first === true) {
    const listener: WorkerOptions = {
      config: {
        name: `${name}:listener`,
        compatibilityDate: config.compatibility_date,
        manifest: {
          mainModule: "listener.js",
          modules: { "listener.js": { type: "esm", contents: "export default {};" } },
        },
      },
      dev: { unsafeDirectSockets: [{ ...socket, serviceName: name }] },
    };
    return { workers: [worker, listener, ...standIns], listener: `${name}:listener` };
  }
  return {
    workers: [{ ...worker, dev: { unsafeDirectSockets: [socket] } }, ...standIns],
    listener: name,
  };
}

const standInName = (worker: string, binding: string): string => `${worker}:${binding}`;

const runtime = (config: WranglerConfig): Pick<Config, "compatibilityDate" | "compatibilityFlags"> => ({
  compatibilityDate: config.compatibility_date,
  compatibilityFlags: config.compatibility_flags,
});

function resources({ config, configPath, ai, standIns, networks }: WorkerSettings): Env {
  const env: Env = {};
  // Named as a person knows them, so that ids which a deployment writes into the file change nothing here.
  for (const { binding, database_name } of config.d1_databases) {
    env[binding] = { type: "d1", id: database_name ?? binding };
  }
  for (const { binding, bucket_name } of config.r2_buckets) {
    env[binding] = { type: "r2", name: bucket_name ?? binding };
  }
  for (const { binding } of config.kv_namespaces) env[binding] = { type: "kv", id: binding };
  for (const { name, class_name, script_name } of config.durable_objects.bindings) {
    own(config, script_name, `Durable Object ${name}`, configPath);
    env[name] = { type: "durable-object", worker: config.name, exportName: class_name };
  }
  for (const { binding, queue, delivery_delay } of config.queues.producers) {
    env[binding] = {
      type: "queue",
      name: queue,
      ...(delivery_delay !== undefined && { deliveryDelay: delivery_delay }),
    };
  }
  for (const { binding, name, class_name, script_name } of config.workflows) {
    own(config, script_name, `Workflow ${name}`, configPath);
    env[binding] = { type: "workflow", name, worker: config.name, exportName: class_name };
  }
  for (const { binding, service, entrypoint } of config.services) {
    own(config, service, `service ${binding}`, configPath);
    env[binding] = {
      type: "worker",
      worker: service,
      ...(entrypoint !== undefined && { exportName: entrypoint }),
    };
  }
  if (config.assets?.binding !== undefined) env[config.assets.binding] = { type: "assets" };
  if (config.version_metadata) env[config.version_metadata.binding] = { type: "version-metadata" };
  if (config.ai !== undefined && ai !== false) env[config.ai.binding] = localAI(ai);
  for (const [binding, reach] of Object.entries(networks)) env[binding] = network(reach);
  for (const [binding, { entrypoint }] of Object.entries(standIns)) {
    env[binding] = {
      type: "worker",
      worker: standInName(config.name, binding),
      ...(entrypoint !== undefined && { exportName: entrypoint }),
    };
  }
  return env;
}

/** One Worker runs here, so what it binds must be its own. */
function own(config: WranglerConfig, target: string | undefined, what: string, configPath: string): void {
  if (target === undefined || target === config.name) return;
  throw new LaunchError(
    "config_invalid",
    `${configPath}: ${what} belongs to the Worker "${target}", which does not run here.`,
  );
}

function exported(config: WranglerConfig): Exports {
  const exports: Exports = {};
  for (const [className, storage] of objectClasses(config)) {
    exports[className] = { type: "durable-object", storage };
  }
  for (const { class_name, name } of config.workflows) {
    exports[class_name] = { type: "workflow", name };
  }
  return exports;
}

function triggers(config: WranglerConfig): Triggers {
  return config.queues.consumers.map((consumer) => ({
    type: "queue",
    name: consumer.queue,
    ...(consumer.max_batch_size !== undefined && { maxBatchSize: consumer.max_batch_size }),
    ...(consumer.max_batch_timeout !== undefined && { maxBatchTimeout: consumer.max_batch_timeout }),
    ...(consumer.max_retries !== undefined && { maxRetries: consumer.max_retries }),
    ...(consumer.dead_letter_queue !== undefined && { deadLetterQueue: consumer.dead_letter_queue }),
    ...(consumer.retry_delay !== undefined && { retryDelay: consumer.retry_delay }),
  }));
}

function assets({ config, configPath }: WorkerSettings): Pick<Config, "assets"> {
  const { assets } = config;
  if (assets === undefined) return {};
  return {
    assets: {
      directory: resolve(dirname(configPath), assets.directory),
      hasUserWorker: true,
      runWorkerFirst: assets.run_worker_first,
      ...(assets.html_handling !== undefined && { htmlHandling: assets.html_handling }),
      ...(assets.not_found_handling !== undefined && { notFoundHandling: assets.not_found_handling }),
    },
  };
}
