/** Where the platform's parts lie in a clone, and that they are built. */
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LaunchError, bundleWorker, fileLock } from "@orrery/local";
import type { WorkerBundle } from "@orrery/local";

/** A clone of the platform. */
export interface Platform {
  root: string;
  /** The worker's Wrangler configuration. */
  config: string;
  /** Where built parts are kept; may be removed at any time. */
  cache: string;
}

/** That of this clone; an installed package is no part of one. */
export function findPlatform(): Platform {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  return { root, config: join(root, "apps/worker/wrangler.jsonc"), cache: join(root, ".cache") };
}

export interface Built {
  worker: WorkerBundle;
  /** Whether the console was built now, was good already, or has no sources here. */
  console: "built" | "kept" | "absent";
}

/**
 * Builds what is not built yet, or whose sources have changed since. Two at once wait for each other.
 * `onBuild` is called before each build that takes time.
 * @throws LaunchError `bundle_invalid` with the bundler's words
 */
export async function buildPlatform(
  platform: Platform,
  onBuild: (part: "console" | "worker") => void = () => undefined,
): Promise<Built> {
  mkdirSync(platform.cache, { recursive: true });
  using _lock = await fileLock(join(platform.cache, "build.lock"));
  // The console first: the worker's configuration points at its output.
  const console = await buildConsole(platform, onBuild);
  const worker = await bundleWorker({
    config: platform.config,
    directory: join(platform.cache, "worker"),
    alsoDependsOn: [join(platform.root, "package-lock.json")],
    onBuild: () => onBuild("worker"),
  });
  return { worker, console };
}

/** Everything that the console is made from, relative to the root. */
const consoleInputs = [
  "apps/console/src",
  "apps/console/static",
  "packages/client/src",
  "packages/protocol/src",
  "package-lock.json",
];

async function buildConsole(
  { root, cache }: Platform,
  onBuild: (part: "console") => void,
): Promise<Built["console"]> {
  const console = join(root, "apps/console");
  if (!existsSync(join(console, "src/app.html"))) return "absent";
  const settings = readdirSync(console).filter((name) => /\.(ts|js|json)$/.test(name));
  const inputs = [...consoleInputs, ...settings.map((name) => `apps/console/${name}`)];
  const digest = digestOf(inputs.map((path) => join(root, path)));
  const note = join(cache, "console");
  const page = join(console, "build/index.html");
  if (existsSync(page) && existsSync(note) && readFileSync(note, "utf8") === digest) return "kept";
  onBuild("console");
  await npm(root, ["run", "--silent", "build", "--workspace", "@orrery/console"]);
  writeFileSync(note, digest);
  return "built";
}

function digestOf(paths: string[]): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
      return;
    }
    // A test is no part of what is built.
    if (!path.endsWith(".test.ts")) hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}

function npm(cwd: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // A command file on Windows, which only a shell can start.
    const shell = process.platform === "win32";
    const child = spawn("npm", args, { cwd, shell, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const keep = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new LaunchError("bundle_invalid", `The console could not be built.\n${said.trim()}`));
    });
  });
}
