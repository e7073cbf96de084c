/**
 * A folder of somebody who has installed packages: they are unpacked from their tarballs, and beside each is what it
 * says it depends on, and nothing else. Third parties' packages are those of this clone, so the network is not needed.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../running/process.ts";
import { PackagingError, must } from "./pack.ts";
import type { Published } from "./pack.ts";

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  bin?: Record<string, string>;
  exports?: Record<string, Record<string, string>>;
}

export class Consumer {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, "node_modules/@orrery"), { recursive: true });
    writeFileSync(join(path, "package.json"), '{ "private": true, "type": "module" }\n');
  }

  /** Unpacks a tarball, and looks whether what it promises is in it. @throws PackagingError */
  async install(name: Published, tarball: string): Promise<void> {
    const folder = join(this.path, "node_modules/@orrery", name);
    mkdirSync(folder);
    await must(
      { file: "tar", args: ["-xzf", tarball, "-C", folder, "--strip-components=1"] },
      `unpacking ${tarball}`,
    );
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const promised = [
      "LICENSE",
      "README.md",
      ...Object.values(manifest.bin ?? {}),
      ...Object.values(manifest.exports ?? {}).flatMap((targets) => Object.values(targets)),
    ];
    const lacking = promised.filter((path) => !existsSync(join(folder, path)));
    if (lacking.length > 0) throw new PackagingError(`${manifest.name} lacks ${lacking.join(", ")}`);
    const tests = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.test\.[jt]s$/.test(path),
    );
    if (tests.length > 0) throw new PackagingError(`${manifest.name} ships tests: ${tests.join(", ")}`);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) this.#link(dependency);
  }

  #link(dependency: string): void {
    if (dependency.startsWith("@orrery/")) return;
    const link = join(this.path, "node_modules", dependency);
    if (existsSync(link)) return;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(root, "node_modules", dependency)), link);
  }
}
