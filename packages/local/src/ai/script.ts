/** The code of the AI worker: as it was built with this package, or bundled from the sources of a clone. */
import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Beside the built form of this file. */
export const builtName = "worker.js";

export async function workerScript(): Promise<string> {
  const built = at(`./${builtName}`);
  return existsSync(built) ? readFile(built, "utf8") : keptScript(at("../../node_modules/.cache/local-ai"));
}

/** Bundles once for each state of the sources: loading the bundler costs every start a quarter of a second and 9 MB. */
async function keptScript(directory: string): Promise<string> {
  const sources = ["options.ts", ...globSync("worker/**/*.ts", { cwd: at(".") })]
    .filter((path) => !path.endsWith(".test.ts"))
    .sort();
  const hash = createHash("sha256");
  for (const source of sources) hash.update(`${source}\0`).update(await readFile(join(at("."), source)));
  const path = join(directory, `${hash.digest("hex").slice(0, 16)}.js`);
  if (existsSync(path)) return readFile(path, "utf8");
  const script = await bundleWorkerScript();
  await mkdir(directory, { recursive: true });
  // Two that start at once write the same, and neither reads half of it.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, script);
  await rename(draft, path);
  const old = globSync("*.js", { cwd: directory }).filter((name) => join(directory, name) !== path);
  await Promise.all(old.map((name) => rm(join(directory, name), { force: true })));
  return script;
}

/** One ES module. esbuild is a part of a clone and not of the published package. */
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
