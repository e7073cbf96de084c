import { describe, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";

const page = (...lines: string[]): string => lines.join("\n");

describe("finding commands in a page", () => {
  it("takes the blocks marked sh, with their place, and no others", () => {
    const markdown = page(
      "# A",
      "```sh",
      "npm start",
      "```",
      "```ts",
      "start();",
      "```",
      "  ```sh",
      "  a",
      "    b",
      "  ```",
    );
    expect(blocksOf("a.md", markdown)).toEqual([
      { document: "a.md", line: 2, script: "npm start\n", file: null, unrun: null, beside: null },
      { document: "a.md", line: 8, script: "a\n  b\n", file: null, unrun: null, beside: null },
    ]);
  });

  it("takes programs that are to be saved under a name", () => {
    for (const [language, file] of [
      ["js", "first.mjs"],
      ["ts", "first.ts"],
    ]) {
      expect(blocksOf("a.md", page(`\`\`\`${language} ${file}`, "start();", "```"))).toMatchObject([
        { file, script: "start();\n" },
      ]);
    }
    expect(blocksOf("a.md", page("```ts", "start();", "```"))).toEqual([]);
  });

  it("takes commands that go on beside the page, and insists on what they say", () => {
    expect(blocksOf("a.md", page("```sh beside one, forty", "count", "```"))).toMatchObject([
      { script: "count\n", beside: { first: "one", last: "forty" } },
    ]);
    expect(() => blocksOf("a.md", page("```sh beside one", "x", "```"))).toThrow("a.md:1: beside needs");
  });

  it("takes a block inside another one for text", () => {
    expect(blocksOf("a.md", page("````md", "```sh", "rm x", "```", "````"))).toEqual([]);
  });

  it("keeps the reason why a block is not run, and insists on one", () => {
    expect(blocksOf("a.md", page("```sh no-run needs an account", "x", "```"))[0]?.unrun).toBe(
      "needs an account",
    );
    expect(() => blocksOf("a.md", page("```sh no-run", "x", "```"))).toThrow("a.md:1: no-run needs a reason");
  });

  it("refuses a page with an open end", () => {
    expect(() => blocksOf("a.md", page("```sh", "npm start"))).toThrow("not closed");
  });
});
