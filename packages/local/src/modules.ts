import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { LaunchError, isSystemError } from "./errors.ts";

/** A bundle: one script, or a directory as `wrangler deploy --dry-run --outdir` writes it. */
export type Bundle =
  | { script: string }
  /** `main` is the entry module's name in the directory; the only `.js` file where left out. */
  | { directory: string; main?: string };

export interface Module {
  type: "esm" | "cjs" | "text" | "data" | "wasm";
  contents: string | Uint8Array<ArrayBuffer>;
}

/** Modules by name, as workerd imports them. */
export interface Manifest {
  mainModule: string;
  modules: Record<string, Module>;
}

/** By extension, as Wrangler's default rules have it. */
const types: Record<string, Module["type"]> = {
  ".js": "esm",
  ".mjs": "esm",
  ".cjs": "cjs",
  ".wasm": "wasm",
  ".txt": "text",
  ".html": "text",
  ".sql": "text",
  ".bin": "data",
};

/**
 * Reads a bundle into an explicit list of modules, so that nothing has to scan the code for imports.
 * @throws LaunchError `bundle_invalid`
 */
export async function readModules(bundle: Bundle): Promise<Manifest> {
  if ("script" in bundle) {
    return { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents: bundle.script } } };
  }
  const { directory } = bundle;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (cause: unknown) => {
      const why = isSystemError(cause, "ENOENT") ? "does not exist" : "cannot be read";
      throw new LaunchError("bundle_invalid", `The bundle ${directory} ${why}.`, { cause });
    },
  );
  const modules: Record<string, Module> = {};
  for (const entry of entries) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length).replaceAll("\\", "/").replace(/^\/+/, "");
    const bytes = await readFile(path);
    modules[name] = {
      type,
      contents: type === "wasm" || type === "data" ? new Uint8Array(bytes) : bytes.toString("utf8"),
    };
  }
  const mainModule = bundle.main ?? onlyScript(directory, modules);
  if (modules[mainModule] === undefined) {
    throw new LaunchError("bundle_invalid", `The bundle ${directory} holds no ${mainModule}.`);
  }
  return { mainModule, modules };
}

function onlyScript(directory: string, modules: Record<string, Module>): string {
  const scripts = Object.keys(modules).filter((name) => modules[name]?.type === "esm");
  const [script] = scripts;
  if (script === undefined || scripts.length > 1) {
    const found = script === undefined ? "no script" : `several scripts (${scripts.join(", ")})`;
    throw new LaunchError("bundle_invalid", `The bundle ${directory} holds ${found}: name its main module.`);
  }
  return script;
}
