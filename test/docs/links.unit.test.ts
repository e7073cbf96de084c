import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...globSync("docs/**/*.md"),
  ...globSync("{apps,packages}/*/README.md"),
];

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/[`*]|\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

const anchors = (markdown: string): string[] =>
  [...markdown.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => anchorOf(match[1] ?? ""));

function broken(page: string): string[] {
  const markdown = readFileSync(page, "utf8").replaceAll(/```[\s\S]*?```/g, "");
  const targets = [
    ...markdown.matchAll(/\]\(([^)\s]+)\)|<(?:img|source)\b[^>]*\ssrc(?:set)?="([^"]+)"/g),
  ].map((match) => match[1] ?? match[2] ?? "");
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchors(readFileSync(file, "utf8")).includes(anchor);
  });
}

describe("links between pages", () => {
  it.each(pages)("%s leads nowhere that is missing", (page) => {
    expect(broken(page)).toEqual([]);
  });
});

describe.each(["docs", "docs/decisions"])("the index of %s", (folder) => {
  it("names every page beside it", () => {
    const index = readFileSync(`${folder}/README.md`, "utf8");
    const beside = globSync(`${folder}/*.md`)
      .map((path) => basename(path))
      .filter((name) => name !== "README.md");
    expect(beside.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});
