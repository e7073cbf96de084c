/**
 * The plugin for Miniflare, and so for `wrangler dev`. The binding itself is Cloudflare's: workerd brings the class
 * `Ai` that runs in production, and that class speaks to a service over HTTP. What is ours is the service.
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ProxyNodeBinding, getPersistPath } from "miniflare";
import type { Plugin, PluginServicesOptions, ServicesExtensions } from "miniflare";
import { z } from "zod";
import { freePort } from "../free-port.ts";
import { findModelServers } from "../model-servers.ts";
import { pluginName } from "./binding.ts";
import { AIOptions } from "./options.ts";
import type { AISettings } from "./options.ts";
import { workerScript } from "./script.ts";

type Parsed = PluginServicesOptions["options"];

const Ours = z.object({
  dev: z.object({
    plugin: z.object({ name: z.literal(pluginName) }),
    options: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** By binding name, the service behind it and its options; equal options share a service. */
function bindingsOf({
  config,
}: Parsed): { name: string; service: string; options: z.output<typeof AIOptions> }[] {
  return Object.entries(config.env ?? {}).flatMap(([name, binding]) => {
    const ours = Ours.safeParse(binding);
    if (!ours.success) return [];
    const options = AIOptions.safeParse(ours.data.dev.options);
    if (!options.success) {
      throw new TypeError(
        `The options of the binding ${name} are not right.\n${z.prettifyError(options.error)}`,
      );
    }
    const digest = createHash("sha256").update(JSON.stringify(options.data)).digest("hex").slice(0, 8);
    return [{ name, service: `${pluginName}:${digest}`, options: options.data }];
  });
}

/** Made once in a configuration: two workers of one Miniflare with equal options share the service and its address. */
const made = new WeakMap<object, Map<string, Promise<ServicesExtensions>>>();

const plugin: Plugin = {
  bindingTypeDescription: "AI",
  getBindings: (options) =>
    bindingsOf(options).map(({ name, service }) => ({
      name,
      wrapped: {
        moduleName: "cloudflare-internal:ai-api",
        innerBindings: [{ name: "fetcher", service: { name: service, entrypoint: "AIService" } }],
      },
    })),
  getNodeBindings: (options) =>
    Object.fromEntries(bindingsOf(options).map(({ name }) => [name, new ProxyNodeBinding()])),
  async getServices({ options, sharedOptions, tmpPath }) {
    const known = made.get(sharedOptions) ?? new Map<string, Promise<ServicesExtensions>>();
    made.set(sharedOptions, known);
    const persistPath = getPersistPath(pluginName, tmpPath, sharedOptions.resourcePersistencePath);
    const all: ServicesExtensions = { services: [], extensions: [], sockets: [] };
    for (const { service, options: wanted } of bindingsOf(options)) {
      const promise = known.get(service) ?? serve(service, wanted, persistPath);
      known.set(service, promise);
      const { services, sockets } = await promise;
      all.services.push(...services);
      all.sockets?.push(...(sockets ?? []));
    }
    return all;
  },
};

export const plugins: Record<string, Plugin> = { [pluginName]: plugin };

async function serve(
  name: string,
  options: z.output<typeof AIOptions>,
  persistPath: string,
): Promise<ServicesExtensions> {
  const [script, servers, port] = await Promise.all([
    workerScript(),
    options.servers ?? findModelServers(),
    // The worker must know it before workerd listens on it.
    options.port ?? freePort(),
    mkdir(persistPath, { recursive: true }),
  ]);
  const settings: AISettings = {
    servers,
    models: options.models,
    providers: options.providers,
    offline: options.offline,
    url: `http://127.0.0.1:${port}`,
  };
  const [storage, reader] = [`${name}:storage`, `${name}:pdf-reader`];
  return {
    services: [
      { name: storage, disk: { path: persistPath, writable: true } },
      // Megabytes of code that most never need: the worker reads it when the first PDF comes.
      { name: reader, disk: { path: dirname(fileURLToPath(import.meta.resolve("unpdf"))) } },
      {
        name,
        worker: {
          compatibilityDate: "2026-10-01",
          modules: [{ name: "worker.js", esModule: script }],
          bindings: [
            { name: "SETTINGS", json: JSON.stringify(settings) },
            { name: "GATEWAYS", durableObjectNamespace: { className: "GatewayObject" } },
            { name: "PDF_READER", service: { name: reader } },
            { name: "LOADER", workerLoader: {} },
          ],
          durableObjectNamespaces: [
            { className: "GatewayObject", uniqueKey: `${pluginName}-gateways`, enableSql: true },
          ],
          durableObjectStorage: { localDisk: storage },
        },
      },
    ],
    extensions: [],
    sockets: [
      {
        name,
        address: `127.0.0.1:${port}`,
        service: { name, entrypoint: "GatewayServer" },
        http: {},
      },
    ],
  };
}
