import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { requirement, requirementIds } from "./requirements.ts";

const sources = globSync(["test/**/*.ts", "{apps,packages}/*/{src,test}/**/*.test.ts", "scripts/**/*.ts"], {
  exclude: (path) => /node_modules|requirements\.(?:unit\.test\.)?ts$/.test(path),
}).map((path) => ({ path, text: readFileSync(path, "utf8") }));

const citation = /\brequirement\(\s*"([^"]+)"/g;

describe("the list of requirements", () => {
  const cited = new Set(sources.flatMap(({ text }) => [...text.matchAll(citation)].map((match) => match[1])));

  it("is cited whole: a test shows each promise to be kept", () => {
    expect(requirementIds.filter((id) => !cited.has(id))).toEqual([]);
  });

  it("is not cited by tests that are switched off", () => {
    const off = /\b(?:it|test|describe)\.(?:skip|todo|fails)\(\s*requirement\(/;
    expect(sources.filter(({ text }) => off.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("gives a test its title", () => {
    expect(requirement("every-error")).toMatch(/^every-error: every error code/);
    expect(requirement("two-readers", "one of them late")).toMatch(/ \(one of them late\)$/);
  });
});
