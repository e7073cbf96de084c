import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

interface Manifest {
  name: string;
  license?: string;
  private?: boolean;
  files?: string[];
  description?: string;
  engines?: { node?: string };
  bin?: Record<string, string>;
  exports?: Record<string, Record<string, string>>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const read = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest;

const manifests = ["package.json", ...globSync("{apps,packages}/*/package.json")].map((path) => ({
  path,
  manifest: read(path),
}));

describe.each(manifests)("$path", ({ manifest }) => {
  it("carries the licence", () => {
    expect(manifest.license).toBe("Apache-2.0");
  });

  it("pins what it depends on", () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

/** The least version of a range such as `>=22.13`, as one number. */
const least = (range: string | undefined): number => {
  const [, major = "0", minor = "0"] = /^>=\s*(\d+)(?:\.(\d+))?/.exec(range ?? "") ?? [];
  return Number(major) * 1_000 + Number(minor);
};

describe.each(manifests.filter(({ manifest }) => manifest.private !== true))(
  "$path, which is published,",
  ({ path, manifest }) => {
    const folder = dirname(path);

    it("says what it is, and brings its licence and a first page along", () => {
      expect(manifest.description).toBeTruthy();
      expect(existsSync(join(folder, "README.md"))).toBe(true);
      expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(readFileSync("LICENSE", "utf8"));
    });

    it("ships everything that it names", () => {
      const named = [
        ...Object.values(manifest.bin ?? {}),
        ...Object.values(manifest.exports ?? {}).flatMap((targets) => Object.values(targets)),
      ];
      const shipped = (manifest.files ?? []).map((name) => `./${name}/`);
      expect(named.filter((file) => !shipped.some((name) => file.startsWith(name)))).toEqual([]);
    });

    it("runs on the Node.js that it asks for, as far as those it depends on say", () => {
      const wanted = Object.keys(manifest.dependencies ?? {}).map(
        (name) => [name, least(read(`node_modules/${name}/package.json`).engines?.node)] as const,
      );
      const own = least(manifest.engines?.node);
      expect(own).toBeGreaterThan(0);
      expect(wanted.filter(([, version]) => version > own)).toEqual([]);
    });
  },
);

describe("package-lock.json", () => {
  it("names no registry, so that every machine installs from its own", () => {
    expect(readFileSync("package-lock.json", "utf8")).not.toMatch(/"resolved": "https?:/);
  });
});
