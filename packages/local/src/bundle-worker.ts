/**
 * Bundles a Worker as Wrangler does for a deployment, without deploying: what runs here is what would
 * run there. The result is kept, and made again only when a file that went into it has changed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { LaunchError } from "./errors.ts";
import { readWranglerConfig } from "./wrangler-config.ts";

export interface BundleWorkerOptions {
  /** Path of the Worker's Wrangler configuration. */
  config: string;
  /** Where the bundle is kept; replaced as a whole. */
  directory: string;
  /** Further files whose change asks for a new bundle, such as a lockfile. */
  alsoDependsOn?: readonly string[];
  /** Called before a build, which takes seconds; not when the kept bundle is good. */
  onBuild?: () => void;
}

export interface WorkerBundle {
  directory: string;
  /** Name of the entry module in it. */
  main: string;
  /** Bytes of the code, as it is and gzipped. */
  bytes: number;
  gzipBytes: number;
  /** False when the kept bundle was still good. */
  built: boolean;
}

const Note = z.object({
  format: z.literal(1),
  main: z.string(),
  bytes: z.number(),
  gzipBytes: z.number(),
  /** By absolute path: the content's SHA-256, and size and time by which an untouched file is known without reading it. */
  inputs: z.record(z.string(), z.object({ sha256: z.string(), size: z.number(), mtimeMs: z.number() })),
});
type Note = z.infer<typeof Note>;
type Input = Note["inputs"][string];

const noteFile = "bundle.json";
const metafile = "bundle-meta.json";

const Metafile = z.object({ inputs: z.record(z.string(), z.unknown()) });

/** @throws LaunchError `bundle_invalid` with the bundler's own words. */
export async function bundleWorker(options: BundleWorkerOptions): Promise<WorkerBundle> {
  const directory = resolve(options.directory);
  const kept = readNote(directory);
  if (kept !== null && isFresh(kept, options.alsoDependsOn ?? [])) return describe(directory, kept, false);

  options.onBuild?.();
  const draft = `${directory}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    const note = await build(options, draft);
    writeFileSync(join(draft, noteFile), JSON.stringify(note));
    rmSync(directory, { recursive: true, force: true });
    renameSync(draft, directory);
    return describe(directory, note, true);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const describe = (directory: string, note: Note, built: boolean): WorkerBundle => ({
  directory,
  main: note.main,
  bytes: note.bytes,
  gzipBytes: note.gzipBytes,
  built,
});

function readNote(directory: string): Note | null {
  const path = join(directory, noteFile);
  if (!existsSync(path)) return null;
  const note = Note.safeParse(JSON.parse(readFileSync(path, "utf8")));
  return note.success ? note.data : null;
}

function isFresh(note: Note, alsoDependsOn: readonly string[]): boolean {
  if (alsoDependsOn.some((path) => existsSync(path) && note.inputs[resolve(path)] === undefined))
    return false;
  return Object.entries(note.inputs).every(([path, before]) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (stat.size === before.size && stat.mtimeMs === before.mtimeMs) return true;
    return stat.size === before.size && sha256(path) === before.sha256;
  });
}

async function build(options: BundleWorkerOptions, directory: string): Promise<Note> {
  const configPath = resolve(options.config);
  const root = dirname(configPath);
  const config = await readWranglerConfig(configPath);
  if (config.main === undefined) {
    throw new LaunchError("bundle_invalid", `${configPath} does not say what the Worker's "main" is.`);
  }
  if (config.assets !== undefined) {
    // Wrangler refuses to bundle a Worker whose assets are not there yet.
    mkdirSync(resolve(root, config.assets.directory), { recursive: true });
  }
  await wrangler(root, [
    "deploy",
    "--dry-run",
    "--config",
    configPath,
    "--outdir",
    directory,
    "--minify",
    "--metafile",
  ]);
  const main = basename(config.main).replace(/\.[cm]?[jt]sx?$/, ".js");
  const code = readFileSync(join(directory, main));
  const { inputs } = Metafile.parse(JSON.parse(readFileSync(join(directory, metafile), "utf8")));
  const files = [
    configPath,
    ...(options.alsoDependsOn ?? []).filter((path) => existsSync(path)),
    // Virtual modules are listed too; they come with the bundler.
    ...Object.keys(inputs).map((path) => resolve(root, path)),
  ];
  return {
    format: 1,
    main,
    bytes: code.byteLength,
    gzipBytes: gzipSync(code).byteLength,
    inputs: Object.fromEntries(files.flatMap((path) => fingerprint(resolve(path)))),
  };
}

function fingerprint(path: string): [string, Input][] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return [];
  return [[path, { sha256: sha256(path), size: stat.size, mtimeMs: stat.mtimeMs }]];
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

const Package = z.object({ bin: z.record(z.string(), z.string()) });

/** Runs the project's own Wrangler. */
async function wrangler(root: string, args: string[]): Promise<void> {
  const require = createRequire(join(root, "package.json"));
  let manifest: string;
  try {
    manifest = require.resolve("wrangler/package.json");
  } catch (cause) {
    throw new LaunchError(
      "bundle_invalid",
      `Wrangler, which bundles the Worker, is not installed in ${root}.`,
      {
        cause,
      },
    );
  }
  const { bin } = Package.parse(JSON.parse(readFileSync(manifest, "utf8")));
  const command = join(dirname(manifest), bin["wrangler"] ?? "bin/wrangler.js");
  try {
    await promisify(execFile)(process.execPath, [command, ...args], {
      cwd: root,
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        CI: "true",
        NO_COLOR: "1",
      },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
    throw new LaunchError("bundle_invalid", `The Worker could not be bundled.\n${readable(said)}`.trim(), {
      cause,
    });
  }
}

/** Without colours, and without where Wrangler has logged the same again. */
const readable = (output: string): string =>
  stripVTControlCharacters(output)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("Logs were written to"))
    .join("\n");
