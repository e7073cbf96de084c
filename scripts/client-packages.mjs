/**
 * Builds what programs in the clone import as `@orrery/client`, and what that is made from, unless it is built already.
 * Plain JavaScript without dependencies, like `install.mjs`, which calls it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** In the order in which they are built: the second reads the first's types. */
const packages = ["protocol", "client"];

const cache = join(root, ".cache");
const note = join(cache, "client-packages");

/** Whether what lies there was built from the sources as they are. */
export function clientPackagesBuilt() {
  const built = packages.every((name) => existsSync(join(root, "packages", name, "dist/index.js")));
  return built && existsSync(note) && readFileSync(note, "utf8") === digest();
}

/** Builds them. @throws Error with the compiler's words */
export function buildClientPackages() {
  const before = digest();
  mkdirSync(cache, { recursive: true });
  for (const name of packages) {
    const folder = join(root, "packages", name);
    const draft = join(cache, `${name}-draft`);
    rmSync(draft, { recursive: true, force: true });
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [compiler, "-p", "tsconfig.build.json", "--outDir", draft],
      { cwd: folder, encoding: "utf8" },
    );
    if (status !== 0) {
      rmSync(draft, { recursive: true, force: true });
      throw new Error(
        `@orrery/${name} could not be built.\n${error?.message ?? `${stdout}${stderr}`.trim()}`,
      );
    }
    // At one moment, for a program that is just being started.
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    renameSync(draft, join(folder, "dist"));
  }
  writeFileSync(note, before);
}

function digest() {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
    } else if (!path.endsWith(".test.ts")) {
      hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
    }
  };
  add(join(root, "package-lock.json"));
  add(join(root, "tsconfig.base.json"));
  for (const name of packages) {
    for (const part of ["package.json", "tsconfig.build.json", "src"])
      add(join(root, "packages", name, part));
  }
  return hash.digest("hex");
}
