import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { AIOptions } from "./options.ts";

/** What Miniflare and Wrangler know the plugin by, within this package. */
export const pluginName = "local-ai";

/** A binding for Miniflare's `env`, in the form of its plugins. `ai` is what Cloudflare calls the real one. */
export type AIBinding = {
  type: "unsafe:ai";
  dev: { plugin: { package: string; name: string }; options: Record<string, unknown> };
};

/**
 * An `Ai` for a Worker in Miniflare: `new Miniflare({ workers: [{ config: { env: { AI: localAI() }, … } }] })`.
 * Nothing starts before Miniflare does; wrong options are its error then.
 */
export function localAI(options: AIOptions = {}): AIBinding {
  // By its path: Miniflare resolves packages from where it lies itself.
  const plugin = new URL(`./plugin${extname(import.meta.url)}`, import.meta.url);
  return {
    type: "unsafe:ai",
    dev: { plugin: { package: fileURLToPath(plugin.href), name: pluginName }, options: { ...options } },
  };
}
