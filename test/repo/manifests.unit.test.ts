import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Manifest {
  name: string;
  license?: string;
  private?: boolean;
  files?: string[];
  description?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifests = ["package.json", ...globSync("{apps,packages}/*/package.json")].map((path) => ({
  path,
  manifest: JSON.parse(readFileSync(path, "utf8")) as Manifest,
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

  it("ships only what was built, if it is published", () => {
    if (manifest.private) return;
    expect(manifest.files).toEqual(expect.arrayContaining(["dist"]));
    expect(manifest.description).toBeTruthy();
  });
});

describe("package-lock.json", () => {
  it("names no registry, so that every machine installs from its own", () => {
    expect(readFileSync("package-lock.json", "utf8")).not.toMatch(/"resolved": "https?:/);
  });
});
