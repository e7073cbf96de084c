/** The code of the AI worker: as it was built with this package, or bundled from the sources of a clone. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Beside the built form of this file. */
export const builtName = "worker.js";

export async function workerScript(): Promise<string> {
  const built = at(`./${builtName}`);
  return existsSync(built) ? readFile(built, "utf8") : bundleWorkerScript();
}

/** One ES module; takes some 50 ms. esbuild is a part of a clone and not of the published package. */
export async function bundleWorkerScript(): Promise<string> {
  const { build, stop } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [at("./worker/main.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    minify: true,
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  // Else its process stays beside ours.
  await stop();
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild wrote nothing");
  return script.text;
}
